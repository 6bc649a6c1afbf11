import { type Fold, randomFolds, randomSplit } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import { type Example, type Examples, type Part, parts } from './example.ts'

/** How own data are split. */
export interface SplitChoice {
  /** Shares of training, validation and test part; default 0.8, 0.1, 0.1. */
  readonly shares?: readonly [number, number, number]
  readonly seed: number
}

/** Examples by part; for one graph with its nodes as examples, see nodeParts. */
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

const SHARES = [0.8, 0.1, 0.1] as const

/** The shares that `--split` gives. @throws UsageError if they are not three shares that sum to 1. */
export function parseShares(text: string): [number, number, number] {
  const shares = text.split(',').map(Number)
  const sum = shares.reduce((a, b) => a + b, 0)
  if (shares.length !== 3 || !shares.every((share) => share >= 0) || !(Math.abs(sum - 1) < 1e-6) || shares[0] === 0)
    throw new UsageError(`--split: expected three shares that sum to 1, such as 0.8,0.1,0.1, received ${text}`)
  return shares as [number, number, number]
}

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

/** Random folds, with equal shares of every class. */
export function foldsOf(examples: readonly Example[], count: number, seed: number): Fold[] {
  const labels = classNumbers(examples)
  return randomFolds(examples.length, count, { seed, ...(labels === undefined ? {} : { labels }) })
}

/** The part of each labelled node of a graph: as the file says, else at random with equal shares of every class. */
export function nodeParts(example: Example, { shares = SHARES, seed }: SplitChoice): (Part | undefined)[] {
  const { target, parts: given, x } = example
  const known = Array.from({ length: x.shape[0] as number }, (_, node) =>
    target.kind === 'labels'
      ? target.labels[node] !== undefined
      : target.kind === 'ys' && !Number.isNaN(target.ys.data[node * (target.ys.shape[1] as number)]),
  )
  if (given !== undefined) return known.map((is, node) => (is ? given[node] : undefined))
  const labelled = known.flatMap((is, node) => (is ? [node] : []))
  const names = new Map<string | undefined, number>()
  const labels = labelled.map((node) => {
    const label = target.kind === 'labels' ? target.labels[node] : ''
    if (!names.has(label)) names.set(label, names.size)
    return names.get(label) as number
  })
  const result: (Part | undefined)[] = known.map(() => undefined)
  randomSplit(labelled.length, shares, { seed, labels }).forEach((chosen, part) => {
    for (const at of chosen) result[labelled[at] as number] = parts[part] as Part
  })
  return result
}
