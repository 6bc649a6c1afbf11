import { maskedCount, maskedMax, maskedSum } from '@equivar/nn'
import {
  and,
  concat,
  constant,
  type Dimension,
  diagonal,
  div,
  equal,
  eyeLike,
  max,
  moveAxis,
  mul,
  reshape,
  sub,
  type Tensor,
  times,
  unsqueeze,
} from '@equivar/tensor'
import { tupleMask } from './tuple-masks.ts'

/** How the entries on and off the diagonal are reduced. */
export type PairAggregation = 'max' | 'sum' | 'mean'

/**
 * For each channel, the largest entry (or the sum, or the mean) on the diagonal and off the diagonal.
 *
 * Law: invariant to permutations of the nodes.
 *
 * @param x - float32 [batch, n, n, channels], or with `channelAxis` 1 [batch, channels, n, n]. @param mask - bool [batch, n].
 * @returns float32 [batch, 2 channels]; 0 if there is no such entry (no node, or for the entries off the diagonal, one node).
 */
export function diagonalOffDiagonal(
  x: Tensor,
  pool: PairAggregation,
  { mask, channelAxis = 3 }: { readonly mask?: Tensor | undefined; readonly channelAxis?: 1 | 3 } = {},
): Tensor {
  const pairs: [number, number] = channelAxis === 1 ? [2, 3] : [1, 2]
  const node = pairs[0]
  const pairMask = mask && tupleMask(mask, 2)
  if (pool === 'max') {
    const [batch, channels] = [x.shape[0] as Dimension, x.shape[channelAxis] as Dimension]
    return reshape(largestOfKinds(x, node, channelAxis, pairMask), [batch, times(channels, 2)])
  }
  const diagonals = moveAxis(diagonal(x, ...pairs), -1, node)
  const nodeMask = mask === undefined || channelAxis === 3 ? mask : unsqueeze(mask, 1)
  const onDiagonal = maskedSum(diagonals, nodeMask, { axis: node })
  const offDiagonal = sub(maskedSum(x, pairMask && unsqueeze(pairMask, channelAxis), { axis: pairs }), onDiagonal)
  if (pool === 'sum') return concat([onDiagonal, offDiagonal], 1)
  const n = maskedCount(diagonals, nodeMask, { axis: node })
  return concat([div(onDiagonal, max(n, 1)), div(offDiagonal, max(mul(n, sub(n, 1)), 1))], 1)
}

/** The largest entry on the diagonal and off it: [batch, 2, channels]. */
function largestOfKinds(x: Tensor, node: number, channelAxis: 1 | 3, pairMask: Tensor | undefined): Tensor {
  const first = channelAxis === 1
  const eye = unsqueeze(eyeLike(x.shape[node] as Dimension), first ? [0, 1, 2] : [0, 3, 4])
  // Whether a pair is of each kind, on or off the diagonal: [1, kinds, 1, n, n] or [1, n, n, kinds, 1].
  const kinds = equal(eye, constant([1, 0], first ? [2, 1, 1, 1] : [2, 1]))
  const exists = pairMask === undefined ? kinds : and(kinds, unsqueeze(pairMask, first ? [1, 2] : [3, 4]))
  return maskedMax(unsqueeze(x, channelAxis), exists, { axis: first ? [3, 4] : [1, 2] })
}
