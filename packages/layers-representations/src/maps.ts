import type { Invariants } from '@equivar/groups'
import { constant, gather, matMul, mul, reshape, type Tensor, transpose } from '@equivar/tensor'

/** The maps from one copy of an input summand to one copy of an output summand, and how many copies there are. */
export interface Maps {
  readonly basis: Invariants
  /** Components of a copy. */
  readonly rows: number
  readonly columns: number
  readonly inCopies: number
  readonly outCopies: number
}

/** The basis with one axis for each of components of the input, maps and components of the output, in that order. */
function arranged({ basis, rows, columns }: Maps, order: 'input map output' | 'input output map'): Float64Array {
  const values = basis.vectors()
  const result = new Float64Array(values.length)
  for (let k = 0; k < basis.count; k++)
    for (let o = 0; o < rows; o++)
      for (let i = 0; i < columns; i++) {
        const at = order === 'input map output' ? (i * basis.count + k) * rows + o : (i * rows + o) * basis.count + k
        result[at] = values[(k * rows + o) * columns + i] as number
      }
  return result
}

/**
 * The matrix of a sum of maps: from [inCopies x columns] to [outCopies x rows].
 *
 * @param weight - [maps, inCopies, outCopies].
 * @returns float32 [inCopies columns, outCopies rows]: x is multiplied from the left.
 */
export function matrixOf(maps: Maps, weight: Tensor): Tensor {
  const { basis, rows, columns, inCopies, outCopies } = maps
  const shape = [inCopies * columns, outCopies * rows]
  if (basis.orbits !== undefined) {
    const { labels, sizes } = basis.orbits
    const scale = constant(
      Float64Array.from(sizes, (size) => 1 / Math.sqrt(size)),
      [basis.count, 1, 1],
    )
    const entries = gather(mul(weight, scale), constant(Float64Array.from(labels), [rows, columns], 'int64'))
    return reshape(transpose(entries, [2, 1, 3, 0]), shape)
  }
  const projection = constant(arranged(maps, 'input output map'), [columns * rows, basis.count])
  const entries = matMul(projection, reshape(weight, [basis.count, inCopies * outCopies]))
  return reshape(transpose(reshape(entries, [columns, rows, inCopies, outCopies]), [2, 0, 3, 1]), shape)
}

/**
 * Each map applied to each copy.
 *
 * @param x - float32 [examples, inCopies, columns].
 * @returns float32 [examples, rows, maps inCopies].
 */
export function mapped(maps: Maps, x: Tensor): Tensor {
  const { basis, rows, columns, inCopies } = maps
  const examples = x.size(0)
  const all = matMul(x, constant(arranged(maps, 'input map output'), [columns, basis.count * rows]))
  const turned = transpose(reshape(all, [examples, inCopies, basis.count, rows]), [0, 3, 2, 1])
  return reshape(turned, [examples, rows, basis.count * inCopies])
}

/** Multiplications of an example in one product with the whole matrix. */
const denseCost = ({ rows, columns, inCopies, outCopies }: Maps): number => rows * columns * inCopies * outCopies

/** Multiplications of an example if each map is applied to each copy, and copies are mixed then. */
export const factoredCost = ({ basis, rows, columns, inCopies, outCopies }: Maps): number =>
  basis.count * rows * inCopies * (columns + outCopies)

/** Multiplications that make the matrix, once for all examples. */
export const matrixCost = (maps: Maps): number => (maps.basis.orbits === undefined ? maps.basis.count : 1) * denseCost(maps)
