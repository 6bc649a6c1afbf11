import { Mlp, Module } from '@equivar/nn'
import { add, type Dimension, neg, reshape, type Tensor, unsqueeze } from '@equivar/tensor'
import { GinLayer } from '../gin.ts'

/** Options of a SignNet. */
export interface SignNetOptions {
  /** Number of eigenvectors. */
  readonly vectors: number
  readonly hidden?: number
  readonly outChannels: number
  /** Number of message-passing layers for each eigenvector. */
  readonly layers?: number
}

/**
 * Node features from eigenvectors with arbitrary signs: rho(phi(v_1) + phi(-v_1), phi(v_2) + phi(-v_2), ...).
 *
 * Law: f(P V, P edges) = P f(V, edges) for permutations of the nodes, and f(V S, edges) = f(V, edges) for every diagonal S of signs. It is not
 * invariant to the basis of the eigenspace of a repeated eigenvalue.
 *
 * phi is message passing on one eigenvector at a time, so it sees the relative signs of neighbours, which |v| loses.
 *
 * @see Lim et al. 2023, Sign and basis invariant networks for spectral graph representation learning, equation 2.
 */
export class SignNet extends Module {
  readonly phi: GinLayer[]
  readonly rho: Mlp
  readonly #options: { vectors: number; hidden: number }

  constructor({ vectors, hidden = 16, outChannels, layers = 2 }: SignNetOptions) {
    super()
    const sizes = [1, ...Array.from({ length: layers }, () => hidden)]
    this.phi = sizes.slice(1).map((size, i) => new GinLayer({ inChannels: sizes[i] as number, outChannels: size, norm: 'none' }))
    this.rho = new Mlp({ channels: [vectors * (sizes.at(-1) as number), hidden, outChannels] })
    this.#options = { vectors, hidden: sizes.at(-1) as number }
  }

  /** @param eigenvectors - float32 [nodes, vectors]. @param edgeIndex - int64 [2, edges]. @returns float32 [nodes, out]. */
  forward(eigenvectors: Tensor, edgeIndex: Tensor): Tensor {
    const { vectors, hidden } = this.#options
    const each = unsqueeze(eigenvectors, 2)
    const phi = (v: Tensor): Tensor => this.phi.reduce((h, layer) => layer.forward(h, edgeIndex), v)
    const even = add(phi(each), phi(neg(each)))
    return this.rho.forward(reshape(even, [eigenvectors.shape[0] as Dimension, vectors * hidden]))
  }
}
