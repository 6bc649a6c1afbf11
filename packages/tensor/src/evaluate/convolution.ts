import { dimensionValue } from '../expression/dimension.ts'
import type { NumberArray } from '../expression/tensor.ts'
import { elementCount } from '../expression/value.ts'
import type { Kernel } from '../operators/operator.ts'
import type { ConvAttributes } from '../operators/signatures.ts'
import { newArray } from './array.ts'
import { forEachMeeting, slidShape } from './meetings.ts'

/** The three arrays that a convolution relates, y[b, o, s] = sum of x[b, c, l] w[o, c, k] over meetings (s, k, l). */
interface Trilinear {
  readonly x: NumberArray
  readonly weight: NumberArray
  readonly y: NumberArray
}

/** Calls back with the positions in x, weight and y of every product of the sum. */
function forEachProduct(
  { x, weight, y }: Trilinear,
  attributes: ConvAttributes,
  visit: (x: number, weight: number, y: number) => void,
): void {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]]
  const [outputs, perGroup] = weight.shape as [number, number]
  const to = y.shape.slice(2)
  const [sizeX, sizeY, taps] = [elementCount(spatial), elementCount(to), elementCount(attributes.kernel)]
  forEachMeeting(to, spatial, attributes, (s, k, l) => {
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < outputs; o++) {
        const first = Math.floor(o / (outputs / attributes.groups)) * perGroup
        for (let c = 0; c < perGroup; c++)
          visit((b * channels + first + c) * sizeX + l, (o * perGroup + c) * taps + k, (b * outputs + o) * sizeY + s)
      }
    }
  })
}

const accumulate = ({ data }: NumberArray, at: number, value: number): void => {
  data[at] = (data[at] as number) + value
}

/** Convolution, and a number added to each channel. */
export const conv: Kernel<'Conv'> = ([x, weight, bias], { attributes }) => {
  const [batch, , ...spatial] = x.shape as [number, number, ...number[]]
  const outputs = weight.shape[0] as number
  const y = newArray(x.dtype, [batch, outputs, ...slidShape(spatial, attributes)])
  forEachProduct({ x, weight, y }, attributes, (atX, atWeight, atY) => {
    accumulate(y, atY, (x.data[atX] as number) * (weight.data[atWeight] as number))
  })
  if (bias === undefined) return y
  const size = elementCount(y.shape.slice(2))
  return { ...y, data: y.data.map((value, i) => value + (bias.data[Math.floor(i / size) % outputs] as number)) }
}

/** The same sum, collected where the signal is. */
export const convInputGradient: Kernel<'ConvInputGradient'> = ([weight, g], { attributes, binding }) => {
  const spatial = attributes.spatial.map((d) => dimensionValue(d, binding))
  const x = newArray(g.dtype, [g.shape[0] as number, (weight.shape[1] as number) * attributes.groups, ...spatial])
  forEachProduct({ x, weight, y: g }, attributes, (atX, atWeight, atY) => {
    accumulate(x, atX, (g.data[atY] as number) * (weight.data[atWeight] as number))
  })
  return x
}

/** The same sum, collected where the weight is. */
export const convWeightGradient: Kernel<'ConvWeightGradient'> = ([x, g], { attributes }) => {
  const weight = newArray(g.dtype, [g.shape[1] as number, (x.shape[1] as number) / attributes.groups, ...attributes.kernel])
  forEachProduct({ x, weight, y: g }, attributes, (atX, atWeight, atY) => {
    accumulate(weight, atWeight, (g.data[atY] as number) * (x.data[atX] as number))
  })
  return weight
}

/** The adjoint of a convolution in its signal, whose sizes follow from the sizes of what is given. */
export const convTranspose: Kernel<'ConvTranspose'> = ([x, weight], { attributes }) => {
  const { kernel, strides, pads, dilations, groups, outputPadding } = attributes
  const [batch, , ...spatial] = x.shape as [number, number, ...number[]]
  const to = spatial.map((d, i) => {
    const extent = (dilations[i] as number) * ((kernel[i] as number) - 1) + 1
    return (
      (d - 1) * (strides[i] as number) + extent - (pads[i] as number) - (pads[i + kernel.length] as number) + (outputPadding[i] as number)
    )
  })
  const y = newArray(x.dtype, [batch, (weight.shape[1] as number) * groups, ...to])
  forEachProduct({ x: y, weight, y: x }, attributes, (atY, atWeight, atX) => {
    accumulate(y, atY, (x.data[atX] as number) * (weight.data[atWeight] as number))
  })
  return y
}
