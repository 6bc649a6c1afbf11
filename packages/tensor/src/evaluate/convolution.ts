import type { WindowAttributes } from '../operators.ts'
import { elementCount } from '../value.ts'
import { type Kernel, type Kernels, type NumberArray, newArray } from './array.ts'

/** Coordinates of a flat position. */
function coordinates(flat: number, shape: readonly number[]): number[] {
  const found = shape.map(() => 0)
  let rest = flat
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    found[axis] = rest % (shape[axis] as number)
    rest = Math.floor(rest / (shape[axis] as number))
  }
  return found
}

/** Calls back for every pair of a small-side position and a kernel position that meet a large-side position inside the signal. */
function forEachMeeting(
  small: readonly number[],
  large: readonly number[],
  { kernel, strides, pads, dilations }: WindowAttributes,
  visit: (small: number, tap: number, large: number) => void,
): void {
  const taps = Array.from({ length: elementCount(kernel) }, (_, k) => coordinates(k, kernel))
  for (let s = 0; s < elementCount(small); s++) {
    const at = coordinates(s, small)
    taps.forEach((tap, k) => {
      let flat = 0
      for (let a = 0; a < large.length; a++) {
        const position = (at[a] as number) * (strides[a] as number) + (tap[a] as number) * (dilations[a] as number) - (pads[a] as number)
        if (position < 0 || position >= (large[a] as number)) return
        flat = flat * (large[a] as number) + position
      }
      visit(s, k, flat)
    })
  }
}

const slidShape = (spatial: readonly number[], { kernel, strides, pads, dilations }: WindowAttributes): number[] =>
  spatial.map((d, i) => {
    const padded = d + (pads[i] as number) + (pads[i + kernel.length] as number)
    return Math.floor((padded - (dilations[i] as number) * ((kernel[i] as number) - 1) - 1) / (strides[i] as number)) + 1
  })

const conv: Kernel<'Conv'> = ([x, weight], { attributes }) => {
  const [signal, filter] = [x as NumberArray, weight as NumberArray]
  const [batch, channels, ...spatial] = signal.shape as [number, number, ...number[]]
  const [outputs, perGroup] = filter.shape as [number, number]
  const to = slidShape(spatial, attributes)
  const y = newArray(signal.dtype, [batch, outputs, ...to])
  const [sizeX, sizeY, taps] = [elementCount(spatial), elementCount(to), elementCount(attributes.kernel)]
  forEachMeeting(to, spatial, attributes, (s, k, l) => {
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < outputs; o++) {
        const group = Math.floor(o / (outputs / attributes.groups))
        let sum = 0
        for (let c = 0; c < perGroup; c++) {
          sum +=
            (signal.data[(b * channels + group * perGroup + c) * sizeX + l] as number) *
            (filter.data[(o * perGroup + c) * taps + k] as number)
        }
        const at = (b * outputs + o) * sizeY + s
        y.data[at] = (y.data[at] as number) + sum
      }
    }
  })
  return y
}

const convTranspose: Kernel<'ConvTranspose'> = ([x, weight], { attributes }) => {
  const { kernel, strides, pads, dilations, groups, outputPadding } = attributes
  const [signal, filter] = [x as NumberArray, weight as NumberArray]
  const [batch, channels, ...spatial] = signal.shape as [number, number, ...number[]]
  const perGroup = filter.shape[1] as number
  const outputs = perGroup * groups
  const to = spatial.map((d, i) => {
    const extent = (dilations[i] as number) * ((kernel[i] as number) - 1) + 1
    return (
      (d - 1) * (strides[i] as number) + extent - (pads[i] as number) - (pads[i + kernel.length] as number) + (outputPadding[i] as number)
    )
  })
  const y = newArray(signal.dtype, [batch, outputs, ...to])
  const [sizeX, sizeY, taps] = [elementCount(spatial), elementCount(to), elementCount(kernel)]
  const group = channels / groups
  forEachMeeting(spatial, to, attributes, (s, k, l) => {
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < channels; c++) {
        const value = signal.data[(b * channels + c) * sizeX + s] as number
        for (let o = 0; o < perGroup; o++) {
          const at = (b * outputs + Math.floor(c / group) * perGroup + o) * sizeY + l
          y.data[at] = (y.data[at] as number) + value * (filter.data[(c * perGroup + o) * taps + k] as number)
        }
      }
    }
  })
  return y
}

function pool(x: NumberArray, attributes: WindowAttributes, start: number, add: (sum: number, value: number) => number): NumberArray {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]]
  const to = slidShape(spatial, attributes)
  const y = newArray(x.dtype, [batch, channels, ...to])
  y.data.fill(start)
  const [sizeX, sizeY] = [elementCount(spatial), elementCount(to)]
  forEachMeeting(to, spatial, attributes, (s, _, l) => {
    for (let c = 0; c < batch * channels; c++) y.data[c * sizeY + s] = add(y.data[c * sizeY + s] as number, x.data[c * sizeX + l] as number)
  })
  return y
}

/** Kernels of convolution.ts. */
export const convolution: Kernels<'Conv' | 'ConvTranspose' | 'MaxPool' | 'AveragePool'> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: ([x], { attributes }) => pool(x as NumberArray, attributes, -Infinity, Math.max),
  AveragePool: ([x], { attributes }) => {
    const sum = pool(x as NumberArray, attributes, 0, (a, b) => a + b)
    const count = elementCount(attributes.kernel)
    return { ...sum, data: sum.data.map((value) => value / count) }
  },
}
