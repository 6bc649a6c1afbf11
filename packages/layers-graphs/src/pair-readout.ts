import {
  and,
  cast,
  concat,
  countAlong,
  type Dimension,
  diagonal,
  div,
  eyeLike,
  lessOrEqual,
  max,
  moveAxis,
  mul,
  not,
  reduceMax,
  reduceSum,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '@equivar/tensor'
import { tupleMask } from './tuple-masks.ts'

/** Stands for minus infinity where nothing exists; finite, so that a product with 0 is 0. */
const LOWEST = -3e38

/** How entries on and off the diagonal are read. */
export type PairPool = 'max' | 'sum' | 'mean'

/**
 * For each channel the largest entry (or sum, or mean) on the diagonal, and off it.
 *
 * Law: invariant to permutations of the nodes.
 *
 * @param x - float32 [batch, n, n, channels], or with `channelAxis` 1 [batch, channels, n, n]. @param mask - bool [batch, n].
 * @returns float32 [batch, 2 channels]; 0 where there is no entry (no node; off the diagonal, a single node).
 */
export function diagonalOffDiagonal(
  x: Tensor,
  pool: PairPool,
  { mask, channelAxis = 3 }: { readonly mask?: Tensor | undefined; readonly channelAxis?: 1 | 3 } = {},
): Tensor {
  const pairs: [number, number] = channelAxis === 1 ? [2, 3] : [1, 2]
  const node = channelAxis === 1 ? 2 : 1
  const diagonals = moveAxis(diagonal(x, ...pairs), -1, node)
  return pool === 'max' ? largest(x, diagonals, pairs, node, mask) : total(x, diagonals, pairs, node, pool, mask)
}

function largest(x: Tensor, diagonals: Tensor, pairs: [number, number], node: number, mask: Tensor | undefined): Tensor {
  const channels = node === 1 ? 2 : 1
  const onDiagonal = mask === undefined ? diagonals : where(unsqueeze(mask, channels), diagonals, LOWEST)
  const different = unsqueeze(not(cast(eyeLike(x.shape[node] as Dimension), 'bool')), 0)
  const offDiagonal = unsqueeze(mask === undefined ? different : and(tupleMask(mask, 2), different), channels === 2 ? 3 : 1)
  const top = (values: Tensor, axis: readonly number[]): Tensor => {
    const found = reduceMax(values, { axis })
    return where(lessOrEqual(found, LOWEST), 0, found)
  }
  return concat([top(onDiagonal, [node]), top(where(offDiagonal, x, LOWEST), pairs)], 1)
}

function total(
  x: Tensor,
  diagonals: Tensor,
  pairs: [number, number],
  node: number,
  pool: 'sum' | 'mean',
  mask: Tensor | undefined,
): Tensor {
  const channels = node === 1 ? 2 : 1
  const kept = mask === undefined ? x : where(unsqueeze(tupleMask(mask, 2), channels === 2 ? 3 : 1), x, 0)
  const onDiagonal = reduceSum(mask === undefined ? diagonals : where(unsqueeze(mask, channels), diagonals, 0), { axis: node })
  const offDiagonal = sub(reduceSum(kept, { axis: pairs }), onDiagonal)
  if (pool === 'sum') return concat([onDiagonal, offDiagonal], 1)
  const n = mask === undefined ? countAlong(x, [node], 'float32') : reduceSum(cast(mask, 'float32'), { axis: 1, keepDims: true })
  return concat([div(onDiagonal, max(n, 1)), div(offDiagonal, max(mul(n, sub(n, 1)), 1))], 1)
}
