import type { MatrixGroup } from '../matrix/matrix-group.ts'
import type { SparseMatrix } from '../matrix/sparse.ts'
import type { Factor } from './factor.ts'

/** Where bases are kept between runs of a program. `@equivar/groups/node` has one in a folder. */
export interface BasisStore {
  /** The numbers kept for a content, or undefined if there are none. */
  read(content: Float64Array): Float64Array | undefined
  /** Keeps numbers for a content. */
  write(content: Float64Array, numbers: Float64Array): void
}

const stores = new WeakMap<MatrixGroup, BasisStore>()

/**
 * Keeps the bases of a group in a store, and takes them from there.
 *
 * What is read is used if every vector has norm 1 and solves the equations; else the basis is computed again. Bases by orbits are never kept: they are quick.
 *
 * @example
 * const group = specialOrthogonal(3)
 * keepBases(group, basisFolder('/var/cache/bases'))      // of @equivar/groups/node
 */
export function keepBases(group: MatrixGroup, store: BasisStore): void {
  stores.set(group, store)
}

/** Changes if the same equations get another basis. */
const VERSION = 1

/** All that a basis depends on: the matrices of the factors. */
function contentOf(factors: readonly Factor[]): Float64Array {
  const numbersOf = ({ size, rows, columns, values }: SparseMatrix): number[] => [size, values.length, ...rows, ...columns, ...values]
  const matrices = factors.map(({ generators, algebra }) => [
    generators.length,
    ...generators.flatMap(numbersOf),
    ...algebra.flatMap(numbersOf),
  ])
  return Float64Array.from([VERSION, factors.length, ...matrices.flat()])
}

/** The vectors kept for a product of factors, [count, size]; undefined if there are none, or one of them is no solution. */
export function keptVectors(
  group: MatrixGroup,
  factors: readonly Factor[],
  isSolution: (vector: Float64Array) => boolean,
): Float64Array | undefined {
  const kept = stores.get(group)?.read(contentOf(factors))
  const size = factors.reduce((product, { dimension }) => product * dimension, 1)
  if (kept === undefined || kept.length % size !== 0) return undefined
  for (let at = 0; at < kept.length; at += size) if (!isSolution(kept.subarray(at, at + size))) return undefined
  return kept
}

/** Keeps the vectors of a product of factors, if the group has a store. */
export function keepVectors(group: MatrixGroup, factors: readonly Factor[], vectors: Float64Array): void {
  stores.get(group)?.write(contentOf(factors), vectors)
}
