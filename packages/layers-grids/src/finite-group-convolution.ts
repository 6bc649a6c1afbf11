import { cosetAction, type PermutationGroup, sharingScheme } from '@equivar/groups'
import { fanInUniform, Module, type Parameter, parameter } from '@equivar/nn'
import { constant, type Dimension, gather, matMul, printShape, reshape, ShapeError, type Tensor, transpose } from '@equivar/tensor'
import { addChannels, demandChannels } from './convolution.ts'

/** Settings of a FiniteGroupConvolution. */
export interface FiniteGroupConvolutionOptions {
  readonly group: PermutationGroup
  /** H: inputs are functions on G / H. The trivial group: functions on G. */
  readonly from: PermutationGroup
  /** K: outputs are functions on G / K. The whole group: one invariant number a channel. */
  readonly to: PermutationGroup
  readonly inChannels: number
  readonly outChannels: number
  /** One number an output channel; true if left out. */
  readonly bias?: boolean
}

/**
 * All linear maps from functions on G / H to functions on G / K that commute with a finite group G: convolutions with functions on the double cosets H \ G / K.
 *
 * Law: f(g x) = g f(x), where (g x)(k) = x(g^-1 k). y(g K) = b + sum over x H of f(x H) psi(H x^-1 g K): up to the factor |H| the convolution
 * (f * psi)(g) = sum over h in G of f(h) psi(h^-1 g). One weight a double coset and pair of channels.
 *
 * Points are numbered as `cosetAction(group, from)` and `cosetAction(group, to)` of @equivar/groups number them; 0 is the subgroup itself.
 *
 * @throws DomainError if `from` or `to` is no subgroup of the group, or there are too many cosets.
 * @remarks Cost: a dense product of |G / H| in by |G / K| out. For spaces that are not homogeneous, and for faster forms, see SharingLinear of
 * @equivar/layers-sharing, to which this is equal.
 * @see Kondor, Trivedi 2018, "On the generalization of equivariance and convolution in neural networks to the action of compact groups", theorem 1.
 */
export class FiniteGroupConvolution extends Module {
  /** [out, in, double cosets]. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  /** The number of double cosets H \ G / K, that is of weights for a pair of channels. */
  readonly doubleCosets: number
  readonly #inChannels: number
  readonly #outChannels: number
  readonly #rows: number
  readonly #columns: number
  readonly #labels: Int32Array

  constructor({ group, from, to, inChannels, outChannels, bias = true }: FiniteGroupConvolutionOptions) {
    super()
    demandChannels('FiniteGroupConvolution', { inChannels, outChannels })
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
