import { times } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { add, div, equal, mul } from '../operators/binary.ts'
import { convInputGradient } from '../operators/convolution.ts'
import { full } from '../operators/generators.ts'
import { pad } from '../operators/padding.ts'
import { maxPoolGradient } from '../operators/pooling.ts'
import { reshape } from '../operators/shape.ts'
import type { WindowAttributes } from '../operators/signatures.ts'
import { slice } from '../operators/slicing.ts'
import { cast } from '../operators/unary.ts'
import { positions, spatialOf, windowIntervals } from '../operators/windows.ts'
import type { Derivative } from './rule.ts'

/** One kernel of equal weights, channels taken as batch. */
function averagePoolDerivative(x: Tensor, g: Tensor, attributes: WindowAttributes): Tensor {
  const { kernel } = attributes
  const single = reshape(g, [times(g.size(0), g.size(1)), 1, ...spatialOf(g)])
  const weight = full(1 / kernel.reduce((n, k) => n * k, 1), [1, 1, ...kernel], g.dtype)
  return reshape(convInputGradient(weight, single, spatialOf(x), { ...attributes, groups: 1 }), x.shape)
}

/** The adjoint of g -> maxPoolGradient(x, y, g): the mean, over the elements of a window that tie, of what reached them. */
function maxPoolGradientDerivative(x: Tensor, y: Tensor, g: Tensor, attributes: WindowAttributes): Tensor {
  const { kernel, pads } = attributes
  const around = [0, 0, ...pads.slice(0, kernel.length), 0, 0, ...pads.slice(kernel.length)]
  const [signal, reached] = [pad(x, around, { value: -Infinity }), pad(g, around)]
  const parts = positions(kernel).map((at) => {
    const intervals = windowIntervals(at, y, attributes)
    const tie = cast(equal(slice(signal, ...intervals), y), g.dtype)
    return { tie, part: mul(tie, slice(reached, ...intervals)) }
  })
  const total = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b))
  return div(total(parts.map(({ part }) => part)), total(parts.map(({ tie }) => tie)))
}

/** Derivatives of poolings. */
export const poolingDerivatives: {
  readonly MaxPool: Derivative<'MaxPool'>
  readonly AveragePool: Derivative<'AveragePool'>
  readonly MaxPoolGradient: Derivative<'MaxPoolGradient'>
} = {
  MaxPool: ({ inputs: [x], output, attributes }, g) => [() => maxPoolGradient(x, output, g, attributes)],
  AveragePool: ({ inputs: [x], attributes }, g) => [() => averagePoolDerivative(x, g, attributes)],
  // Which elements are largest does not change with x, almost everywhere.
  MaxPoolGradient: ({ inputs: [x, y], attributes }, g) => [undefined, undefined, () => maxPoolGradientDerivative(x, y, g, attributes)],
}
