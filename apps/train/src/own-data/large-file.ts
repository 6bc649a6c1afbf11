import { statSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { Dataset } from '@equivar/datasets'
import { Random } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import { progress } from '../output.ts'
import { exampleBatch, isJoined } from './dataset.ts'
import { partsLine, Summary } from './describe.ts'
import { demandAlike, type Example, type Examples, type Part, parts, sizeOf, withEdgeWidth } from './example.ts'
import { exampleLines } from './example-lines.ts'
import { Fit, type Fitted } from './fit.ts'
import { GrowingIntegers } from './growing-integers.ts'
import { LineIndex } from './line-index.ts'
import { exampleOfLine, kindOfLine } from './ndjson.ts'
import type { OwnSource } from './source.ts'
import { SHARES, type SplitChoice } from './split.ts'

/** Newline-delimited JSON above this size stays on the disk. */
const LARGE_BYTES = 128 * 2 ** 20

/** Whether own data stay on the disk: one file of newline-delimited JSON of more than 128 MiB. */
export const isLarge = ({ paths }: OwnSource): boolean => {
  const [path, ...others] = paths
  if (path === undefined || others.length > 0 || !['.ndjson', '.jsonl'].includes(extname(path).toLowerCase())) return false
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGE_BYTES
}

/** What is known of a large file after the first reading. */
export interface LargeFile {
  readonly kind: Examples['kind']
  /** The first example, which all others are like. */
  readonly first: Example
  readonly fitted: Fitted
  readonly parts: Readonly<Record<Part, Dataset>>
  readonly found: readonly string[]
}

/** The part of each example: as it says, else at random by the seed, in the order of the file. */
class PartDraw {
  readonly #random: Random
  readonly #shares: readonly number[]
  #given: boolean | undefined

  constructor({ seed, shares = SHARES }: SplitChoice) {
    this.#random = new Random({ seed, stream: 'split of a file' })
    this.#shares = shares
  }

  /** @throws UsageError if some examples say their part and others do not. */
  of({ part, where }: Example): Part {
    this.#given ??= part !== undefined
    if (this.#given !== (part !== undefined))
      throw new UsageError(
        `${where}: expected ${this.#given ? '"split", which' : 'no "split", which no'} other examples have, received ${part ?? 'none'}`,
      )
    if (part !== undefined) return part
    const draw = this.#random.uniform()
    const [train, validation] = this.#shares as [number, number]
    return draw < train ? 'train' : draw < train + validation ? 'validation' : 'test'
  }
}

/** Gathers in one reading all that training needs besides the examples themselves: about 10 bytes for each. */
class FirstReading {
  readonly kind: Examples['kind']
  readonly first: Example
  readonly fit: Fit
  readonly index: LineIndex
  readonly members: Readonly<Record<Part, GrowingIntegers>>
  readonly #summary: Summary
  readonly #sizes = new GrowingIntegers()
  readonly #draw: PartDraw
  #edgeWidth: number | undefined

  constructor(path: string, first: Example, kind: Examples['kind'], choice: SplitChoice) {
    this.kind = kind
    this.first = first
    this.fit = new Fit({ kind })
    this.index = new LineIndex(path)
    this.members = { train: new GrowingIntegers(), validation: new GrowingIntegers(), test: new GrowingIntegers() }
    this.#summary = new Summary(kind)
    this.#draw = new PartDraw(choice)
  }

  include(example: Example, start: number): void {
    demandAlike(this.kind, example, this.first)
    const part = this.#draw.of(example)
    if ((example.edges?.sources.length ?? 0) > 0) this.#edgeWidth ??= example.edges?.attributes?.shape[1]
    this.members[part].push(this.index.length)
    this.index.add(start)
    this.#sizes.push(sizeOf(this.kind, example))
    this.#summary.include(example)
    this.fit.see(example)
    if (part === 'train') this.fit.train(example)
  }

  /** The examples of a part, read again from the file when a batch asks for them. */
  dataset(part: Part, classes: readonly string[]): Dataset {
    const [members, sizes] = [this.members[part].values(), this.#sizes.values()]
    const numbers = new Map(classes.map((name, i) => [name, i]))
    const own = Int32Array.from(members, (at) => sizes[at] as number)
    const differ = own.some((size) => size !== own[0])
    const read = (i: number): Example => {
      const at = members[i]
      if (at === undefined) throw new RangeError(`batch: expected example indices from 0 to ${members.length - 1}, received ${i}.`)
      return withEdgeWidth(exampleOfLine(this.index.read(at), `example ${at}`), this.#edgeWidth)
    }
    return {
      length: members.length,
      ...(differ && !isJoined(this.kind) ? { sizes: own } : {}),
      batch: (indices) => exampleBatch(this.kind, Array.from(indices, read), numbers),
    }
  }

  lines(): string[] {
    const counts = Object.fromEntries(parts.map((part) => [part, this.members[part].values().length])) as Record<Part, number>
    const empty = parts.find((part) => counts[part] === 0)
    if (empty !== undefined) throw new UsageError(`expected examples for every part of the split, received ${partsLine(counts)}`)
    return [...this.#summary.lines(undefined), `${partsLine(counts)}; the file stays on the disk, and batches are read from it`]
  }
}

/**
 * Reads a file of newline-delimited JSON once, in constant memory but for about 10 bytes an example, and leaves the examples on the disk.
 *
 * Each example is in a part by a random number of its own, so the parts have about the shares of the choice.
 *
 * @returns undefined if the examples are the nodes of graphs, which are split within a graph.
 * @throws UsageError that names the line of the first example that is not like the others.
 */
export async function readLargeFile(path: string, choice: SplitChoice, as: Examples['kind'] | undefined): Promise<LargeFile | undefined> {
  const file = basename(path)
  const bar = progress(statSync(path).size)
  let reading: FirstReading | undefined
  try {
    for await (const lines of exampleLines(path)) {
      for (const { line, text, start } of lines) {
        const where = `${file}, line ${line}`
        const example = exampleOfLine(text, where)
        reading ??= new FirstReading(path, example, as ?? kindOfLine(text, where), choice)
        if (reading.kind === 'nodes') return undefined
        reading.include(example, start)
      }
      bar?.update(lines.at(-1)?.start ?? 0, reading?.index.length ?? 0)
    }
  } finally {
    bar?.stop()
  }
  if (reading === undefined) throw new UsageError(`${path}: expected at least one example, received none`)
  const whole = reading
  const fitted = whole.fit.fitted()
  const of = (part: Part): Dataset => whole.dataset(part, fitted.classes)
  return {
    kind: whole.kind,
    first: whole.first,
    fitted,
    found: whole.lines(),
    parts: { train: of('train'), validation: of('validation'), test: of('test') },
  }
}
