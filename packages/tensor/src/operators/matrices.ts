import { trilu as triluReference } from '../evaluate/shape.ts'
import { normalizeAxis } from '../expression/axes.ts'
import { printShape } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { mul } from './binary.ts'
import { eyeLike } from './generators.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import { reduceSum } from './reduce.ts'
import { moveAxis, unsqueeze } from './shape.ts'

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

/** The diagonal of two axes of one size, as the last axis. Cost: a product and a sum over the whole, as ONNX has no such operator. */
export function diagonal(x: Tensor, axisA = -2, axisB = -1): Tensor {
  const [a, b] = [normalizeAxis('diagonal', axisA, x.rank), normalizeAxis('diagonal', axisB, x.rank)]
  const [first, second] = [Math.min(a, b), Math.max(a, b)]
  const eye = eyeLike(x.size(first), x.size(second), { dtype: x.dtype })
  const others = Array.from({ length: x.rank - first }, (_, i) => i).filter((i) => i !== 0 && i !== second - first)
  return moveAxis(reduceSum(mul(x, unsqueeze(eye, others)), { axis: second }), first, -1)
}
