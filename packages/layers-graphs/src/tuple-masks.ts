import { fillMissing } from '@equivar/nn'
import { arrangements, type TupleSymmetry } from '@equivar/nn/tuples'
import { add, and, type Dimension, eyeLike, lessOrEqual, mul, not, type Tensor, transpose, unsqueeze } from '@equivar/tensor'

/** Whether all nodes of a tuple exist: bool [batch, n, ..., n] with `order` axes n. @param mask - bool [batch, n]. */
export function tupleMask(mask: Tensor, order: number): Tensor {
  const along = (axis: number): Tensor =>
    unsqueeze(
      mask,
      Array.from({ length: order }, (_, i) => i + 1).filter((i) => i !== axis + 1),
    )
  return Array.from({ length: order }, (_, axis) => along(axis)).reduce((a, b) => and(a, b))
}

/** Whether all nodes of a tuple differ: bool [n, ..., n]. */
function distinct(n: Dimension, order: number): Tensor {
  const others = not(lessOrEqual(1, eyeLike(n)))
  const pairs = arrangements(order, 2).filter(([a, b]) => (a as number) < (b as number))
  return pairs
    .map(([a, b]) =>
      unsqueeze(
        others,
        Array.from({ length: order }, (_, i) => i).filter((i) => i !== a && i !== b),
      ),
    )
    .reduce((p, q) => and(p, q))
}

/** x where all nodes of a tuple exist (and differ, for hyperedges), 0 elsewhere, even instead of NaN. @param x - [batch, n, ..., n, channels]. */
export function keepTuples(x: Tensor, order: number, mask: Tensor | undefined, symmetry: TupleSymmetry): Tensor {
  if (order === 0) return x
  const different = symmetry === 'hyperedges' && order > 1 ? unsqueeze(distinct(x.shape[1] as Dimension, order), [0, order + 1]) : undefined
  const exists = mask === undefined ? undefined : unsqueeze(tupleMask(mask, order), order + 1)
  const kept = different !== undefined && exists !== undefined ? and(different, exists) : (different ?? exists)
  return fillMissing(x, kept)
}

/** The mean over all orders of the node axes, for tensors that are symmetric in them. @param x - node axes of size n, or 1. */
export function symmetrize(x: Tensor, order: number, symmetry: TupleSymmetry): Tensor {
  if (symmetry === 'none' || order < 2) return x
  const orders = arrangements(order, order)
  const sum = orders.map((axes) => transpose(x, [0, ...axes.map((a) => a + 1), order + 1])).reduce((a, b) => add(a, b))
  return mul(sum, 1 / orders.length)
}
