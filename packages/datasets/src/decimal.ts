const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:(?:[eEdD]|\*\^)[+-]?\d+)?$/

/**
 * The number that a text says: `-40.`, `.5`, `+1`, `1e-3`, Fortran's `1d-3`, Mathematica's `1.9951*^-6`; NaN for anything else, such as hexadecimal numbers,
 * and for numbers too large for float64.
 */
export function decimal(text: string): number {
  if (!DECIMAL.test(text)) return Number.NaN
  const value = Number(text.replace(/[dD]|\*\^/, 'e'))
  return Number.isFinite(value) ? value : Number.NaN
}
