import { constantOf, Module, normal, type Parameter, parameter } from '@equivar/nn'
import {
  add,
  cast,
  countAlong,
  type Dimension,
  div,
  eyeLike,
  matMul,
  max,
  mul,
  printShape,
  reduceSum,
  reshape,
  ShapeError,
  sameDimension,
  slice,
  squeeze,
  swapAxes,
  type Tensor,
  unsqueeze,
} from '@equivar/tensor'

/** Settings of an EquivariantGraphLinear. */
export interface EquivariantGraphLinearOptions {
  readonly inputOrder: 2
  readonly outputOrder: 2
  readonly inChannels: number
  readonly outChannels: number
  readonly bias?: boolean
}

/** The operations, in the order of the weights: their places in the sum below. */
const OPERATIONS = 15

/** Pairs [batch, n, n] of nodes that both exist. */
export function pairMask(mask: Tensor): Tensor {
  const exists = cast(mask, 'float32')
  return mul(unsqueeze(exists, 2), unsqueeze(exists, 1))
}

/**
 * All linear maps from pairs of nodes to pairs of nodes that commute with every permutation of the nodes: 15 a pair of channels, and 2 biases.
 *
 * Law: f(P X P^T) = P f(X) P^T for every permutation matrix P.
 * With d the diagonal, r and c the sums of rows and columns (over n), t the trace (over n), s the sum of all (over n^2):
 * Y = X w10 + X^T w11 + (d w12 + r w7 + c w6)_i + (d w13 + r w9 + c w8)_j + (t w14 + s w15 + b1) + diag(d w1 + r w3 + c w4 + t w2 + s w5 + b2).
 *
 * @remarks Cost O(n^2 in out): two products of the whole and five vectors; the 15 tensors are never stacked. The maps are independent for n >= 4.
 * @see Maron, Ben-Hamu, Shamir, Lipman 2019, Invariant and equivariant graph networks, theorem 1.
 */
export class EquivariantGraphLinear extends Module {
  /** [15, in, out]. */
  readonly weight: Parameter
  /** [2, out]: everywhere, and on the diagonal. */
  readonly bias: Parameter | undefined
  readonly #inChannels: number

  constructor({ inChannels, outChannels, bias = true }: EquivariantGraphLinearOptions) {
    super()
    const deviation = Math.sqrt(2 / (inChannels + outChannels))
    this.weight = parameter([OPERATIONS, inChannels, outChannels], { initializer: normal(deviation / Math.sqrt(OPERATIONS / 2)) })
    this.bias = bias ? parameter([2, outChannels], { initializer: constantOf(0) }) : undefined
    this.#inChannels = inChannels
  }

  /**
   * @param x - float32 [batch, n, n, in].
   * @param mask - bool [batch, n], true where a node exists; all exist if left out. Sums are divided by the number that exist.
   * @returns float32 [batch, n, n, out], zero where a node does not exist.
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    this.#demand(x)
    const pairs = mask === undefined ? undefined : unsqueeze(pairMask(mask), 3)
    const kept = pairs === undefined ? x : mul(x, pairs)
    const nodes =
      mask === undefined
        ? countAlong(x, [1], 'float32')
        : max(reshape(reduceSum(cast(mask, 'float32'), { axis: 1 }), [x.shape[0] as Dimension, 1, 1]), 1)
    const w = (k: number): Tensor => squeeze(slice(this.weight, { axis: 0, start: k - 1, end: k }), 0)
    const identity = unsqueeze(eyeLike(x.shape[1] as Dimension), 2)
    const d = reduceSum(mul(kept, identity), { axis: 2 })
    const r = div(reduceSum(kept, { axis: 2 }), nodes)
    const c = div(reduceSum(kept, { axis: 1 }), nodes)
    const t = div(reduceSum(d, { axis: 1, keepDims: true }), nodes)
    const s = div(reduceSum(r, { axis: 1, keepDims: true }), nodes)
    const sum = (...terms: readonly [Tensor, number][]): Tensor => terms.map(([v, k]) => matMul(v, w(k))).reduce((a, b) => add(a, b))
    const bias = (k: number, y: Tensor): Tensor =>
      this.bias === undefined ? y : add(y, slice(this.bias, { axis: 0, start: k, end: k + 1 }))
    const rows = unsqueeze(bias(0, add(sum([d, 12], [r, 7], [c, 6]), sum([t, 14], [s, 15]))), 2)
    const columns = unsqueeze(sum([d, 13], [r, 9], [c, 8]), 1)
    const onDiagonal = unsqueeze(bias(1, add(sum([d, 1], [r, 3], [c, 4]), sum([t, 2], [s, 5]))), 2)
    const whole = add(matMul(kept, w(10)), swapAxes(matMul(kept, w(11)), 1, 2))
    const y = add(add(whole, add(rows, mul(onDiagonal, identity))), columns)
    return pairs === undefined ? y : mul(y, pairs)
  }

  #demand(x: Tensor): void {
    const [, rows, columns, channels] = x.shape
    if (x.rank === 4 && channels === this.#inChannels && sameDimension(rows as Dimension, columns as Dimension)) return
    throw new ShapeError(
      'layers-graphs: EquivariantGraphLinear.forward',
      `x of shape [batch, n, n, ${this.#inChannels}] (inputOrder 2, inChannels ${this.#inChannels})`,
      printShape(x.shape),
      'Axes 1 and 2 must be equal. Did you pass a rectangular adjacency?',
    )
  }
}
