import { Random } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import { partsLine, Summary } from './describe.ts'
import { demandAlike, type Example, type Examples, type Part, parts, sizeOf } from './example.ts'
import { Fit } from './fit.ts'
import { GrowingIntegers } from './growing-integers.ts'
import { LineIndex } from './line-index.ts'
import { PartIndex } from './part-index.ts'
import { SHARES, type SplitChoice } from './split.ts'

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

/** Gathers in one reading all that training needs besides the examples themselves: 2 to 5 bytes for each, and 16 for 4096 of the file. */
export class FirstReading {
  readonly kind: Examples['kind']
  /** The first example, which all others are like. */
  readonly first: Example
  readonly fit: Fit
  readonly lines: LineIndex = new LineIndex()
  readonly parts: PartIndex = new PartIndex()
  readonly #summary: Summary
  readonly #sizes = new GrowingIntegers()
  readonly #draw: PartDraw
  #haveSizes = false
  #edgeWidth: number | undefined

  constructor(first: Example, kind: Examples['kind'], choice: SplitChoice) {
    this.kind = kind
    this.first = first
    this.fit = new Fit({ kind })
    this.#summary = new Summary(kind)
    this.#draw = new PartDraw(choice)
  }

  /** Features of edges, for graphs without edges. */
  get edgeWidth(): number | undefined {
    return this.#edgeWidth
  }

  /** @param start - the byte at which its line starts. @param line - its number in the file. */
  include(example: Example, start: number, line: number): void {
    demandAlike(this.kind, example, this.first)
    const part = this.#draw.of(example)
    if ((example.edges?.sources.length ?? 0) > 0) this.#edgeWidth ??= example.edges?.attributes?.shape[1]
    const size = sizeOf(this.kind, example)
    this.#haveSizes ||= size !== sizeOf(this.kind, this.first)
    this.lines.add(start, line)
    this.parts.push(part)
    this.#sizes.push(size)
    this.#summary.include(example)
    this.fit.see(example)
    if (part === 'train') this.fit.train(example)
  }

  /** The sizes of the examples of a part; undefined if all examples have one size. */
  sizes(part: Part): ArrayLike<number> | undefined {
    return this.#haveSizes ? this.parts.select(part, this.#sizes) : undefined
  }

  /** The loss of the best answer that is always the same. */
  constantLoss(): number | undefined {
    return this.#summary.constantLoss()
  }

  /** What was found, in a few lines. @throws UsageError if a part has no example. */
  found(): string[] {
    const counts = Object.fromEntries(parts.map((part) => [part, this.parts.count(part)])) as Record<Part, number>
    const empty = parts.find((part) => counts[part] === 0)
    if (empty !== undefined) throw new UsageError(`expected examples for every part of the split, received ${partsLine(counts)}`)
    return [...this.#summary.lines(undefined), `${partsLine(counts)}; the file stays on the disk, and batches are read from it`]
  }
}
