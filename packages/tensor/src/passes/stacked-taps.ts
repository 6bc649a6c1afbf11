import { product, times } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { matMul } from '../operators/linalg.ts'
import { reduceSum } from '../operators/reduce.ts'
import { reshape, swapAxes, unsqueeze } from '../operators/shape.ts'
import type { ConvAttributes } from '../operators/signatures.ts'
import { concat, slice } from '../operators/slicing.ts'
import { positions, spatialOf, windowIntervals } from '../operators/windows.ts'
import { paddedSignal } from './padded-signal.ts'

/**
 * The gradient of a weight, example by example: the signal as each position of the kernel sees it, stacked to [channels * taps, positions], times the output's
 * gradient [positions, outputs], summed over examples. For few channels, as it copies rows of the signal: long ones, however few the channels are.
 */
export function stackedTaps(x: Tensor, g: Tensor, attributes: ConvAttributes): Tensor {
  const { kernel } = attributes
  const [batch, channels, outputs] = [g.size(0), x.size(1), g.size(1)]
  const padded = paddedSignal(x, attributes)
  const taps = positions(kernel).map((at) => unsqueeze(slice(padded, ...windowIntervals(at, g, attributes)), 2))
  const length = product(spatialOf(g))
  const perChannel = times(channels, product(kernel))
  const stacked = reshape(concat(taps, 2), [batch, perChannel, length])
  const each = matMul(stacked, swapAxes(reshape(g, [batch, outputs, length]), 1, 2))
  const sum = batch === 1 ? reshape(each, [perChannel, outputs]) : reduceSum(each, { axis: 0 })
  return reshape(swapAxes(sum, 0, 1), [outputs, channels, ...kernel])
}
