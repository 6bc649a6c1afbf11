import { type Dimension, minus, plus, product, times } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { matMul } from '../operators/linalg.ts'
import { pad } from '../operators/padding.ts'
import { reshape, swapAxes, transpose } from '../operators/shape.ts'
import type { ConvAttributes } from '../operators/signatures.ts'
import { concat, slice } from '../operators/slicing.ts'
import { positions, spatialOf, windowIntervals } from '../operators/windows.ts'
import { paddedSignal } from './padded-signal.ts'

const channelsFirst = (t: Tensor): Tensor => {
  const front = swapAxes(t, 0, 1)
  return reshape(front, [front.size(0), product(front.shape.slice(1))])
}

const productsOf = (views: readonly Tensor[], right: Tensor, together: number): Tensor =>
  concat(
    Array.from({ length: Math.ceil(views.length / together) }, (_, i) =>
      matMul(concat(views.slice(i * together, (i + 1) * together), 0), right),
    ),
    0,
  )

/** Stride 1: contiguous slices of the flat signal; positions between rows and examples meet zeros of the gradient. */
function contiguousTaps(padded: Tensor, g: Tensor, { kernel, dilations }: ConvAttributes, together: number): Tensor {
  const sizes = spatialOf(padded)
  const fill = sizes.map((d, i) => minus(d, g.size(i + 2)))
  const signal = channelsFirst(padded)
  const gradient = channelsFirst(pad(g, [0, 0, ...sizes.map(() => 0), 0, 0, ...fill]))
  const offsets = positions(kernel).map((p) =>
    p.reduce<Dimension>((offset, k, i) => plus(offset, times(product(sizes.slice(i + 1)), k * (dilations[i] ?? 1))), 0),
  )
  const length = minus(signal.size(1), offsets.at(-1) ?? 0)
  const right = swapAxes(slice(gradient, { axis: 1, end: length }), 0, 1)
  const views = offsets.map((offset) => slice(signal, { axis: 1, start: offset, end: plus(offset, length) }))
  return productsOf(views, right, together)
}

function stridedTaps(padded: Tensor, g: Tensor, attributes: ConvAttributes): Tensor {
  const right = swapAxes(channelsFirst(g), 0, 1)
  const views = positions(attributes.kernel).map((at) => channelsFirst(slice(padded, ...windowIntervals(at, g, attributes))))
  return productsOf(views, right, views.length)
}

/**
 * The gradient of a weight, tap by tap: the signal as a position of the kernel sees it, a slice of one flat, padded signal [channels, batch * positions],
 * times the output's gradient.
 *
 * @param together - how many taps one product takes.
 */
export function flatTaps(x: Tensor, g: Tensor, attributes: ConvAttributes, together: number): Tensor {
  const { kernel, strides } = attributes
  const padded = paddedSignal(x, attributes)
  const rows = strides.every((s) => s === 1) ? contiguousTaps(padded, g, attributes, together) : stridedTaps(padded, g, attributes)
  // [taps * channels, outputs] -> [outputs, channels, ...kernel]
  const [channels, outputs] = [x.size(1), g.size(1)]
  return reshape(transpose(reshape(rows, [product(kernel), channels, outputs]), [2, 1, 0]), [outputs, channels, ...kernel])
}
