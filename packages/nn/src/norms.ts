import { add, div, max, mul, reduceMean, reshape, sqrt, stopGradient, sub, type Tensor } from '@equivar/tensor'
import { constantOf } from './initializers.ts'
import { maskedCount, maskedMean } from './masked.ts'
import { isTraining, updateBuffer } from './mode.ts'
import { buffer, Module, type Parameter, parameter } from './module.ts'

/** Options of BatchNorm. */
export interface BatchNormOptions {
  readonly channels: number
  /** The axis of the channels; the last axis by default. */
  readonly axis?: number
  /** The weight of the new statistics in the update of the running statistics; 0.1 by default. */
  readonly momentum?: number
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: number
}

/**
 * Batch normalization: (x - mean) / sqrt(variance + epsilon) scale + offset for each channel, with mean and variance over all other axes.
 *
 * Training uses the statistics of the batch (biased variance), inference the running statistics (unbiased variance), as in PyTorch.
 *
 * @see Ioffe, Szegedy 2015, "Batch normalization".
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
   * @param x - float32, with the channels on the axis `axis`.
   * @param mask - bool over the leading axes of x, true where an element exists. Statistics are computed over these elements only.
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const { channels, axis, epsilon } = this.#options
    const at = axis < 0 ? axis + x.rank : axis
    const aligned = (t: Tensor): Tensor =>
      reshape(
        t,
        x.shape.map((_, i) => (i === at ? channels : 1)),
      )
    if (!isTraining()) {
      const [mean, variance] = [aligned(this.runningMean), aligned(this.runningVariance)]
      const factor = div(aligned(this.scale), sqrt(add(variance, epsilon)))
      return add(mul(x, factor), sub(aligned(this.offset), mul(mean, factor)))
    }
    const { centred, shift, variance } = this.#statistics(x, at, mask)
    const factor = div(aligned(this.scale), sqrt(add(variance, epsilon)))
    return add(mul(centred, factor), sub(aligned(this.offset), mul(shift, factor)))
  }

  /**
   * The centred batch and its biased variance. Records the next running statistics.
   *
   * Let m be the mean, and let a be equal to m but with its gradient stopped. For every a, x - m = (x - a) - (m - a) and
   * E (x - m)^2 = E (x - a)^2 - (m - a)^2. So all derivatives are exact, including higher ones. The derivative through the mean is one number per channel; in
   * x - m it would take another pass over the batch.
   *
   * @returns centred = x - a, shift = m - a (whose value is 0), and the variance.
   */
  #statistics(
    x: Tensor,
    at: number,
    mask: Tensor | undefined,
  ): { readonly centred: Tensor; readonly shift: Tensor; readonly variance: Tensor } {
    const axes = x.shape.flatMap((_, i) => (i === at ? [] : [i]))
    const { channels, momentum } = this.#options
    const options = { axis: axes, keepDims: true }
    const count = maskedCount(x, mask, options)
    const average = (t: Tensor): Tensor => (mask === undefined ? reduceMean(t, options) : maskedMean(t, mask, options))
    const mean = average(x)
    const fixed = stopGradient(mean)
    const centred = sub(x, fixed)
    const shift = sub(mean, fixed)
    const variance = sub(average(mul(centred, centred)), mul(shift, shift))
    const unbiased = mul(variance, div(count, max(sub(count, 1), 1)))
    const blend = (running: Parameter, now: Tensor): void =>
      updateBuffer(running, add(running, mul(sub(reshape(now, [channels]), running), momentum)))
    blend(this.runningMean, mean)
    blend(this.runningVariance, unbiased)
    return { centred, shift, variance }
  }
}

/** Options of LayerNorm. */
export interface LayerNormOptions {
  readonly channels: number
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: number
}

/**
 * Layer normalization: (x - mean) / sqrt(variance + epsilon) scale + offset, with mean and variance over the last axis.
 *
 * @see Ba, Kiros, Hinton 2016, "Layer normalization".
 */
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
