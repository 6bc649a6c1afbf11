/** The error function: its series below 2.5, a continued fraction of its complement above; relative error below 1e-14. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = 0
  for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction)
  return Math.sign(x) * (1 - Math.exp(-a * a) / ((a + fraction) * Math.sqrt(Math.PI)))
}

/** log(1 + e^x) without overflow. */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** The remainder with the divisor's sign. */
export const flooredRemainder = (a: number, b: number): number => ((a % b) + b) % b

const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805

/** The two numbers of selu: alpha, and the scale. */
export const SELU: { readonly alpha: number; readonly scale: number } = { alpha: SELU_ALPHA, scale: SELU_SCALE }

/** scale (x > 0 ? x : alpha (e^x - 1)). */
export const selu = (x: number): number => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x))
