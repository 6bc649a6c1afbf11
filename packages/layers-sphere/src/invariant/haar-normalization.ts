import { buffer, constantOf, isTraining, Module, type Parameter, parameter, updateBuffer } from '@equivar/nn'
import { add, div, matMul, mul, reduceMean, reshape, sqrt, sub, type Tensor } from '@equivar/tensor'
import { bandwidthOf, requireCount } from '../checks.ts'
import { polarWeights } from '../constants/polar.ts'

/** Options of HaarNormalization. */
export interface HaarNormalizationOptions {
  readonly channels: number
  /** `batch` (the default) normalizes over the batch, and uses running statistics in inference; `signal` normalizes each signal separately. */
  readonly over?: 'batch' | 'signal'
  /** The weight of the new statistics in the update of the running statistics; 0.1 by default. */
  readonly momentum?: number
  readonly epsilon?: number
}

/**
 * Normalizes each channel of signals on the sphere or on SO(3): (x - mean) / sqrt(variance + epsilon) scale + offset. Mean and variance are integrals over the
 * domain.
 *
 * Law: f(L_Q x) = L_Q f(x) for every rotation Q, exactly for signals of degree below the bandwidth. Integrals are weighted by area, because the samples are
 * denser near the poles.
 *
 * @see Ioffe, Szegedy 2015, "Batch normalization".
 */
export class HaarNormalization extends Module {
  readonly scale: Parameter
  readonly offset: Parameter
  readonly runningMean: Parameter | undefined
  readonly runningVariance: Parameter | undefined
  readonly #momentum: number
  readonly #epsilon: number

  /** @throws RangeError if channels is not a positive integer. */
  constructor({ channels, over = 'batch', momentum = 0.1, epsilon = 1e-5 }: HaarNormalizationOptions) {
    super()
    requireCount('HaarNormalization', 'channels', channels)
    this.scale = parameter([channels], { initializer: constantOf(1) })
    this.offset = parameter([channels], { initializer: constantOf(0) })
    this.runningMean = over === 'batch' ? buffer([channels], 0) : undefined
    this.runningVariance = over === 'batch' ? buffer([channels], 1) : undefined
    this.#momentum = momentum
    this.#epsilon = epsilon
  }

  /**
   * @param x - float32 [batch, channels, 2b, 2b] or [batch, channels, 2b, 2b, 2b].
   * @returns a float32 tensor of the shape of x.
   * @throws ShapeError if x has a different shape.
   */
  forward(x: Tensor): Tensor {
    const channels = this.scale.sizes[0] as number
    const axes = x.rank === 5 ? 3 : 2
    const b = bandwidthOf('HaarNormalization.forward', x, axes, { channels })
    const aligned = (t: Tensor): Tensor => reshape(t, [...t.shape, ...new Array<number>(axes).fill(1)])
    const average = (t: Tensor): Tensor => {
      const integral = matMul(reduceMean(t, { axis: axes === 3 ? [3, 4] : [3] }), polarWeights(b, 1))
      return this.runningMean === undefined ? integral : reduceMean(integral, { axis: 0 })
    }
    const [mean, variance] = this.#statistics(x, average, aligned)
    const factor = div(this.scale, sqrt(add(variance, this.#epsilon)))
    return add(mul(sub(x, aligned(mean)), aligned(factor)), aligned(this.offset))
  }

  /** Mean and variance, [channels] or [batch, channels]. Batch statistics update the running statistics. */
  #statistics(x: Tensor, average: (t: Tensor) => Tensor, aligned: (t: Tensor) => Tensor): [Tensor, Tensor] {
    const { runningMean, runningVariance } = this
    if (runningMean !== undefined && runningVariance !== undefined && !isTraining()) return [runningMean, runningVariance]
    const mean = average(x)
    const centred = sub(x, aligned(mean))
    const variance = average(mul(centred, centred))
    const blend = (running: Parameter | undefined, now: Tensor): void => {
      if (running !== undefined) updateBuffer(running, add(mul(running, 1 - this.#momentum), mul(now, this.#momentum)))
    }
    blend(runningMean, mean)
    blend(runningVariance, variance)
    return [mean, variance]
  }
}
