import { type Dimension, plus, product, times } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { add, mul } from '../operators/binary.ts'
import { sizeOf } from '../operators/constant.ts'
import { range } from '../operators/generators.ts'
import { gather } from '../operators/indexing.ts'
import { matMul } from '../operators/linalg.ts'
import { reduceSum } from '../operators/reduce.ts'
import { moveAxis, reshape, swapAxes, unsqueeze } from '../operators/shape.ts'
import type { ConvAttributes } from '../operators/signatures.ts'
import { concat } from '../operators/slicing.ts'
import { positions, spatialOf } from '../operators/windows.ts'
import { paddedSignal } from './padded-signal.ts'

/** How many elements one step along each axis passes over, in row-major order. */
const stepsOf = (sizes: readonly Dimension[]): Dimension[] => sizes.map((_, i) => product(sizes.slice(i + 1)))

/** Where each window starts in the flat signal: int64 [windows]. */
function windowStarts(counts: readonly Dimension[], steps: readonly Dimension[], strides: readonly number[]): Tensor {
  const along = counts.map((count, i) => {
    const starts = mul(range(count), sizeOf(times(steps[i] ?? 1, strides[i] ?? 1)))
    return reshape(
      starts,
      counts.map((_, j) => (j === i ? count : 1)),
    )
  })
  return reshape(
    along.reduce((a, b) => add(a, b)),
    [product(counts)],
  )
}

/** Windows for each channel of the output from which on examples are multiplied apart. */
const WINDOWS_A_CHANNEL = 4

/** Whether a product for each example, and their sum, costs no more than one product for all: where the results are small beside what is read. */
const areApart = (outputs: Dimension, windows: Dimension): boolean =>
  typeof windows === 'number' && typeof outputs === 'number' && windows >= WINDOWS_A_CHANNEL * outputs

/**
 * The gradient of a weight as a product of the output's gradient [outputs, batch * windows] and what the windows see, one row a window: [batch * windows,
 * taps * channels], gathered from a signal whose channels lie last. For many channels, as it copies those of a position together; strides and dilations cost
 * nothing.
 *
 * Where an example has many windows, the products of examples are taken apart and added up, which threads can share. Measured with ONNX Runtime 1.30,
 * milliseconds: 64 examples of 576 windows, 40 outputs, 120 columns, three times, one thread 10.8 and 11.8, two threads 9.4 and 6.0, and no gradient is transposed.
 *
 * @param together - how many taps one product takes: what is gathered at a time stays that small.
 */
export function patchRows(x: Tensor, g: Tensor, attributes: ConvAttributes, together: number): Tensor {
  const { kernel, strides, dilations } = attributes
  const [batch, channels, outputs, counts] = [x.size(0), x.size(1), g.size(1), spatialOf(g)]
  const signal = moveAxis(paddedSignal(x, attributes), 1, -1)
  const sizes = signal.shape.slice(1, -1)
  const [steps, rows] = [stepsOf(sizes), reshape(signal, [batch, product(sizes), channels])]
  const starts = unsqueeze(windowStarts(counts, steps, strides), 1)
  const offsets = positions(kernel).map((at) =>
    at.reduce<Dimension>((sum, k, i) => plus(sum, times(steps[i] ?? 1, k * (dilations[i] ?? 1))), 0),
  )
  const windows = product(counts)
  const apart = areApart(outputs, windows)
  const gradient = apart ? reshape(g, [batch, outputs, windows]) : reshape(swapAxes(g, 0, 1), [outputs, times(batch, windows)])
  const products = Array.from({ length: Math.ceil(offsets.length / together) }, (_, i) => {
    const some = offsets.slice(i * together, (i + 1) * together)
    const index = add(
      starts,
      concat(
        some.map((offset) => unsqueeze(sizeOf(offset), 0)),
        0,
      ),
    )
    const seen = gather(rows, index, 1)
    const columns = times(channels, some.length)
    return apart
      ? reduceSum(matMul(gradient, reshape(seen, [batch, windows, columns])), { axis: 0 })
      : matMul(gradient, reshape(seen, [times(batch, windows), columns]))
  })
  // [outputs, taps * channels] -> [outputs, channels, ...kernel]
  return reshape(swapAxes(reshape(concat(products, 1), [outputs, offsets.length, channels]), 1, 2), [outputs, channels, ...kernel])
}
