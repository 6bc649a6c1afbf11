import { add, cos, div, less, mul, pow, sub, type Tensor, where } from '@equivar/tensor'
import { smoothStep } from './bases.ts'

function demandRadius(name: string, radius: number): void {
  if (!(radius > 0) || !Number.isFinite(radius)) throw new RangeError(`${name}: expected a positive radius, received ${radius}.`)
}

/**
 * (cos(pi d / radius) + 1) / 2 within the radius, 0 beyond: 1 at 0; value and first derivative vanish at the radius.
 *
 * @see Behler, Parrinello 2007.
 */
export function cosineCutoff(d: Tensor, radius: number): Tensor {
  demandRadius('cosineCutoff', radius)
  return where(less(d, radius), mul(add(cos(mul(d, Math.PI / radius)), 1), 0.5), 0)
}

/**
 * 1 - (p + 1)(p + 2) / 2 x^p + p (p + 2) x^(p + 1) - p (p + 1) / 2 x^(p + 2) with x = d / radius, 0 beyond the radius: value, first and second derivative vanish
 * at the radius, and the first two derivatives at 0 if p > 2.
 *
 * @param options - `power`: p, an integer of at least 2; default 6.
 * @see Gasteiger, Gross, Guennemann 2020, "Directional message passing".
 */
export function polynomialCutoff(d: Tensor, radius: number, { power: p = 6 }: { readonly power?: number } = {}): Tensor {
  demandRadius('polynomialCutoff', radius)
  if (!Number.isInteger(p) || p < 2) throw new RangeError(`polynomialCutoff: expected an integer power of at least 2, received ${p}.`)
  const x = div(d, radius)
  const within = less(x, 1)
  const safe = where(within, x, 0)
  const inner = sub(sub((p + 1) * (p + 2) * 0.5, mul(safe, p * (p + 2))), mul(mul(safe, safe), -0.5 * p * (p + 1)))
  return where(within, sub(1, mul(pow(safe, p), inner)), 0)
}

/** exp(1 - 1 / (1 - (d / radius)^2)) within the radius, 0 beyond: 1 at 0; the value and all derivatives vanish at the radius. */
export function smoothCutoff(d: Tensor, radius: number): Tensor {
  demandRadius('smoothCutoff', radius)
  const x = div(d, radius)
  return mul(smoothStep(sub(1, mul(x, x))), Math.E)
}
