import { div, keepDiagonal, reduceSum, type Tensor, transpose, unsqueeze } from '@equivar/tensor'
import { refinement, type SetPartition } from './set-partitions.ts'
import type { Contraction } from './tuple-maps.ts'

/** The diagonal of two point axes; it replaces the first axis. */
const diagonalAt = (x: Tensor, first: number, second: number): Tensor => reduceSum(keepDiagonal(x, first, second), { axis: second })

/**
 * Computes contractions of x [batch, n, ..., n, channels]. Each is computed once, from a contraction with one sum or one diagonal less.
 *
 * @param order - the number of point axes of x.
 * @param scale - a divisor for every sum over points, one per example: [batch, 1]. Without it, sums are not divided.
 * @returns a function that computes a contraction: for j kept blocks, [batch, n, ..., n, channels] with j point axes.
 */
export function contractor(x: Tensor, order: number, scale?: Tensor): (contraction: Contraction) => Tensor {
  const known = new Map<string, Tensor>()
  const once = (name: string, make: () => Tensor): Tensor => {
    const found = known.get(name) ?? make()
    known.set(name, found)
    return found
  }
  const diagonals = (partition: SetPartition): Tensor =>
    once(JSON.stringify(partition), () => {
      const finer = refinement(partition)
      return finer === undefined ? x : diagonalAt(diagonals(finer.finer), 1 + finer.rest, 1 + finer.apart)
    })
  const divided = (sum: Tensor): Tensor => (scale === undefined ? sum : div(sum, unsqueezed(scale, sum.rank - 2)))
  /** `kept` is ascending. The last block that is not kept is summed last. */
  const sums = (partition: SetPartition, kept: readonly number[]): Tensor =>
    once(JSON.stringify([partition, kept]), () => {
      const missing = partition.findLastIndex((_, k) => !kept.includes(k))
      if (missing < 0) return diagonals(partition)
      const more = [...kept, missing].sort((a, b) => a - b)
      return divided(reduceSum(sums(partition, more), { axis: 1 + more.indexOf(missing) }))
    })
  return ({ partition, kept }) => {
    const ascending = [...kept].sort((a, b) => a - b)
    const sum = order === 0 ? x : sums(partition, ascending)
    const axes = kept.map((k) => 1 + ascending.indexOf(k))
    return axes.every((axis, i) => axis === i + 1) ? sum : transpose(sum, [0, ...axes, sum.rank - 1])
  }
}

/** Inserts `axes` axes of size 1 into [batch, 1]. */
const unsqueezed = (scale: Tensor, axes: number): Tensor =>
  axes === 0
    ? scale
    : unsqueeze(
        scale,
        Array.from({ length: axes }, (_, i) => i + 1),
      )
