import { cast, maskProbability, mul, randomMask, type Tensor } from '@equivar/tensor'
import { isTraining, randomSource } from './mode.ts'
import { Module } from './module.ts'

/**
 * In training, sets each element to 0 with probability `rate` (rounded to a multiple of 1/1021), and divides the others by 1 - rate. The identity in inference.
 *
 * @see Srivastava et al. 2014, "Dropout".
 */
export class Dropout extends Module {
  readonly rate: number

  constructor({ rate }: { rate: number }) {
    super()
    if (!(rate >= 0 && rate < 1)) throw new RangeError(`Dropout: expected a rate in [0, 1), received ${rate}.`)
    this.rate = rate
  }

  /** @param x - float32 of any shape. */
  forward(x: Tensor): Tensor {
    if (!isTraining() || this.rate === 0) return x
    const { seed, stream } = randomSource('Dropout')
    const kept = maskProbability(1 - this.rate)
    return mul(x, mul(cast(randomMask(seed, stream, x.shape, kept), 'float32'), 1 / kept))
  }
}
