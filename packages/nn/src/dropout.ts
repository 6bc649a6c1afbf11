import { cast, greaterOrEqual, mul, randomUniform, type Tensor } from '@equivar/tensor'
import { isTraining, randomSource } from './mode.ts'
import { Module } from './module.ts'

/** In training each element is 0 with probability `rate`, else divided by 1 - rate; in inference nothing happens. @see Srivastava et al. 2014. */
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
    const kept = cast(greaterOrEqual(randomUniform(seed, stream, x.shape), this.rate), 'float32')
    return mul(x, mul(kept, 1 / (1 - this.rate)))
  }
}
