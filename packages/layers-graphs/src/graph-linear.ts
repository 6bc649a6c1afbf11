import { Module } from '@equivar/nn'
import type { DimensionLike, Tensor } from '@equivar/tensor'
import { EquivariantTupleLinear, type EquivariantTupleLinearOptions } from './tuple-linear.ts'

/** Options of an EquivariantGraphLinear. */
export interface EquivariantGraphLinearOptions extends Omit<EquivariantTupleLinearOptions, 'inputs' | 'outputs'> {
  readonly inputOrder: number
  readonly outputOrder: number
  readonly inChannels: number
  readonly outChannels: number
}

/**
 * All linear maps from tensors of order k to tensors of order l over nodes that commute with every permutation of the nodes. It is an
 * `EquivariantTupleLinear` with one input and one output.
 *
 * Law: f(P X) = P f(X). There are Bell(k + l) maps per pair of channels and Bell(l) biases per output channel: 15 and 2 for pairs to pairs. With d the
 * diagonal, r and c the means of rows and columns, t the trace over n, s the mean of all entries,
 * Y = X w10 + X^T w11 + (d w12 + r w7 + c w6)_i + (d w13 + r w9 + c w8)_j + (t w14 + s w15 + b1) + diag(d w1 + r w3 + c w4 + t w2 + s w5 + b2).
 */
export class EquivariantGraphLinear extends Module {
  readonly tuples: EquivariantTupleLinear

  constructor({ inputOrder, outputOrder, inChannels, outChannels, ...options }: EquivariantGraphLinearOptions) {
    super()
    this.tuples = new EquivariantTupleLinear({
      inputs: [{ order: inputOrder, channels: inChannels }],
      outputs: [{ order: outputOrder, channels: outChannels }],
      ...options,
    })
  }

  /**
   * @param x - float32 [batch, n, ..., n, in] with inputOrder axes n.
   * @param mask - bool [batch, n], true where a node exists; default: all exist. Sums are divided by the number of existing nodes.
   * @param nodes - n; needed only if the input has no node axis and there is no mask.
   * @returns float32 [batch, n, ..., n, out] with outputOrder axes n, zero where a node does not exist.
   */
  forward(x: Tensor, mask?: Tensor, nodes?: DimensionLike): Tensor {
    return this.tuples.forward([x], mask, nodes)[0] as Tensor
  }
}
