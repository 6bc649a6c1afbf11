/** Reads a whole number from an address. @throws RangeError that says what was expected. */
export function readNumber(
  state: URLSearchParams,
  name: string,
  first: number,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const text = state.get(name)
  if (text === null) return first
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new RangeError(`${name}: expected a whole number from ${least} to ${most}, received “${text}”.`)
}
