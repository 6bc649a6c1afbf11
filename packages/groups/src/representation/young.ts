import { DomainError } from '../errors.ts'
import type { Permutation } from '../permutation/permutation.ts'
import { hookDimension, type Partition, partitionSum } from './partition.ts'

/** What the transposition of entries i and i + 1 does to the tableaux: t -> stay[t] t + swap[t] partner[t]. */
interface AdjacentTransposition {
  readonly stay: Float64Array
  readonly swap: Float64Array
  readonly partner: Int32Array
}

/** The tableaux of a shape whose last entry is in one row: those of the shape without that corner, from `start` on. */
export interface Branch {
  readonly partition: Partition
  readonly start: number
}

/** The largest representation whose matrices are made: 128 MiB each. */
const LARGEST_DIMENSION = 4096n

/** The shapes that are left when a corner is taken away, the lowest row first. */
function withoutCorners(partition: Partition): Partition[] {
  const shapes: Partition[] = []
  for (let row = partition.length - 1; row >= 0; row--) {
    if (partition[row]! > (partition[row + 1] ?? 0)) shapes.push(partition.with(row, partition[row]! - 1).filter((part) => part > 0))
  }
  return shapes
}

/** All standard tableaux of a shape in last-letter order, each as the row of every entry. */
function standardTableaux(partition: Partition): number[][] {
  if (partition.length === 0) return [[]]
  return withoutCorners(partition).flatMap((shape) => {
    const row = partition.findIndex((part, k) => part !== (shape[k] ?? 0))
    return standardTableaux(shape).map((rows) => [...rows, row])
  })
}

/** The column minus the row of every entry of a tableau. */
function contents(rows: readonly number[]): number[] {
  const lengths: number[] = []
  return rows.map((row) => {
    lengths[row] = (lengths[row] ?? 0) + 1
    return lengths[row]! - 1 - row
  })
}

/**
 * An irreducible representation of the symmetric group with orthogonal matrices, in the basis of standard tableaux.
 *
 * Tableaux are in last-letter order, so that the restriction to the permutations that fix the last point is block-diagonal: `branches` are the blocks.
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
    if (dimension > LARGEST_DIMENSION) {
      throw new DomainError(
        'YoungRepresentation',
        `a representation of degree at most ${LARGEST_DIMENSION}`,
        `degree ${dimension} for [${partition.join(', ')}]`,
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

  /** Multiplies a square matrix, row-major, by the transposition of points i and i + 1 from the left, in place. */
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
        if (other !== t) matrix[other * d + column] = swap[t]! * a + stay[other]! * b
      }
    }
  }

  /** The matrix of a permutation, row-major. */
  matrix(p: Permutation): Float64Array {
    const d = this.dimension
    const result = new Float64Array(d * d)
    for (let t = 0; t < d; t++) result[t * d + t] = 1
    for (const i of adjacentFactors(p).reverse()) this.applyAdjacent(i, result)
    return result
  }
}

/** Indices i_1, i_2, ... with p = s_{i_1} s_{i_2} ..., where s_i exchanges points i and i + 1; as few as possible. */
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
 * Law: youngOrthogonal(l, p.compose(q)) = youngOrthogonal(l, p) youngOrthogonal(l, q); the matrices are orthogonal, their trace is symmetricCharacter(l, type of p).
 *
 * @param partition - of the degree of p; [n] is trivial, [n - 1, 1] the permutation matrices without their constant vector.
 * @returns float64 [d, d] row-major, d the number of standard tableaux, in last-letter order.
 * @throws DomainError if the partition is none of the degree of p, or d exceeds 4096.
 * @remarks Accuracy about 1e-15 times the number of inversions of p.
 */
export function youngOrthogonal(partition: Partition, p: Permutation): Float64Array {
  const n = partitionSum('youngOrthogonal', partition)
  if (n !== p.degree) throw new DomainError('youngOrthogonal', `a permutation of ${n} points, as the partition has`, `one of ${p.degree}`)
  return new YoungRepresentation(partition).matrix(p)
}
