import { type ClassDataset, type Dataset, subset } from './dataset.ts'
import type { SplitOptions } from './split-options.ts'
import { randomSplit } from './splits.ts'

/** One data set for each share. */
type Parts<Shares, Data> = { -readonly [K in keyof Shares]: Data }

/**
 * Divides a data set at random into parts, as `randomSplit` does. A data set with classes is stratified, unless `groups` are given.
 *
 * @throws RangeError as `randomSplit`.
 * @example const [train, validation, test] = splitDataset(graphs, [0.8, 0.1, 0.1], { seed: 1 })
 */
export function splitDataset<const Shares extends readonly number[], Names extends string>(
  dataset: ClassDataset<Names>,
  shares: Shares,
  options: SplitOptions,
): Parts<Shares, ClassDataset<Names>>
export function splitDataset<const Shares extends readonly number[], Names extends string>(
  dataset: Dataset<Names>,
  shares: Shares,
  options: SplitOptions,
): Parts<Shares, Dataset<Names>>
export function splitDataset(dataset: Dataset & Partial<ClassDataset>, shares: readonly number[], options: SplitOptions): unknown {
  const classes = dataset.labels === undefined || options.groups !== undefined ? {} : { labels: dataset.labels }
  return randomSplit(dataset.length, shares, { ...classes, ...options }).map((part) => subset(dataset, part))
}
