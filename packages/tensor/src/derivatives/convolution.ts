import type { Tensor } from '../expression/tensor.ts'
import { conv, convInputGradient, convWeightGradient } from '../operators/convolution.ts'
import { reduceSum } from '../operators/reduce.ts'
import type { ConvAttributes } from '../operators/signatures.ts'
import { slice } from '../operators/slicing.ts'
import { spatialOf } from '../operators/windows.ts'
import type { Derivative } from './rule.ts'

/** conv(x, weight) at the attributes of a node. */
const convolved = (x: Tensor, weight: Tensor, { strides, pads, dilations, groups }: ConvAttributes): Tensor =>
  conv(x, weight, { strides, pads, dilations, groups })

/** Cut at the end to those spatial sizes. */
const cutTo = (y: Tensor, like: Tensor): Tensor => slice(y, ...spatialOf(like).map((end, i) => ({ axis: i + 2, end })))

/**
 * A convolution and its two gradients are the three ways to sum up one trilinear form in signal, weight and result: the derivative of each is made
 * of the other two.
 */
export const convolutionDerivatives: {
  readonly Conv: Derivative<'Conv'>
  readonly ConvTranspose: Derivative<'ConvTranspose'>
  readonly ConvInputGradient: Derivative<'ConvInputGradient'>
  readonly ConvWeightGradient: Derivative<'ConvWeightGradient'>
} = {
  Conv: ({ inputs: [x, weight], attributes }, g) => [
    () => convInputGradient(weight, g, spatialOf(x), attributes),
    () => convWeightGradient(x, g, attributes),
    () => reduceSum(g, { axis: g.shape.flatMap((_, i) => (i === 1 ? [] : [i])) }),
  ],
  ConvTranspose: ({ inputs: [x, weight], attributes }, g) => [
    () => cutTo(convolved(g, weight, attributes), x),
    () => convWeightGradient(g, x, attributes),
  ],
  ConvInputGradient: ({ inputs: [weight, gradient], attributes }, g) => [
    () => convWeightGradient(g, gradient, attributes),
    () => convolved(g, weight, attributes),
  ],
  ConvWeightGradient: ({ inputs: [x, gradient], attributes }, g) => [
    () => convInputGradient(g, gradient, spatialOf(x), attributes),
    () => convolved(x, g, attributes),
  ],
}
