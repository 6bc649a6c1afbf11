import { fillMissing, Mlp, Module } from '@equivar/nn'
import { type Dimension, printShape, product, reshape, ShapeError, type Tensor } from '@equivar/tensor'
import type { ElementInput } from './elements.ts'
import type { SetLayer } from './set-layer.ts'

/** Settings of a SetNetwork. */
export interface SetNetworkOptions {
  /** Layers of sets, and between them functions: activations, poolings of elements. */
  readonly layers: readonly (SetLayer | ((x: Tensor) => Tensor))[]
  /** InvariantHead or EquivariantHead; the last layer's result if left out. */
  readonly head?: Module & { forward(x: Tensor, mask?: Tensor): Tensor }
}

/** Layers of sets one behind the other, with a head. Its law is what all of them have in common. */
export class SetNetwork extends Module {
  readonly layers: readonly (SetLayer | ((x: Tensor) => Tensor))[]
  readonly head: SetNetworkOptions['head']

  constructor({ layers, head }: SetNetworkOptions) {
    super()
    this.layers = layers
    this.head = head
  }

  /** @param x - float32 [batch, set, ...element]. @param further - handed to every layer. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    const y = this.layers.reduce<Tensor>((h, layer) => (typeof layer === 'function' ? layer(h) : layer.forward(h, mask, ...further)), x)
    return this.head === undefined ? fillMissing(y, mask) : this.head.forward(y, mask)
  }
}

/**
 * All elements as one long vector, and an MLP: the baseline without any symmetry.
 *
 * Elements that do not exist count as zeros. Sets have one size.
 */
export class SetMlp extends Module {
  readonly mlp: Mlp
  readonly #size: number

  /** @param options - `channels`: of the input (elements of a set times entries of an element), the hidden layers and the output. */
  constructor({ channels, norm = false }: { readonly channels: readonly number[]; readonly norm?: boolean }) {
    super()
    this.mlp = new Mlp({ channels, ...(norm ? { norm: 'batch' } : {}) })
    this.#size = channels[0] as number
  }

  /** @param x - float32 [batch, set, ...element]. @returns float32 [batch, outputs]. @throws ShapeError if a set has not channels[0] entries. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const entries = product(x.shape.slice(1))
    if (typeof entries === 'number' && entries !== this.#size)
      throw new ShapeError('SetMlp.forward', `sets of ${this.#size} entries`, printShape(x.shape), 'Give all sets one size.')
    return this.mlp.forward(reshape(fillMissing(x, mask), [x.shape[0] as Dimension, this.#size]))
  }
}
