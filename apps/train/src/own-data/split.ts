import { randomFolds, randomSplit } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import { type Example, type Examples, type Part, parts } from './example.ts'

/** How own data are split. */
export interface SplitChoice {
  /** Shares of training, validation and test part; default 0.8, 0.1, 0.1. */
  readonly shares?: readonly [number, number, number]
  readonly seed: number
}

/** Examples by part. */
export type SplitExamples = Readonly<Record<Part, readonly Example[]>>

/** Class numbers for stratified splits; undefined where examples have no class. */
function classNumbers(examples: readonly Example[]): Int32Array | undefined {
  const numbers = new Map<string, number>()
  const labels = examples.map(({ target }) => (target.kind === 'label' ? target.label : undefined))
  if (labels.includes(undefined)) return undefined
  return Int32Array.from(labels as string[], (label) => {
    if (!numbers.has(label)) numbers.set(label, numbers.size)
    return numbers.get(label) as number
  })
}

/** Shares of training, validation and test part without `--split`. */
export const SHARES = [0.8, 0.1, 0.1] as const

/** The part that every example says it belongs to; undefined if none says so. */
function givenParts(examples: readonly Example[]): SplitExamples | undefined {
  if (examples.every(({ part }) => part === undefined)) return undefined
  const without = examples.find(({ part }) => part === undefined)
  if (without !== undefined) throw new UsageError(`${without.where}: expected "split", which other examples have, received none`)
  const of = (wanted: Part): Example[] => examples.filter(({ part }) => part === wanted)
  return { train: of('train'), validation: of('validation'), test: of('test') }
}

/**
 * Splits examples: as they say themselves, else at random by the seed, with equal shares of every class.
 *
 * @throws UsageError if a part has no example.
 */
export function splitExamples({ examples }: Examples, { shares = SHARES, seed }: SplitChoice): SplitExamples {
  const given = givenParts(examples)
  if (given !== undefined) return demandNoneEmpty(given)
  const labels = classNumbers(examples)
  const indices = randomSplit(examples.length, shares, { seed, ...(labels === undefined ? {} : { labels }) })
  const of = (i: number): Example[] => Array.from(indices[i] as Uint32Array, (at) => examples[at] as Example)
  return demandNoneEmpty({ train: of(0), validation: of(1), test: of(2) })
}

function demandNoneEmpty(split: SplitExamples): SplitExamples {
  const empty = parts.find((part) => split[part].length === 0)
  if (empty === undefined) return split
  const counts = parts.map((part) => `${split[part].length} for ${part}`).join(', ')
  throw new UsageError(`expected examples for every part of the split, received ${counts}; give more examples or other shares by --split`)
}

/** The examples of a fold: to train on, and held out. */
export interface Halves {
  readonly train: readonly Example[]
  readonly test: readonly Example[]
}

/** Random folds, with equal shares of every class. @throws RangeError unless there are from 2 folds to one for each example. */
export function foldExamples({ examples }: Examples, count: number, seed: number): Halves[] {
  const labels = classNumbers(examples)
  const of = (indices: Uint32Array): Example[] => Array.from(indices, (at) => examples[at] as Example)
  const folds = randomFolds(examples.length, count, { seed, ...(labels === undefined ? {} : { labels }) })
  return folds.map(({ train, test }) => ({ train: of(train), test: of(test) }))
}
