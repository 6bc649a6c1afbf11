/** Labels as classes: each label by its place among all labels in ascending order, and the labels in this order as names. */
export function numberedClasses(original: readonly number[]): { labels: Int32Array; classes: string[] } {
  const ascending = [...new Set(original)].sort((a, b) => a - b)
  const numbers = new Map(ascending.map((label, number) => [label, number]))
  return { labels: Int32Array.from(original, (label) => numbers.get(label)!), classes: ascending.map(String) }
}
