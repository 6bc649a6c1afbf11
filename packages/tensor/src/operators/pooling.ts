import {
  averagePool as averagePoolReference,
  maxPoolGradient as maxPoolGradientReference,
  maxPool as maxPoolReference,
} from '../evaluate/pooling.ts'
import { type Dimension, printShape } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor, TensorType } from '../expression/tensor.ts'
import { div } from './binary.ts'
import { ones } from './generators.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import type { WindowAttributes } from './signatures.ts'
import { axisWindows, slidSizes, spatialOf, spread, type WindowOptions, windowAttributes } from './windows.ts'

/** Settings of a pooling. The stride is the kernel if left out. */
export interface PoolOptions extends WindowOptions {
  readonly kernel: number | readonly number[]
}

function poolAttributes(where: string, x: Tensor, { kernel, strides, ...rest }: PoolOptions): WindowAttributes {
  if (x.rank < 3) throw new ShapeError(where, 'x [batch, channels, ...spatial]', printShape(x.shape))
  const sizes = spread(kernel, x.rank - 2)
  if (sizes.length !== x.rank - 2) throw new ShapeError(where, `a kernel of ${x.rank - 2} sizes, one a spatial axis`, `[${sizes}]`)
  if (where === 'averagePool' && rest.dilations !== undefined) throw new ShapeError(where, 'no dilations', `${rest.dilations}`)
  const attributes = windowAttributes(where, sizes, { strides: strides ?? sizes, ...rest })
  if (axisWindows(attributes).some(({ before, after, extent }) => before >= extent || after >= extent))
    throw new ShapeError(where, 'pads smaller than the kernel', `[${attributes.pads}]`)
  return attributes
}

const poolInfer =
  (where: string) =>
  ([x]: readonly [Tensor], attributes: WindowAttributes): TensorType[] => [
    { dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...slidSizes(where, spatialOf(x), attributes)] },
  ]

/** Entry of MaxPool. */
export const maxPoolOperator: OperatorOf<'MaxPool'> = /* @__PURE__ */ operator('MaxPool', {
  traits: ['windowed', 'axiswise'],
  infer: /* @__PURE__ */ poolInfer('maxPool'),
  reference: maxPoolReference,
})

/**
 * Largest in each window; what is padded does not count.
 *
 * @param x - [batch, channels, ...spatial].
 * @remarks Elements of a window that tie share the gradient equally (frameworks that return indices pick the first).
 * @see ONNX MaxPool.
 */
export function maxPool(x: Tensor, options: PoolOptions): Tensor {
  return apply(maxPoolOperator, [x], poolAttributes('maxPool', x, options))
}

/** Entry of MaxPoolGradient. */
export const maxPoolGradientOperator: OperatorOf<'MaxPoolGradient'> = /* @__PURE__ */ operator('MaxPoolGradient', {
  arity: 3,
  traits: ['windowed', 'composite'],
  infer: ([x]) => [x],
  reference: maxPoolGradientReference,
})

/** What reaches x from the gradient of y = maxPool(x): each window's goes to its largest element, in equal parts where several tie. */
export function maxPoolGradient(x: Tensor, y: Tensor, gradient: Tensor, attributes: WindowAttributes): Tensor {
  return apply(maxPoolGradientOperator, [x, y, gradient], attributes)
}

/** Entry of AveragePool. */
export const averagePoolOperator: OperatorOf<'AveragePool'> = /* @__PURE__ */ operator('AveragePool', {
  traits: ['windowed', 'axiswise'],
  infer: /* @__PURE__ */ poolInfer('averagePool'),
  reference: averagePoolReference,
})

/**
 * Mean of each window.
 *
 * @param options - `countIncludePad`: whether padded zeros count as elements (true if left out, as in PyTorch).
 * @see ONNX AveragePool.
 */
export function averagePool(
  x: Tensor,
  { countIncludePad = true, ...options }: PoolOptions & { readonly countIncludePad?: boolean },
): Tensor {
  const attributes = poolAttributes('averagePool', x, options)
  const y = apply(averagePoolOperator, [x], attributes)
  if (countIncludePad || attributes.pads.every((p) => p === 0)) return y
  const single: readonly Dimension[] = [1, 1, ...spatialOf(x)]
  return div(y, apply(averagePoolOperator, [ones(single, x.dtype)], attributes))
}
