import { channelAxis, type Example, type Examples, type Part, parts, sizeOf } from './example.ts'
import { include, type Moments } from './moments.ts'
import type { SplitExamples } from './split.ts'

const many = (count: number, noun: string): string => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** How often each of some values occurs. */
class Counts<Value> {
  readonly #counts = new Map<Value, number>()
  total = 0

  add(value: Value): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1)
    this.total++
  }

  entries(): [Value, number][] {
    return [...this.#counts]
  }
}

/** Smallest, median and largest of some numbers. */
function range(counts: Counts<number>): string {
  const sorted = counts.entries().sort(([a], [b]) => a - b)
  const half = counts.total >> 1
  let [before, at] = [0, -1]
  while (before <= half && at + 1 < sorted.length) before += sorted[++at]?.[1] as number
  const middle = sorted[at]?.[0]
  const [least, most] = [sorted[0]?.[0], sorted.at(-1)?.[0]]
  return least === most ? String(least) : `${least} to ${most}, median ${middle}`
}

const elementNouns: Readonly<Record<Examples['kind'], string>> = {
  set: 'elements',
  graph: 'nodes',
  'dense graph': 'nodes',
  molecule: 'atoms',
  nodes: 'nodes',
  image: 'pixels',
  'image set': 'images',
  'signal set': 'signals',
}

/** How often each class occurs, the most frequent first; the first ones if there are many. */
function classLine(labels: Counts<string>): string {
  const sorted = labels.entries().sort(([, a], [, b]) => b - a)
  const shown = sorted.slice(0, 8).map(([name, count]) => `${name} ${((100 * count) / labels.total).toFixed(1)} %`)
  return `${sorted.length} class${sorted.length === 1 ? '' : 'es'}: ${shown.join(', ')}${sorted.length > 8 ? ', ...' : ''}`
}

/** What own data are, gathered one example after the other. */
export class Summary {
  readonly #kind: Examples['kind']
  readonly #sizes = new Counts<number>()
  readonly #edges = new Counts<number>()
  readonly #labels = new Counts<string>()
  readonly #numbers: Moments = { count: 0, mean: 0, squares: 0 }
  #missing = 0
  #first: Example | undefined

  constructor(kind: Examples['kind']) {
    this.#kind = kind
  }

  include(example: Example): void {
    this.#first ??= example
    this.#sizes.add(sizeOf(this.#kind, example))
    if (example.edges !== undefined) this.#edges.add(example.edges.sources.length)
    const { target } = example
    for (const label of target.kind === 'label' ? [target.label] : target.kind === 'labels' ? target.labels : [])
      if (label === undefined) this.#missing++
      else this.#labels.add(label)
    for (const value of target.kind === 'y' ? target.y : target.kind === 'ys' ? target.ys.data : [])
      if (Number.isFinite(value)) include(this.#numbers, value)
      else this.#missing++
  }

  #targetLine(): string {
    const missing = (noun: string): string => (this.#missing === 0 ? '' : `; ${many(this.#missing, noun)} missing`)
    if (this.#labels.total > 0) return classLine(this.#labels) + missing('label')
    const { count, mean, squares } = this.#numbers
    if (count === 0) return 'one element of each set is to be chosen'
    return `numbers to predict: mean ${mean.toPrecision(4)}, standard deviation ${Math.sqrt(squares / count).toPrecision(4)}${missing('number')}`
  }

  /** The loss of the best answer that is always the same, over all examples; undefined where an element is chosen. */
  constantLoss(): number | undefined {
    if (this.#labels.total === 0) return this.#numbers.count === 0 ? undefined : 1
    return this.#labels.entries().reduce((loss, [, count]) => loss - (count / this.#labels.total) * Math.log(count / this.#labels.total), 0)
  }

  /** What was found, in two lines. */
  lines(names: readonly string[] | undefined): string[] {
    const [kind, first] = [this.#kind, this.#first]
    if (first === undefined) return []
    const channels = first.x.shape[channelAxis(kind)] as number
    const named = names === undefined ? '' : ` (${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''})`
    const sizes = kind === 'image' ? `${first.x.shape[1]} x ${first.x.shape[2]} pixels` : `${elementNouns[kind]}: ${range(this.#sizes)}`
    const attributes = first.edges?.attributes?.shape[1]
    const edges = [
      ...(this.#edges.total === 0 ? [] : [`edges: ${range(this.#edges)}`]),
      ...(attributes === undefined ? [] : [`${many(attributes, 'feature')} of edges`]),
    ]
    const noun = many(this.#sizes.total, kind === 'nodes' ? 'graph' : kind)
    return [[noun, sizes, ...edges, `${many(channels, 'channel')}${named}`].join('; '), this.#targetLine()]
  }
}

/** The input of an example as text: equal for equal inputs. */
const fingerprint = ({ x, edges, molecule }: Example): string =>
  [
    x.shape,
    Buffer.from(x.data.buffer, x.data.byteOffset, x.data.byteLength).toString('base64'),
    edges?.sources ?? '',
    edges?.targets ?? '',
    molecule?.positions ?? '',
  ].join('|')

/** How many examples of the validation or the test part are also in an earlier part. */
function duplicates(split: SplitExamples): number {
  const seen = new Set<string>()
  let count = 0
  for (const part of parts) {
    const prints = split[part].map(fingerprint)
    if (part !== 'train') count += prints.filter((print) => seen.has(print)).length
    for (const print of prints) seen.add(print)
  }
  return count
}

/** How many examples each part has, as a line. */
export const partsLine = (counts: Readonly<Record<Part, number>>): string =>
  parts.map((part) => `${part} ${counts[part].toLocaleString('en')}`).join(', ')

/** A summary of some examples. */
export function summaryOf({ kind, examples }: Pick<Examples, 'kind' | 'examples'>): Summary {
  const summary = new Summary(kind)
  for (const example of examples) summary.include(example)
  return summary
}

/** What was found in own data, in a few lines. */
export function describeExamples(all: Examples, split: SplitExamples | undefined): string[] {
  const { channelNames, notes = [] } = all
  const lines = [...notes, ...summaryOf(all).lines(channelNames)]
  if (split === undefined) return lines
  const counts = partsLine({ train: split.train.length, validation: split.validation.length, test: split.test.length })
  const copies = duplicates(split)
  const warning =
    copies === 0 ? '' : `; ${many(copies, 'example')} of validation and test ${copies === 1 ? 'occurs' : 'occur'} in an earlier part, too`
  return [...lines, `${counts}${warning}`]
}
