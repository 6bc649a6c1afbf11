/** An exponent, as it is written above the line. */
export const superscript = (exponent: number): string =>
  [...String(exponent)].map((sign) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)]).join('')

/** How much something changes, as a part of its size: 45 %, or 1.2 · 10⁻⁷. */
export function changeText(change: number): string {
  if (!Number.isFinite(change)) return 'no number'
  if (change >= 0.01) return `${Math.round(100 * change)} %`
  const [digits, exponent] = change.toExponential(1).split('e')
  return change === 0 ? '0' : `${digits} · 10${superscript(Number(exponent))}`
}
