import { Random } from '@equivar/tensor'

/** A division of the examples: the numbers of those to train on and of those to test on. */
export interface Fold {
  readonly train: Uint32Array
  readonly test: Uint32Array
}

/** How examples are divided. */
export interface SplitOptions {
  /** The same seed gives the same division, everywhere. */
  readonly seed: number | bigint
  /** The class of each example: if given, every part gets its share of every class. */
  readonly labels?: ArrayLike<number>
}

/** The examples in random order, those of one class together if labels are given. */
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

/** Gives the examples one by one to the part that is furthest behind its share, so every stretch of them is shared out evenly. */
function deal(order: Uint32Array, shares: readonly number[]): Uint32Array[] {
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
 * Every example is in exactly one part. A part's size is its share of the whole to less than the number of parts, and so is its share of each
 * class if labels are given.
 *
 * @param length - how many examples there are.
 * @param shares - how large each part is; positive or 0, and together 1.
 * @returns the numbers of each part's examples, ascending.
 * @throws RangeError if the shares do not add to 1, or there are not as many labels as examples.
 * @example
 * const [train, validation, test] = randomSplit(dataset.length, [0.8, 0.1, 0.1], { seed: 1, labels: dataset.labels })
 */
export function randomSplit(length: number, shares: readonly number[], options: SplitOptions): Uint32Array[] {
  const total = shares.reduce((sum, share) => sum + share, 0)
  if (!shares.every((share) => share >= 0) || !(Math.abs(total - 1) < 1e-9)) {
    throw new RangeError(`randomSplit: expected shares that add to 1, received ${shares.join(' + ')} = ${total}.`)
  }
  return deal(shuffled('randomSplit', length, options), shares)
}

/**
 * Divides examples at random into folds for cross-validation: every example is tested on once, and trained on by all other folds.
 *
 * @param length - how many examples there are.
 * @param count - how many folds, from 2 to length.
 * @returns the folds, with test parts of equal size to within one, and of equal shares of each class to within one if labels are given.
 * @throws RangeError if there are too few examples for that many folds, or not as many labels as examples.
 */
export function randomFolds(length: number, count: number, options: SplitOptions): Fold[] {
  if (!Number.isInteger(count) || count < 2 || count > length) {
    throw new RangeError(`randomFolds: expected from 2 to ${length} folds of ${length} examples, received ${count}.`)
  }
  const order = shuffled('randomFolds', length, options)
  const part = new Uint32Array(length)
  order.forEach((example, i) => {
    part[example] = i % count
  })
  const examples = Uint32Array.from({ length }, (_, example) => example)
  return Array.from({ length: count }, (_, fold) => ({
    train: examples.filter((example) => part[example] !== fold),
    test: examples.filter((example) => part[example] === fold),
  }))
}
