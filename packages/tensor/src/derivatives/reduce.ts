import { product } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { and, div, equal, mul, sub, where } from '../operators/binary.ts'
import { sizeOf } from '../operators/constant.ts'
import { zeros } from '../operators/generators.ts'
import { scatterElements } from '../operators/indexing.ts'
import { cumSum, type ReductionName, reduceProd, reduceSum } from '../operators/reduce.ts'
import { expand, unsqueeze } from '../operators/shape.ts'
import { cast, exp } from '../operators/unary.ts'
import type { Derivative } from './rule.ts'

type Rule = (g: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => Tensor

/** A rule for gradient and result with the reduced axes kept. */
const reduction =
  (rule: Rule): Derivative<ReductionName> =>
  ({ inputs: [x], output, attributes: { axes, keepDims } }, g) => {
    const kept = (t: Tensor): Tensor => (keepDims ? t : unsqueeze(t, axes))
    return [() => rule(kept(g), x, kept(output), axes)]
  }

const shareTies: Rule = (g, x, y, axes) => {
  const ties = cast(equal(x, y), g.dtype)
  return mul(ties, div(g, reduceSum(ties, { axis: axes, keepDims: true })))
}

/** The product of the others, where elements are zero too. */
const productOfOthers: Rule = (g, x, _, axes) => {
  const zero = equal(x, 0)
  const others = where(zero, 1, x)
  const rest = reduceProd(others, { axis: axes, keepDims: true })
  const zeroCount = reduceSum(cast(zero, x.dtype), { axis: axes, keepDims: true })
  return mul(g, where(equal(zeroCount, 0), div(rest, others), where(and(equal(zeroCount, 1), zero), rest, 0)))
}

/** Derivatives of reductions, and of what works along an axis. */
export const reduceDerivatives: {
  readonly [K in ReductionName | 'CumSum' | 'Softmax' | 'LogSoftmax' | 'TopK']: Derivative<K>
} = {
  ReduceSum: reduction((g, x) => expand(g, x.shape)),
  ReduceMean: reduction((g, x, _, axes) => expand(div(g, cast(sizeOf(product(axes.map((a) => x.size(a)))), g.dtype)), x.shape)),
  ReduceMax: reduction(shareTies),
  ReduceMin: reduction(shareTies),
  ReduceProd: reduction(productOfOthers),
  ReduceLogSumExp: reduction((g, x, y) => mul(g, exp(sub(x, y)))),
  CumSum: ({ attributes: { axis, exclusive, reverse } }, g) => [() => cumSum(g, axis, { exclusive, reverse: !reverse })],
  Softmax: ({ output: y, attributes: { axis } }, g) => [
    () => {
      const weighted = mul(g, y)
      return sub(weighted, mul(y, reduceSum(weighted, { axis, keepDims: true })))
    },
  ],
  LogSoftmax: ({ output: y, attributes: { axis } }, g) => [() => sub(g, mul(exp(y), reduceSum(g, { axis, keepDims: true })))],
  TopK: ({ inputs: [x], outputs: [, indices], attributes: { axis }, gradients: [g] }) => [
    g === undefined || indices === undefined
      ? undefined
      : () => scatterElements(zeros(x.shape, g.dtype), indices, g, { axis, reduction: 'add' }),
  ],
}
