import { DomainError } from '../errors.ts'
import type { Permutation } from '../permutation/permutation.ts'
import { hookDimension, type Partition, partitionSum } from './partition.ts'

/** The matrix of the transposition of i and i + 1 in the basis of tableaux: t -> stay[t] t + swap[t] partner[t]. */
interface AdjacentTransposition {
  readonly stay: Float64Array
  readonly swap: Float64Array
  readonly partner: Int32Array
}

/** The basis vectors of one block of the restriction to S_{n-1}: the tableaux from index `start` whose last entry is in one given corner of the shape. */
export interface Branch {
  readonly partition: Partition
  readonly start: number
}

/** The largest dimension of a representation. Its matrices take 128 MiB each. */
const LARGEST_DIMENSION = 4096n

/** The partitions obtained by removing one corner, from the lowest row up. */
function withoutCorners(partition: Partition): Partition[] {
  const shapes: Partition[] = []
  for (let row = partition.length - 1; row >= 0; row--) {
    if (partition[row]! > (partition[row + 1] ?? 0)) shapes.push(partition.with(row, partition[row]! - 1).filter((part) => part > 0))
  }
  return shapes
}

/** All standard tableaux of a shape in last-letter order. Each is given as the row of every entry. */
function standardTableaux(partition: Partition): number[][] {
  if (partition.length === 0) return [[]]
  return withoutCorners(partition).flatMap((shape) => {
    const row = partition.findIndex((part, k) => part !== (shape[k] ?? 0))
    return standardTableaux(shape).map((rows) => [...rows, row])
  })
}

/** The content of every entry of a tableau: its column minus its row. */
function contents(rows: readonly number[]): number[] {
  const lengths: number[] = []
  return rows.map((row) => {
    lengths[row] = (lengths[row] ?? 0) + 1
    return lengths[row]! - 1 - row
  })
}

/**
 * An irreducible representation of the symmetric group in Young's orthogonal form: orthogonal matrices in the basis of standard tableaux.
 *
 * Tableaux are in last-letter order, so the restriction to the permutations that fix the last point is block-diagonal. `branches` lists the blocks.
 *
 * @see Young 1932; James, Kerber 1981, "The representation theory of the symmetric group", section 3.4.
 */
export class YoungRepresentation {
  readonly partition: Partition
  readonly dimension: number
  readonly branches: readonly Branch[]
  readonly #transpositions: readonly AdjacentTransposition[]

  constructor(partition: Partition) {
    const n = partitionSum('YoungRepresentation', partition)
    const dimension = hookDimension(partition)
    // Stryker disable next-line EqualityOperator: no partition of up to 30 points has this dimension
    if (dimension > LARGEST_DIMENSION) {
      throw new DomainError(
        'YoungRepresentation',
        `a representation of dimension at most ${LARGEST_DIMENSION}`,
        `dimension ${dimension} for [${partition.join(', ')}]`,
      )
    }
    this.partition = [...partition]
    this.dimension = Number(dimension)
    let start = 0
    this.branches =
      n === 0
        ? []
        : withoutCorners(partition).map((shape) => {
            const branch = { partition: shape, start }
            start += Number(hookDimension(shape))
            return branch
          })
    const tableaux = standardTableaux(partition)
    const numbers = new Map(tableaux.map((rows, t) => [rows.join(), t]))
    const distances = tableaux.map(contents)
    this.#transpositions = Array.from({ length: Math.max(0, n - 1) }, (_, i) => {
      const stay = Float64Array.from(distances, (content) => 1 / (content[i + 1]! - content[i]!))
      const partner = Int32Array.from(
        tableaux,
        (rows, t) =>
          numbers.get(
            rows
              .with(i, rows[i + 1]!)
              .with(i + 1, rows[i]!)
              .join(),
          ) ?? t,
      )
      return { stay, swap: stay.map((cosine, t) => (partner[t] === t ? 0 : Math.sqrt(1 - cosine * cosine))), partner }
    })
  }

  /** Replaces a square matrix M, row-major, by rho(s) M, in place, where s is the transposition of points i and i + 1. */
  applyAdjacent(i: number, matrix: Float64Array): void {
    const { stay, swap, partner } = this.#transpositions[i]!
    const d = this.dimension
    for (let t = 0; t < d; t++) {
      const other = partner[t]!
      if (other < t) continue
      for (let column = 0; column < d; column++) {
        const a = matrix[t * d + column]!
        const b = matrix[other * d + column]!
        matrix[t * d + column] = stay[t]! * a + swap[t]! * b
        matrix[other * d + column] = swap[t]! * a + stay[other]! * b
      }
    }
  }

  /** The matrix rho(p), row-major. */
  matrix(p: Permutation): Float64Array {
    const d = this.dimension
    const result = new Float64Array(d * d)
    // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
    for (let t = 0; t < d; t++) result[t * d + t] = 1
    for (const i of adjacentFactors(p).reverse()) this.applyAdjacent(i, result)
    return result
  }
}

/** A shortest factorization p = s_{i_1} s_{i_2} ..., where s_i is the transposition of points i and i + 1. Returns i_1, i_2, ... */
function adjacentFactors(p: Permutation): number[] {
  const images = [...p.images]
  const factors: number[] = []
  for (let end = images.length - 1; end > 0; end--) {
    for (let i = 0; i < end; i++) {
      if (images[i]! < images[i + 1]!) continue
      const image = images[i]!
      images[i] = images[i + 1]!
      images[i + 1] = image
      factors.push(i)
    }
  }
  return factors.reverse()
}

/**
 * The matrix of a permutation in Young's orthogonal form.
 *
 * Law: youngOrthogonal(l, p.compose(q)) = youngOrthogonal(l, p) youngOrthogonal(l, q). The matrices are orthogonal; the trace is
 * symmetricCharacter(l, p.cycleType()).
 *
 * @param partition - a partition of the degree n of p. [n] is the trivial representation; [n - 1, 1] is the permutation representation without the constants.
 * @returns float64 [d, d] row-major. The basis is the d standard tableaux, in last-letter order.
 * @throws DomainError if `partition` is not a partition of the degree of p, or d exceeds 4096.
 * @remarks Accuracy about 1e-15 times the number of inversions of p.
 */
export function youngOrthogonal(partition: Partition, p: Permutation): Float64Array {
  const n = partitionSum('youngOrthogonal', partition)
  if (n !== p.degree)
    throw new DomainError('youngOrthogonal', `a permutation of ${n} points, the sum of the partition`, `one of ${p.degree}`)
  return new YoungRepresentation(partition).matrix(p)
}
