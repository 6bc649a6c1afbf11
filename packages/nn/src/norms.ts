import { add, cast, countAlong, div, max, mul, reduceMean, reduceSum, reshape, sqrt, sub, type Tensor, unsqueeze } from '@equivar/tensor'
import { constantOf } from './initializers.ts'
import { isTraining, updateBuffer } from './mode.ts'
import { buffer, Module, type Parameter, parameter } from './module.ts'

/** Settings of a BatchNorm. */
export interface BatchNormOptions {
  readonly channels: number
  /** The axis of the channels; the last if left out. */
  readonly axis?: number
  /** Weight of the new statistics in the running ones. */
  readonly momentum?: number
  readonly epsilon?: number
}

/**
 * (x - mean) / sqrt(variance + epsilon) scale + offset, for each channel, over all other axes.
 *
 * In training with the batch's statistics (biased variance), in inference with the running ones (unbiased variance), as PyTorch does.
 *
 * @see Ioffe, Szegedy 2015.
 */
export class BatchNorm extends Module {
  readonly scale: Parameter
  readonly offset: Parameter
  readonly runningMean: Parameter
  readonly runningVariance: Parameter
  readonly #options: Required<BatchNormOptions>

  constructor({ channels, axis = -1, momentum = 0.1, epsilon = 1e-5 }: BatchNormOptions) {
    super()
    this.scale = parameter([channels], { initializer: constantOf(1) })
    this.offset = parameter([channels], { initializer: constantOf(0) })
    this.runningMean = buffer([channels], 0)
    this.runningVariance = buffer([channels], 1)
    this.#options = { channels, axis, momentum, epsilon }
  }

  /**
   * @param x - float32, channels at the axis.
   * @param mask - bool over the leading axes of x, true where an element exists; only those count in the statistics.
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const { channels, axis, epsilon } = this.#options
    const at = axis < 0 ? axis + x.rank : axis
    const aligned = (t: Tensor): Tensor =>
      reshape(
        t,
        x.shape.map((_, i) => (i === at ? channels : 1)),
      )
    const [mean, variance] = isTraining() ? this.#statistics(x, at, mask) : [aligned(this.runningMean), aligned(this.runningVariance)]
    const factor = div(aligned(this.scale), sqrt(add(variance, epsilon)))
    return add(mul(sub(x, mean), factor), aligned(this.offset))
  }

  /** Mean and biased variance of the batch; records the next running statistics. */
  #statistics(x: Tensor, at: number, mask: Tensor | undefined): [Tensor, Tensor] {
    const axes = x.shape.flatMap((_, i) => (i === at ? [] : [i]))
    const { channels, momentum } = this.#options
    const weights = mask === undefined ? undefined : existing(mask, x)
    const count = weights === undefined ? countAlong(x, axes, 'float32') : countOf(weights, x, axes)
    const average = (t: Tensor): Tensor =>
      weights === undefined
        ? reduceMean(t, { axis: axes, keepDims: true })
        : div(reduceSum(mul(t, weights), { axis: axes, keepDims: true }), max(count, 1))
    const mean = average(x)
    const centred = sub(x, mean)
    const variance = average(mul(centred, centred))
    const unbiased = mul(variance, div(count, max(sub(count, 1), 1)))
    const blend = (running: Parameter, now: Tensor): void =>
      updateBuffer(running, add(mul(running, 1 - momentum), mul(reshape(now, [channels]), momentum)))
    blend(this.runningMean, mean)
    blend(this.runningVariance, unbiased)
    return [mean, variance]
  }
}

/** The mask as numbers, with axes of size 1 behind. */
function existing(mask: Tensor, x: Tensor): Tensor {
  return unsqueeze(
    cast(mask, 'float32'),
    Array.from({ length: x.rank - mask.rank }, (_, i) => mask.rank + i),
  )
}

/** How many elements of a channel exist. */
function countOf(weights: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const stretched = axes.filter((i) => weights.shape[i] === 1 && x.shape[i] !== 1)
  return mul(reduceSum(weights), countAlong(x, stretched, 'float32'))
}

/** Settings of a LayerNorm. */
export interface LayerNormOptions {
  readonly channels: number
  readonly epsilon?: number
}

/** (x - mean) / sqrt(variance + epsilon) scale + offset over the last axis of each element. @see Ba, Kiros, Hinton 2016. */
export class LayerNorm extends Module {
  readonly scale: Parameter
  readonly offset: Parameter
  readonly #epsilon: number

  constructor({ channels, epsilon = 1e-5 }: LayerNormOptions) {
    super()
    this.scale = parameter([channels], { initializer: constantOf(1) })
    this.offset = parameter([channels], { initializer: constantOf(0) })
    this.#epsilon = epsilon
  }

  /** @param x - float32 [..., channels]. */
  forward(x: Tensor): Tensor {
    const centred = sub(x, reduceMean(x, { axis: -1, keepDims: true }))
    const variance = reduceMean(mul(centred, centred), { axis: -1, keepDims: true })
    return add(mul(div(centred, sqrt(add(variance, this.#epsilon))), this.scale), this.offset)
  }
}
