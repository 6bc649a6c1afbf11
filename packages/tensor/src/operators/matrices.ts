import { trilu as triluReference } from '../evaluate/shape.ts'
import { normalizeAxis } from '../expression/axes.ts'
import { type DimensionLike, printShape } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { where } from './binary.ts'
import { eyeLike } from './generators.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import { reduceSum } from './reduce.ts'
import { moveAxis, unsqueeze } from './shape.ts'
import { cast } from './unary.ts'

/** Entry of Trilu. */
export const triluOperator: OperatorOf<'Trilu'> = /* @__PURE__ */ operator('Trilu', {
  traits: ['rearranging'],
  infer: ([x]) => {
    if (x.rank < 2) throw new ShapeError('Trilu', 'at least two axes', printShape(x.shape))
    return [x]
  },
  reference: triluReference,
})

/** Keeps the upper (or lower) triangle of the last two axes, from the k-th diagonal on; zeros elsewhere. @see ONNX Trilu. */
export function trilu(x: Tensor, { upper = true, k = 0 }: { upper?: boolean; k?: number } = {}): Tensor {
  return apply(triluOperator, [x], { upper, k })
}

/**
 * x where its places along two axes are equal, 0 elsewhere.
 *
 * @param options - `size`: how long both axes are; as the first of them if left out. x may have size 1 along either, and is then the same at every place.
 * @returns the shape of x, with that size along both axes.
 */
export function keepDiagonal(x: Tensor, axisA: number, axisB: number, { size }: { readonly size?: DimensionLike } = {}): Tensor {
  const [a, b] = [normalizeAxis('keepDiagonal', axisA, x.rank), normalizeAxis('keepDiagonal', axisB, x.rank)]
  const [first, second] = [Math.min(a, b), Math.max(a, b)]
  const isEqual = cast(eyeLike(size ?? x.size(first), size ?? x.size(second)), 'bool')
  const others = Array.from({ length: x.rank - first }, (_, i) => i).filter((i) => i !== 0 && i !== second - first)
  return where(unsqueeze(isEqual, others), x, 0)
}

/** The diagonal of two axes of one size, as the last axis. Cost: a sum over the whole, as ONNX has no such operator; targets that can read it read it. */
export function diagonal(x: Tensor, axisA = -2, axisB = -1): Tensor {
  const [a, b] = [normalizeAxis('diagonal', axisA, x.rank), normalizeAxis('diagonal', axisB, x.rank)]
  return moveAxis(reduceSum(keepDiagonal(x, a, b), { axis: Math.max(a, b) }), Math.min(a, b), -1)
}
