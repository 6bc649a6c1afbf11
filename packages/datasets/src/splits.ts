import { Random } from '@equivar/tensor'
import { groupParts } from './group-parts.ts'
import type { SplitOptions } from './split-options.ts'

/** The indices of the training examples and of the test examples of a fold. */
export interface Fold {
  readonly train: Uint32Array
  readonly test: Uint32Array
}

/** The examples in random order; if labels are given, grouped by class. */
function shuffled(where: string, length: number, { seed, labels }: SplitOptions): Uint32Array {
  const order = new Random({ seed, stream: 'split' }).permutation(length)
  if (labels === undefined) return order
  if (labels.length !== length) throw new RangeError(`${where}: expected ${length} labels, received ${labels.length}.`)
  const place = new Uint32Array(length)
  order.forEach((example, i) => {
    place[example] = i
  })
  return order.sort((a, b) => labels[a]! - labels[b]! || place[a]! - place[b]!)
}

/** Assigns the examples one by one to the part that is furthest below its share. So every run of successive examples is distributed evenly. */
function distribute(order: Uint32Array, shares: readonly number[]): Uint32Array[] {
  const parts: number[][] = shares.map(() => [])
  order.forEach((example, i) => {
    const behind = shares.map((share, p) => share * (i + 1) - parts[p]!.length)
    parts[behind.indexOf(Math.max(...behind))]!.push(example)
  })
  return parts.map((part) => Uint32Array.from(part).sort())
}

/**
 * Divides examples at random into parts.
 *
 * Every example is in exactly one part. The size of a part differs from its exact share by less than the number of parts. With labels, the same holds within
 * each class. With groups, largest first, each group goes to the part that comes closest to its share, of all examples and of each class; a part with a share
 * above 0 can be empty if there are few groups.
 *
 * @param length - the number of examples.
 * @param shares - the share of each part: non-negative numbers that sum to 1.
 * @returns the indices of the examples of each part, in ascending order.
 * @throws RangeError if the shares do not sum to 1, or the numbers of labels and examples differ.
 * @example
 * const [train, validation, test] = randomSplit(dataset.length, [0.8, 0.1, 0.1], { seed: 1, labels: dataset.labels })
 */
export function randomSplit<const Shares extends readonly number[]>(
  length: number,
  shares: Shares,
  options: SplitOptions,
): { -readonly [K in keyof Shares]: Uint32Array }
export function randomSplit(length: number, shares: readonly number[], options: SplitOptions): Uint32Array[] {
  const total = shares.reduce((sum, share) => sum + share, 0)
  if (!shares.every((share) => share >= 0) || !(Math.abs(total - 1) < 1e-9)) {
    throw new RangeError(`randomSplit: expected shares that sum to 1, received ${shares.join(' + ')} = ${total}.`)
  }
  if (options.groups === undefined) return distribute(shuffled('randomSplit', length, options), shares)
  const part = groupParts('randomSplit', length, shares, options)
  return shares.map((_, p) => Uint32Array.from(part.keys()).filter((example) => part[example] === p))
}

/**
 * Divides examples at random into folds for cross-validation. Every example is in the test part of one fold and in the training part of all others.
 *
 * @param length - the number of examples.
 * @param count - the number of folds, from 2 to length.
 * @returns the folds. The sizes of the test parts differ by at most one; with labels, so do their numbers of examples of each class.
 * With groups the sizes differ by more if the groups do, and at least one group is in each test part.
 * @throws RangeError if `count` is out of range or above the number of groups, or the numbers of labels or groups and examples differ.
 */
export function randomFolds(length: number, count: number, options: SplitOptions): Fold[] {
  if (!Number.isInteger(count) || count < 2 || count > length) {
    throw new RangeError(`randomFolds: expected from 2 to ${length} folds of ${length} examples, received ${count}.`)
  }
  const part = options.groups === undefined ? dealt(length, count, options) : groupFolds(length, count, options)
  const examples = Uint32Array.from({ length }, (_, example) => example)
  return Array.from({ length: count }, (_, fold) => ({
    train: examples.filter((example) => part[example] !== fold),
    test: examples.filter((example) => part[example] === fold),
  }))
}

/** The fold of each example: examples in random order, class by class, are dealt out in turn. */
function dealt(length: number, count: number, options: SplitOptions): Uint32Array {
  const part = new Uint32Array(length)
  shuffled('randomFolds', length, options).forEach((example, i) => {
    part[example] = i % count
  })
  return part
}

/** The fold of each example, of whole groups. @throws RangeError if there are fewer groups than folds. */
function groupFolds(length: number, count: number, options: SplitOptions): Uint32Array {
  const groups = new Set(Array.from(options.groups ?? [])).size
  if (groups < count) throw new RangeError(`randomFolds: expected at most ${groups} folds, one for each group, received ${count}.`)
  const shares = Array.from({ length: count }, () => 1 / count)
  return groupParts('randomFolds', length, shares, options)
}
