import { and, constant, cos, div, exp, greater, less, mul, sin, sub, type Tensor, unsqueeze, where } from '@equivar/tensor'

/** The shape of the functions of a radial basis. */
export type RadialBasisName = 'gaussian' | 'cosine' | 'smoothFinite' | 'fourier' | 'bessel'

/** Options of radialBasis. */
export interface RadialBasisOptions {
  readonly basis: RadialBasisName
  /** Where the interval begins; default 0. */
  readonly start?: number
  /** Where it ends. */
  readonly end: number
  /** The number of functions. */
  readonly count: number
  /**
   * Whether the functions keep away from both ends (default true): centres lie inside of the interval, and `fourier` and `bessel` are 0 outside of it. Otherwise
   * the first and the last centre are the ends.
   */
  readonly cutoff?: boolean
}

interface Interval {
  readonly start: number
  readonly end: number
  readonly count: number
  readonly cutoff: boolean
}

/** Chosen by e3nn so that the sum of squares over the functions is about 1 inside of the interval. */
const GAUSSIAN_SCALE = 1 / 1.12
const SMOOTH_SCALE = 1.14136 * Math.exp(2)

/** Centres in equal steps, and the step. */
function centres({ start, end, count, cutoff }: Interval): { readonly at: Float64Array; readonly step: number } {
  const steps = cutoff ? count + 1 : Math.max(1, count - 1)
  const step = (end - start) / steps
  return { at: Float64Array.from({ length: count }, (_, i) => start + step * (i + (cutoff ? 1 : 0))), step }
}

const row = (numbers: Float64Array): Tensor => constant(numbers, [numbers.length], 'float32')

/** (d - centre) / step. */
function differences(d: Tensor, interval: Interval): Tensor {
  const { at, step } = centres(interval)
  return div(sub(d, row(at)), step)
}

/** e^(-1 / x) for x > 0, and 0 elsewhere: all derivatives vanish at 0. */
export function smoothStep(x: Tensor): Tensor {
  const positive = greater(x, 0)
  return where(positive, exp(div(-1, where(positive, x, 1))), 0)
}

/** sin(k d) / d, and its limit k at 0. */
function sineOver(d: Tensor, frequencies: Float64Array): Tensor {
  const positive = greater(d, 0)
  const k = row(frequencies)
  const safe = where(positive, d, 1)
  return where(positive, div(sin(mul(safe, k)), safe), k)
}

const inside = (x: Tensor, low: number, high: number): Tensor => and(greater(x, low), less(x, high))

/** k pi / length, for k = 1, ..., count. */
const frequencies = (count: number, length: number): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => ((k + 1) * Math.PI) / length)

const bases: Readonly<Record<RadialBasisName, (d: Tensor, interval: Interval) => Tensor>> = {
  gaussian: (d, interval) => {
    const x = differences(d, interval)
    return mul(exp(mul(mul(x, x), -1)), GAUSSIAN_SCALE)
  },
  cosine: (d, interval) => {
    const x = differences(d, interval)
    return where(inside(x, -1, 1), cos(mul(x, Math.PI / 2)), 0)
  },
  smoothFinite: (d, interval) => {
    const x = differences(d, interval)
    return mul(mul(smoothStep(sub(x, -1)), smoothStep(sub(1, x))), SMOOTH_SCALE)
  },
  fourier: (d, { start, end, count, cutoff }) => {
    const x = div(sub(d, start), end - start)
    const scale = 1 / Math.sqrt(0.25 + count / 2)
    if (!cutoff) return mul(cos(mul(x, row(frequencies(count, 1).map((k) => k - Math.PI)))), scale)
    return where(inside(x, 0, 1), mul(sin(mul(x, row(frequencies(count, 1)))), scale), 0)
  },
  bessel: (d, { start, end, count, cutoff }) => {
    const length = end - start
    const x = sub(d, start)
    const y = mul(sineOver(x, frequencies(count, length)), Math.sqrt(2 / length))
    return cutoff ? where(inside(x, 0, length), y, 0) : y
  },
}

/**
 * Distances as the values of a basis of functions of the distance, as in e3nn's `soft_one_hot_linspace`.
 *
 * `gaussian`, `cosine` and `smoothFinite` are bumps around centres in equal steps, `fourier` waves, `bessel` sqrt(2 / c) sin(k pi d / c) / d. With `cutoff`,
 * `smoothFinite` vanishes with all derivatives at both ends; the others do not, so multiply them by a cutoff function where forces must be smooth.
 *
 * @param d - float32 [...]: distances, which may be 0.
 * @returns float32 [..., count].
 * @throws RangeError if the interval is empty or there is no function.
 */
export function radialBasis(d: Tensor, { basis, start = 0, end, count, cutoff = true }: RadialBasisOptions): Tensor {
  if (!Object.hasOwn(bases, basis))
    throw new RangeError(`radialBasis: expected one of ${Object.keys(bases).join(', ')}, received ${basis}.`)
  if (!(end > start) || !Number.isFinite(end - start))
    throw new RangeError(`radialBasis: expected an end beyond the start, received ${start} to ${end}.`)
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`radialBasis: expected a count of at least 1, received ${count}.`)
  return bases[basis](unsqueeze(d, d.rank), { start, end, count, cutoff })
}

/**
 * SchNet's basis: exp(-((d - c_k) / width)^2 / 2) with centres in equal steps from 0 to the radius, and the step as width.
 *
 * @param d - float32 [...]. @returns float32 [..., count].
 */
export function gaussianBasis(d: Tensor, { radius, count }: { readonly radius: number; readonly count: number }): Tensor {
  const x = differences(unsqueeze(d, d.rank), { start: 0, end: radius, count, cutoff: false })
  return exp(mul(mul(x, x), -0.5))
}

/**
 * PaiNN's basis: sin(k pi d / radius) / d for k = 1, ..., count, with the limit k pi / radius at 0.
 *
 * @param d - float32 [...]. @returns float32 [..., count].
 */
export function besselBasis(d: Tensor, { radius, count }: { readonly radius: number; readonly count: number }): Tensor {
  return sineOver(unsqueeze(d, d.rank), frequencies(count, radius))
}
