import { add, type Dimension, expand, mul, type Tensor, unsqueeze } from '@equivar/tensor'
import { diagonalOfAxes } from './diagonal-of-axes.ts'
import { refinement, type SetPartition, setPartitions } from './set-partitions.ts'
import type { Placement } from './tuple-maps.ts'

/** A tensor with one point axis for each placed block, and where it is written. */
export interface Placed {
  readonly placement: Placement
  readonly value: Tensor
}

const plus = (a: Tensor | undefined, b: Tensor): Tensor => (a === undefined ? b : add(a, b))

/** x on the diagonal of the point axes `first` and `second`, of which it has the first. */
function ontoDiagonal(x: Tensor, first: number, second: number, n: Dimension): Tensor {
  const wide = unsqueeze(x, second)
  return mul(wide, diagonalOfAxes(first, second, wide.rank, n))
}

/**
 * The sum of tensors placed in one of order l, [batch, n, ..., n, channels]; an axis along which nothing differs has size 1 (`widen` repeats it).
 *
 * What is equal along an axis is added to what differs there before that is added to more: only l broadcasts and at most l (l - 1) / 2 diagonals are
 * added at the size of the result.
 *
 * @throws RangeError if nothing is placed.
 */
export function place(placed: readonly Placed[], order: number, n: Dimension): Tensor {
  const byPartition = new Map<string, Map<string, Tensor>>()
  for (const { placement, value } of placed) {
    const values = byPartition.get(JSON.stringify(placement.partition)) ?? new Map<string, Tensor>()
    const axes = JSON.stringify(placement.placed)
    values.set(axes, plus(values.get(axes), value))
    byPartition.set(JSON.stringify(placement.partition), values)
  }
  const spread = new Map<string, Tensor>()
  const ascending = setPartitions(order).sort((a, b) => a.length - b.length)
  for (const partition of ascending) {
    const name = JSON.stringify(partition)
    const own = broadcastSum(partition, byPartition.get(name) ?? new Map())
    const onDiagonals = spread.get(name)
    const whole = own === undefined ? onDiagonals : plus(onDiagonals, own)
    if (whole === undefined) continue
    const finer = refinement(partition)
    if (finer === undefined) return whole
    const target = JSON.stringify(finer.finer)
    spread.set(target, plus(spread.get(target), ontoDiagonal(whole, 1 + finer.rest, 1 + finer.apart, n)))
  }
  throw new RangeError('place: expected at least one tensor, received none.')
}

/** y repeated along point axes of size 1: [batch, n, ..., n, channels]. */
export function widen(y: Tensor, n: Dimension): Tensor {
  return expand(
    y,
    y.shape.map((d, axis) => (axis === 0 || axis === y.rank - 1 ? d : n)),
  )
}

/** The sum over the choices of blocks of what has these as axes: each is widened by its first missing block and added there, small ones first. */
function broadcastSum(partition: SetPartition, values: ReadonlyMap<string, Tensor>): Tensor | undefined {
  const sums = new Map(values)
  const blocks = partition.map((_, k) => k)
  const subsets = Array.from({ length: 2 ** blocks.length }, (_, bits) => blocks.filter((k) => (bits >> k) & 1))
  for (const subset of subsets.sort((a, b) => a.length - b.length)) {
    const value = sums.get(JSON.stringify(subset))
    if (value === undefined) continue
    const missing = blocks.find((k) => !subset.includes(k))
    if (missing === undefined) return value
    const wider = [...subset, missing].sort((a, b) => a - b)
    const target = JSON.stringify(wider)
    sums.set(target, plus(sums.get(target), unsqueeze(value, 1 + wider.indexOf(missing))))
  }
  return undefined
}
