import type { Attribute, ForeignOperator } from '@equivar/export-onnx'
import { elementCount, type NumberArray, operators, type Tensor, type TensorType, times, type WindowAttributes } from '@equivar/tensor'
import { blockedNumbers, plainNumbers } from './blocked-numbers.ts'
import { applied, type Block, blockedOperator, imageShape, windows } from './blocked-operator.ts'

type Pooling = Block & WindowAttributes

/** A pooling of what lies in blocks is the same pooling of every lane. */
function poolingOperator(type: 'MaxPool' | 'AveragePool'): ForeignOperator {
  return blockedOperator<Pooling>(type, {
    infer: ([x], window) => {
      imageShape(`blocked ${type}`, x as Tensor)
      return operators[type].infer([x as Tensor], window)[0] as TensorType
    },
    reference: ([x], attributes, context) => {
      const { block } = attributes
      const signal = x as NumberArray
      const plain = plainNumbers(signal, signal.shape[1] as number, block)
      return blockedNumbers(operators[type].reference([plain], { ...context, attributes }) as NumberArray, block)
    },
    written: (window) => {
      const { dilations, ...rest } = windows(window)
      return type === 'MaxPool' ? { ...rest, dilations: dilations as Attribute } : { ...rest, count_include_pad: { int: 1 } }
    },
  })
}

const maxPoolOperator: ForeignOperator = /* @__PURE__ */ poolingOperator('MaxPool')
const averagePoolOperator: ForeignOperator = /* @__PURE__ */ poolingOperator('AveragePool')

/** Largest in each window, of images in blocks. */
export const blockedMaxPool = (x: Tensor, window: WindowAttributes, block: number): Tensor =>
  applied(maxPoolOperator, [x], { ...window, block })

/** Mean of each window, padded zeros counted, of images in blocks. */
export const blockedAveragePool = (x: Tensor, window: WindowAttributes, block: number): Tensor =>
  applied(averagePoolOperator, [x], { ...window, block })

const upsampleOperator: ForeignOperator = /* @__PURE__ */ blockedOperator<Block & { readonly scales: readonly number[] }>('Upsample', {
  infer: ([x], { scales }) => {
    const [batch, channels, ...spatial] = imageShape('blocked Upsample', x as Tensor)
    return { dtype: 'float32', shape: [batch, channels, ...spatial.map((d, i) => times(d, scales[i] as number))] }
  },
  reference: ([x], { scales, block }) => {
    const [batch, channels, height, width] = (x as NumberArray).shape as [number, number, number, number]
    const [down, across] = scales as [number, number]
    const plain = plainNumbers(x as NumberArray, channels, block)
    const shape = [batch, channels, height * down, width * across]
    const data = new Float64Array(elementCount(shape))
    for (let at = 0; at < data.length; at++) {
      const [image, row] = [Math.floor(at / (height * down * width * across)), Math.floor(at / (width * across)) % (height * down)]
      data[at] = plain.data[(image * height + Math.floor(row / down)) * width + Math.floor((at % (width * across)) / across)] as number
    }
    return blockedNumbers({ dtype: 'float32', shape, data }, block)
  },
  written: ({ scales }) => ({ scales: { ints: [1, 1, ...scales] }, mode: { string: 'nearest' } }),
})

/** Every pixel so many times down and across, of images in blocks. */
export const blockedUpsample = (x: Tensor, scales: readonly number[], block: number): Tensor =>
  applied(upsampleOperator, [x], { scales, block })
