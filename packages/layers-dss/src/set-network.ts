import { fillMissing, Mlp, Module } from '@equivar/nn'
import { type Dimension, printShape, product, reshape, ShapeError, type Tensor } from '@equivar/tensor'
import type { ElementInput } from './elements.ts'
import type { SetLayer } from './set-layer.ts'

/** Options of a SetNetwork. */
export interface SetNetworkOptions {
  /** Layers of sets and functions such as activations and poolings of elements. */
  readonly layers: readonly (SetLayer | ((x: Tensor) => Tensor))[]
  /** InvariantHead or EquivariantHead; by default the result is that of the last layer. */
  readonly head?: Module & { forward(x: Tensor, mask?: Tensor): Tensor }
}

/** Layers of sets in sequence, with a head. It commutes with the symmetries that all of them share. */
export class SetNetwork extends Module {
  readonly layers: readonly (SetLayer | ((x: Tensor) => Tensor))[]
  readonly head: SetNetworkOptions['head']

  constructor({ layers, head }: SetNetworkOptions) {
    super()
    this.layers = layers
    this.head = head
  }

  /** @param x - float32 [batch, set, ...element]. @param further - passed to every layer. */
  forward(x: Tensor, mask?: Tensor, ...further: ElementInput[]): Tensor {
    const y = this.layers.reduce<Tensor>((h, layer) => (typeof layer === 'function' ? layer(h) : layer.forward(h, mask, ...further)), x)
    return this.head === undefined ? fillMissing(y, mask) : this.head.forward(y, mask)
  }
}

/**
 * An MLP of all elements as one vector: the baseline without any symmetry.
 *
 * Missing elements count as zeros. All sets must have the same size.
 */
export class SetMlp extends Module {
  readonly mlp: Mlp
  readonly #size: number

  /** @param options - `channels`: of the input (elements per set times entries per element), the hidden layers and the output. */
  constructor({ channels, norm = false }: { readonly channels: readonly number[]; readonly norm?: boolean }) {
    super()
    this.mlp = new Mlp({ channels, ...(norm ? { norm: 'batch' } : {}) })
    this.#size = channels[0] as number
  }

  /** @param x - float32 [batch, set, ...element]. @returns float32 [batch, outputs]. @throws ShapeError if a set does not have channels[0] entries. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const entries = product(x.shape.slice(1))
    if (entries !== this.#size)
      throw new ShapeError('SetMlp.forward', `sets of ${this.#size} entries`, printShape(x.shape), 'All sets must have the same size.')
    return this.mlp.forward(reshape(fillMissing(x, mask), [x.shape[0] as Dimension, this.#size]))
  }
}
