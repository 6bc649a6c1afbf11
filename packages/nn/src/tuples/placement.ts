import { add, type Dimension, expand, keepDiagonal, type Tensor, unsqueeze } from '@equivar/tensor'
import { refinement, type SetPartition, setPartitions } from './set-partitions.ts'
import type { Placement } from './tuple-maps.ts'

/** A tensor with one point axis for each placed block, and its placement. */
export interface Placed {
  readonly placement: Placement
  readonly value: Tensor
}

const plus = (a: Tensor | undefined, b: Tensor): Tensor => (a === undefined ? b : add(a, b))

/** Writes x, which has the point axis `first`, onto the diagonal of the point axes `first` and `second`. */
function ontoDiagonal(x: Tensor, first: number, second: number, n: Dimension): Tensor {
  return keepDiagonal(unsqueeze(x, second), first, second, { size: n })
}

/**
 * The sum of placed tensors of order l, [batch, n, ..., n, channels]. An axis along which the sum is constant has size 1; `widen` expands it.
 *
 * Tensors with few axes are added first, then broadcast along one axis at a time. So only l broadcasts and at most l (l - 1) / 2 diagonals are added at the full
 * size of the result.
 *
 * @throws RangeError if `placed` is empty.
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

/** Expands point axes of size 1: [batch, n, ..., n, channels]. */
export function widen(y: Tensor, n: Dimension): Tensor {
  return expand(
    y,
    y.shape.map((d, axis) => (axis === 0 || axis === y.rank - 1 ? d : n)),
  )
}

/** Sums tensors whose axes are subsets of the blocks, each subset before those that contain it: each is unsqueezed at its first missing block and added there. */
function broadcastSum(partition: SetPartition, values: ReadonlyMap<string, Tensor>): Tensor | undefined {
  const sums = new Map(values)
  const blocks = partition.map((_, k) => k)
  const subsets = Array.from({ length: 2 ** blocks.length }, (_, bits) => blocks.filter((k) => (bits >> k) & 1))
  for (const subset of subsets) {
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
