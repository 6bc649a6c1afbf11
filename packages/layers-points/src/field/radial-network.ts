import { Module, normal, type Parameter, parameter } from '@equivar/nn'
import { matMul, mul, type Tensor } from '@equivar/tensor'
import { type ScalarActivation, scalarActivation } from '../nonlinear/normalized-activation.ts'

/** Options of RadialNetwork. */
export interface RadialNetworkOptions {
  /** The sizes of the input, of every hidden layer, and of the output. */
  readonly channels: readonly number[]
  /** Default silu, scaled to keep the second moment. */
  readonly activation?: ScalarActivation
}

/**
 * The network that makes weights of a tensor product from a radial basis: linear maps without bias, x W / sqrt(in) with standard normal W, and activations scaled
 * to keep the second moment, so that weights have unit variance at first.
 *
 * Without bias, weights vanish where the basis does: at the cutoff.
 */
export class RadialNetwork extends Module {
  /** Of each layer, [in, out]. */
  readonly weights: Parameter[]
  readonly #activation: (x: Tensor) => Tensor

  /** @throws RangeError if there are fewer than two sizes. */
  constructor({ channels, activation: given = 'silu' }: RadialNetworkOptions) {
    super()
    if (channels.length < 2)
      throw new RangeError(`RadialNetwork: expected at least two channels (input and output), received [${channels.join(', ')}].`)
    this.weights = channels.slice(1).map((out, i) => parameter([channels[i] as number, out], { initializer: normal() }))
    this.#activation = scalarActivation(given).apply
  }

  /** @param x - float32 [..., channels[0]]. @returns float32 [..., channels.at(-1)]. */
  forward(x: Tensor): Tensor {
    return this.weights.reduce((h, weight, i) => {
      const y = matMul(h, mul(weight, 1 / Math.sqrt(weight.sizes[0] as number)))
      return i === this.weights.length - 1 ? y : this.#activation(y)
    }, x)
  }
}
