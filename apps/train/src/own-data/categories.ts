/** Values of a channel that are names, not amounts. A channel holds their codes; the model spreads it over one feature for each. */
export interface Categories<Value> {
  /** The names by code. */
  readonly names: readonly string[]
  /** The code of a value. */
  readonly codes: ReadonlyMap<Value, number>
}

/** The most categories of a channel. More are names of examples, which say nothing of others. */
export const MOST_CATEGORIES = 1024

/** Whole numbers up to this are their own codes. */
const LARGEST_OWN_CODE = 127

/** Categories of whole numbers. Small ones are their own codes, so that a model takes them as they are in the file; others are counted in order. */
export function integerCategories(values: Iterable<number>): Categories<number> {
  const sorted = [...new Set(values)].sort((a, b) => a - b)
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)]
  const listed = least >= 0 && most <= LARGEST_OWN_CODE ? Array.from({ length: most + 1 }, (_, value) => value) : sorted
  return { names: listed.map(String), codes: new Map(listed.map((value, code) => [value, code])) }
}

/** Categories of texts, in the order of code points. */
export function textCategories(values: Iterable<string>): Categories<string> {
  const names = [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return { names, codes: new Map(names.map((name, code) => [name, code])) }
}
