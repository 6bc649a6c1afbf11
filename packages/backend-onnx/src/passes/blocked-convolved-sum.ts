import { type Dimension, expand, gather, nodeOf, product, reshape, sameDimension, sameShape, type Tensor, zeros } from '@equivar/tensor'
import { blockedConvolution, blockedConvolutionOf } from '../operators/convolution.ts'
import type { BlockedSum } from './blocked-sum.ts'

/** So many numbers one after the other are copied fast. */
const LEAST_RUN = 256

/** The axis along which x is repeated to get that shape, in long runs. */
function repeatedAxis(x: Tensor, shape: readonly Dimension[]): number | undefined {
  const [axis, another] = x.shape.flatMap((d, i) => (sameDimension(d, shape[i] ?? 0) ? [] : [i]))
  if (x.rank !== shape.length || axis === undefined || another !== undefined || x.shape[axis] !== 1) return undefined
  const run = product(shape.slice(axis + 1))
  return axis < x.rank - 3 && (typeof run !== 'number' || run >= LEAST_RUN) ? axis : undefined
}

/** The tensor repeated along an axis: read so many times, which threads share; ONNX Runtime expands with one. */
function repeated(x: Tensor, shape: readonly Dimension[], axis: number): Tensor {
  const rows = reshape(x, [product(shape.slice(0, axis)), 1, product(shape.slice(axis + 1))])
  return gather(rows, expand(zeros([1], 'int64'), [shape[axis] as Dimension]), 1)
}

/** A sum with the result of a convolution in blocks, which is added to the other term; that may have to be repeated for the elements of a set. */
export const convolvedSum: BlockedSum = ({ inputs: [a, b], output: { shape } }) => {
  for (const [y, other] of [[a, b] as const, [b, a] as const]) {
    const images = nodeOf(y, 'Reshape')?.inputs[0] ?? y
    const convolution = sameShape(y.shape, shape) ? blockedConvolutionOf(images) : undefined
    if (convolution === undefined || convolution.attributes.activation !== 'none' || convolution.term !== undefined) continue
    const axis = repeatedAxis(other, shape)
    if (axis === undefined && !sameShape(other.shape, shape)) continue
    const { inputs, attributes } = convolution
    const made = (): Tensor => {
      const term = reshape(axis === undefined ? other : repeated(other, shape, axis), images.shape)
      return reshape(blockedConvolution(...inputs, attributes, term), shape)
    }
    return { takesIn: y === images ? [y] : [y, images], made }
  }
  return undefined
}
