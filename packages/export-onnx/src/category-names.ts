/** For channels that hold categories: the names by code. */
export type ChannelCategories = Readonly<Record<number, readonly string[]>>

const isNames = (value: unknown): value is ChannelCategories =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(
    ([channel, names]) => /^\d+$/.test(channel) && Array.isArray(names) && names.every((name) => typeof name === 'string'),
  )

/**
 * The names of the categories in the metadata of a trained model's file, by input: `categoryNames` of its configuration for `x`, `edgeCategoryNames` for
 * `edge_attr`.
 *
 * @param metadata - of `inspectOnnx`.
 * @returns names by input and channel; none if the file does not name them.
 */
export function categoryNames({ config }: Readonly<Record<string, string>>): Readonly<Record<string, ChannelCategories>> {
  if (config === undefined) return {}
  try {
    const { categoryNames: x, edgeCategoryNames: edges } = JSON.parse(config) as Readonly<Record<string, unknown>>
    return { ...(isNames(x) ? { x } : {}), ...(isNames(edges) ? { edge_attr: edges } : {}) }
  } catch {
    return {}
  }
}

/** @throws RangeError that lists names of the channel. */
function codeOf(name: string, names: readonly string[], channel: number): number {
  const code = names.indexOf(name)
  if (code !== -1) return code
  const known = names.slice(0, 12).map((each) => JSON.stringify(each))
  throw new RangeError(
    `expected a number or one of ${known.join(', ')}${names.length > 12 ? ', ...' : ''} in channel ${channel}, received ${JSON.stringify(name).slice(0, 40)}`,
  )
}

/**
 * Replaces names of categories by their codes.
 *
 * @param data - parsed JSON: a flat list, or nested lists, whose innermost axis counts channels. What is no name of a category is left as it is.
 * @throws RangeError if a text in a channel of categories is none of its names.
 * @remarks Cost: a copy of the lists.
 */
export function withCategoryCodes(data: unknown, categories: ChannelCategories, channels: number): unknown {
  if (!Array.isArray(data)) return data
  return data.map((each: unknown, i) => {
    const names = typeof each === 'string' ? categories[i % channels] : undefined
    return names === undefined ? withCategoryCodes(each, categories, channels) : codeOf(each as string, names, i % channels)
  })
}
