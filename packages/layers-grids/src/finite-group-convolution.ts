import { cosetAction, type PermutationGroup, sharingScheme } from '@equivar/groups'
import { fanInUniform, Module, type Parameter, parameter } from '@equivar/nn'
import { constant, type Dimension, gather, matMul, printShape, reshape, ShapeError, type Tensor, transpose } from '@equivar/tensor'
import { addChannels, requireChannels } from './convolution.ts'

/** Options of FiniteGroupConvolution. */
export interface FiniteGroupConvolutionOptions {
  readonly group: PermutationGroup
  /** The subgroup H: inputs are functions on G / H. For functions on G, use the trivial group. */
  readonly from: PermutationGroup
  /** The subgroup K: outputs are functions on G / K. For one invariant number per channel, use the whole group. */
  readonly to: PermutationGroup
  readonly inChannels: number
  readonly outChannels: number
  /** True (the default) for a bias per output channel. */
  readonly bias?: boolean
}

/**
 * All linear maps from functions on G / H to functions on G / K that commute with a finite group G: the convolutions with functions on the double cosets
 * H \ G / K.
 *
 * Law: f(g x) = g f(x), where (g x)(k) = x(g^-1 k).
 * y(g K) = b + sum over x H of f(x H) psi(H x^-1 g K). Up to the factor |H| this is the convolution (f * psi)(g) = sum over h in G of f(h) psi(h^-1 g). There is
 * one weight per double coset and pair of channels.
 *
 * Points are numbered as in `cosetAction(group, from)` and `cosetAction(group, to)` of @equivar/groups. Point 0 is the subgroup itself.
 *
 * @throws DomainError if `from` or `to` is not a subgroup of `group`, or has too many cosets.
 * @remarks Cost: one dense product with a |G / H| in x |G / K| out matrix. SharingLinear of @equivar/layers-sharing computes the same maps, with faster
 * evaluations, and also supports intransitive actions.
 * @see Kondor, Trivedi 2018, "On the generalization of equivariance and convolution in neural networks to the action of compact groups", theorem 1.
 */
export class FiniteGroupConvolution extends Module {
  /** [out, in, double cosets]. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  /** The number of double cosets H \ G / K, which is the number of weights per pair of channels. */
  readonly doubleCosets: number
  readonly #inChannels: number
  readonly #outChannels: number
  readonly #rows: number
  readonly #columns: number
  readonly #labels: Int32Array

  constructor({ group, from, to, inChannels, outChannels, bias = true }: FiniteGroupConvolutionOptions) {
    super()
    requireChannels('FiniteGroupConvolution', { inChannels, outChannels })
    const { rows, columns, count, labels } = sharingScheme(cosetAction(group, to), cosetAction(group, from))
    this.doubleCosets = count
    this.#inChannels = inChannels
    this.#outChannels = outChannels
    this.#rows = rows
    this.#columns = columns
    this.#labels = labels
    const initializer = fanInUniform({ fanIn: inChannels * columns })
    this.weight = parameter([outChannels, inChannels, count], { initializer })
    this.bias = bias ? parameter([outChannels], { initializer }) : undefined
  }

  /**
   * @param x - float32 [batch, in, |G / H|].
   * @returns float32 [batch, out, |G / K|].
   * @throws ShapeError if the last axes of x are not in and |G / H|.
   */
  forward(x: Tensor): Tensor {
    const [rows, columns, inputs, outputs] = [this.#rows, this.#columns, this.#inChannels, this.#outChannels]
    if (x.rank !== 3 || x.shape[1] !== inputs || x.shape[2] !== columns) {
      throw new ShapeError(
        'FiniteGroupConvolution.forward',
        `x of shape [batch, ${inputs}, ${columns}] (inChannels, |G / H|)`,
        printShape(x.shape),
      )
    }
    const batch = x.shape[0] as Dimension
    const labels = constant(Float64Array.from(this.#labels), [rows, columns], 'int64')
    // [out, in, rows, columns] to [in columns, out rows].
    const matrix = reshape(transpose(gather(this.weight, labels, 2), [1, 3, 0, 2]), [inputs * columns, outputs * rows])
    const y = reshape(matMul(reshape(x, [batch, inputs * columns]), matrix), [batch, outputs, rows])
    return addChannels(y, this.bias)
  }
}
