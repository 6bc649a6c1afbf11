import { Module } from '@equivar/nn'
import { concat, mul, type Tensor } from '@equivar/tensor'
import { keep, pool } from './pooling.ts'

/**
 * The power sums of every channel: sum_i x_i^k for k = 1 to degree.
 *
 * Law: f(P x) = f(x). With degree >= n they tell apart all multisets of n numbers, channel by channel.
 * @remarks Powers grow fast in float32: scale the elements to about 1, or take the means (`normalize`).
 * @see Zaheer et al. 2017, Deep Sets, theorem 7.
 */
export class PowerSumPooling extends Module {
  readonly #degree: number
  readonly #normalize: boolean

  /** @throws RangeError if the degree is not a positive integer. */
  constructor({ degree, normalize = false }: { readonly degree: number; readonly normalize?: boolean }) {
    super()
    if (!Number.isInteger(degree) || degree < 1)
      throw new RangeError(`PowerSumPooling: expected a degree of 1 or more, received ${degree}.`)
    this.#degree = degree
    this.#normalize = normalize
  }

  /** @param x - float32 [..., n, channels]. @param mask - bool [..., n]. @returns float32 [..., 1, degree channels]: degree 1 of all channels first; 0 for an empty set. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const clean = keep(mask, x)
    const powers = [clean]
    for (let k = 2; k <= this.#degree; k++) powers.push(mul(powers[k - 2] as Tensor, clean))
    return pool(concat(powers, -1), this.#normalize ? 'mean' : 'sum', mask)
  }
}
