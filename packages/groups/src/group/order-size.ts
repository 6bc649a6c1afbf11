/** The largest number of decimal digits of an order that is computed exactly. */
export const MAXIMUM_DIGITS: number = 10_000_000

/** log10(n!). Accuracy 1e-14 of the result: Stirling's series from 32 on. */
export function log10Factorial(n: number): number {
  // Stryker disable next-line EqualityOperator: at 32 both ways give the same to 1e-14
  if (n < 32) {
    let product = 1
    for (let k = 2; k <= n; k++) product *= k
    return Math.log10(product)
  }
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5)
  return (n * (Math.log(n) - 1) + Math.log(2 * Math.PI * n) / 2 + series) / Math.LN10
}

/** log10 of a positive integer of any length. */
export function log10Integer(integer: bigint): number {
  const digits = integer.toString(16)
  const leading = digits.slice(0, 14)
  return Math.log10(Number.parseInt(leading, 16)) + (digits.length - leading.length) * Math.log10(16)
}

/** A positive integer in words, from its logarithm: `8.2639... x 10^5565708 (5565709 digits)`. Exact if it has at most 60 digits and is given. */
export function integerText(log10: number, exact: bigint | undefined): string {
  const digits = exact?.toString()
  if (digits !== undefined && digits.length <= 60) return digits
  if (digits !== undefined) return `${digits[0]}.${digits.slice(1, 5)}... x 10^${digits.length - 1} (${digits.length} digits)`
  const exponent = Math.floor(log10)
  const leading = Math.floor(10 ** (log10 - exponent + 4)).toString()
  return `${leading[0]}.${leading.slice(1, 5)}... x 10^${exponent} (${exponent + 1} digits)`
}
