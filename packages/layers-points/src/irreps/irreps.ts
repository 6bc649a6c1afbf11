import { compareIrreps, Irrep, LARGEST_DEGREE, type Parity } from './irrep.ts'

/** So many copies of an irreducible representation. */
export interface Summand {
  readonly multiplicity: number
  readonly irrep: Irrep
}

/** The largest number of copies. */
const LARGEST_MULTIPLICITY = 2 ** 24
/** The longest text that is read. */
const LONGEST_TEXT = 10_000

/** Irreps, or their text. */
export type IrrepsLike = Irreps | string

/**
 * A representation of O(3) as a sum of irreducible ones, such as `16x0e + 8x1o + 4x2e`: what features are made of, in that order.
 *
 * As one flat vector, the copies of a summand follow each other, each with its 2l + 1 components, as in e3nn.
 */
export class Irreps {
  readonly summands: readonly Summand[]

  /** @throws RangeError if a multiplicity is not an integer from 0 to 2^24. */
  constructor(summands: readonly Summand[]) {
    for (const { multiplicity } of summands) {
      if (!Number.isInteger(multiplicity) || multiplicity < 0 || multiplicity > LARGEST_MULTIPLICITY)
        throw new RangeError(`Irreps: expected multiplicities from 0 to ${LARGEST_MULTIPLICITY}, received ${multiplicity}.`)
    }
    this.summands = summands
  }

  /** The number of components: the sum of multiplicity (2l + 1). */
  get dimension(): number {
    return this.summands.reduce((sum, { multiplicity, irrep }) => sum + multiplicity * irrep.dimension, 0)
  }

  /** The number of copies of irreducible representations. */
  get count(): number {
    return this.summands.reduce((sum, { multiplicity }) => sum + multiplicity, 0)
  }

  /** The largest degree; -1 without summands. */
  get largestDegree(): number {
    return this.summands.reduce((largest, { irrep }) => Math.max(largest, irrep.l), -1)
  }

  /** How many copies of one irreducible representation there are. */
  countOf(irrep: Irrep): number {
    return this.summands.reduce((sum, each) => sum + (each.irrep.equals(irrep) ? each.multiplicity : 0), 0)
  }

  /** Where each summand starts in the flat vector. */
  offsets(): number[] {
    let at = 0
    return this.summands.map(({ multiplicity, irrep }) => {
      const start = at
      at += multiplicity * irrep.dimension
      return start
    })
  }

  /** Sorted by degree, odd before even, the order of equal ones kept. `from[i]` is the place that summand i had. */
  sorted(): { readonly irreps: Irreps; readonly from: readonly number[] } {
    const from = this.summands.map((_, i) => i)
    from.sort((a, b) => compareIrreps((this.summands[a] as Summand).irrep, (this.summands[b] as Summand).irrep) || a - b)
    return { irreps: new Irreps(from.map((i) => this.summands[i] as Summand)), from }
  }

  /** Neighbouring summands of one kind joined, and those without copies dropped. The flat vector stays as it is. */
  simplified(): Irreps {
    const joined: { multiplicity: number; irrep: Irrep }[] = []
    for (const { multiplicity, irrep } of this.summands) {
      const last = joined.at(-1)
      if (multiplicity === 0) continue
      if (last?.irrep.equals(irrep)) last.multiplicity += multiplicity
      else joined.push({ multiplicity, irrep })
    }
    return new Irreps(joined)
  }

  /** Sorted and simplified: one summand of each kind. */
  regrouped(): Irreps {
    return this.sorted().irreps.simplified()
  }

  /** The direct sum: the summands of all, one after the other. */
  plus(...others: readonly Irreps[]): Irreps {
    return new Irreps([this, ...others].flatMap(({ summands }) => summands))
  }

  /** The summands for which `keep` holds. */
  filter(keep: (summand: Summand, index: number) => boolean): Irreps {
    return new Irreps(this.summands.filter(keep))
  }

  /** The tensor product with another, sorted and simplified. */
  times(other: Irreps): Irreps {
    const products = this.summands.flatMap((a) =>
      other.summands.flatMap((b) => a.irrep.times(b.irrep).map((irrep) => ({ multiplicity: a.multiplicity * b.multiplicity, irrep }))),
    )
    return new Irreps(products).regrouped()
  }

  /** Whether the summands are the same, in the same order. */
  equals({ summands }: Irreps): boolean {
    return (
      summands.length === this.summands.length &&
      this.summands.every(({ multiplicity, irrep }, i) => {
        const other = summands[i] as Summand
        return multiplicity === other.multiplicity && irrep.equals(other.irrep)
      })
    )
  }

  /**
   * The block-diagonal matrix of a rotation or reflection on the flat vector.
   *
   * @param matrix - nine numbers, row-major: an orthogonal 3 x 3 matrix.
   * @returns float64 [dimension, dimension] row-major.
   */
  matrix(matrix: ArrayLike<number>): Float64Array {
    const size = this.dimension
    const result = new Float64Array(size * size)
    let at = 0
    for (const { multiplicity, irrep } of this.summands) {
      const block = irrep.matrix(matrix)
      const rows = irrep.dimension
      for (let copy = 0; copy < multiplicity; copy++, at += rows)
        for (let i = 0; i < rows; i++) result.set(block.subarray(i * rows, (i + 1) * rows), (at + i) * size + at)
    }
    return result
  }

  /** `16x0e + 8x1o`. */
  toString(): string {
    return this.summands.map(({ multiplicity, irrep }) => `${multiplicity}x${irrep}`).join(' + ')
  }
}

const SUMMAND = /^(?:(\d{1,9})\s*x\s*)?(\d{1,3})([eo])$/

function readSummand(text: string, whole: string): Summand {
  const found = SUMMAND.exec(text.trim())
  const l = Number(found?.[2])
  if (found === null || l > LARGEST_DEGREE) {
    throw new RangeError(
      `irreps: expected summands like 16x0e, 8x1o or 2e, joined by +, with degrees up to ${LARGEST_DEGREE}, received ${JSON.stringify(text.trim().slice(0, 40))} in ${JSON.stringify(whole.slice(0, 80))}.`,
    )
  }
  return { multiplicity: Number(found[1] ?? 1), irrep: new Irrep(l, found[3] === 'e' ? 1 : (-1 as Parity)) }
}

/**
 * Reads irreps: `16x0e + 8x1o + 2e`. The empty text has no summands. `irreps(text).toString()` reads back as the same.
 *
 * @throws RangeError that names the summand that cannot be read.
 */
export function irreps(text: IrrepsLike): Irreps {
  if (text instanceof Irreps) return text
  if (typeof text !== 'string') throw new RangeError(`irreps: expected a text like 16x0e + 8x1o, received ${typeof text}.`)
  if (text.length > LONGEST_TEXT) throw new RangeError(`irreps: expected at most ${LONGEST_TEXT} characters, received ${text.length}.`)
  if (text.trim() === '') return new Irreps([])
  return new Irreps(text.split('+').map((part) => readSummand(part, text)))
}

/** The irreps of the harmonics of degrees 0 to l: `0e + 1o + 2e + ...`. */
export function harmonicIrreps(l: number): Irreps {
  return new Irreps(Array.from({ length: l + 1 }, (_, i) => ({ multiplicity: 1, irrep: new Irrep(i, i % 2 === 0 ? 1 : -1) })))
}
