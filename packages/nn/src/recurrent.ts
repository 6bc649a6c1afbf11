import {
  add,
  concat,
  type Dimension,
  gather,
  input,
  matMul,
  mul,
  program,
  repeat,
  sigmoid,
  slice,
  split,
  squeeze,
  sub,
  type Tensor,
  tanh,
  unsqueeze,
  where,
  zeros,
} from '@equivar/tensor'
import { fanInUniform } from './initializers.ts'
import { Module, type Parameter, parameter, parametersOf } from './module.ts'

/** Options of a recurrent cell. */
export interface CellOptions {
  readonly inChannels: number
  readonly channels: number
}

/** One step of a recurrent network: maps an element and the states before it to the states after it. The first state is the output. */
export abstract class Cell extends Module {
  /** [in, gates x channels]. */
  readonly input: Parameter
  /** [channels, gates x channels]. */
  readonly hidden: Parameter
  /** [gates x channels]. */
  readonly bias: Parameter
  readonly channels: number
  /** The number of states, each [batch, channels]. */
  abstract readonly states: number

  constructor({ inChannels, channels }: CellOptions, gates: number) {
    super()
    const initializer = fanInUniform({ fanIn: channels })
    this.input = parameter([inChannels, gates * channels], { initializer })
    this.hidden = parameter([channels, gates * channels], { initializer })
    this.bias = parameter([gates * channels], { initializer })
    this.channels = channels
  }

  /**
   * @param x - float32 [batch, in].
   * @param states - each float32 [batch, channels].
   * @returns the next states.
   */
  abstract override forward(x: Tensor, states: readonly Tensor[]): Tensor[]
}

/**
 * Long short-term memory: i, f, o = sigmoid(x W + h U + b) and g = tanh(x W + h U + b), each with its own weights; c' = f c + i g, h' = o tanh(c').
 *
 * @see Hochreiter, Schmidhuber 1997; Gers, Schmidhuber, Cummins 2000 for the forget gate f.
 */
export class LstmCell extends Cell {
  readonly states = 2

  constructor(options: CellOptions) {
    super(options, 4)
  }

  forward(x: Tensor, [h, c]: readonly Tensor[]): Tensor[] {
    const gates = add(add(matMul(x, this.input), matMul(h as Tensor, this.hidden)), this.bias)
    const [i, f, g, o] = split(
      gates,
      Array.from({ length: 4 }, () => this.channels),
      -1,
    ) as [Tensor, Tensor, Tensor, Tensor]
    const next = add(mul(sigmoid(f), c as Tensor), mul(sigmoid(i), tanh(g)))
    return [mul(sigmoid(o), tanh(next)), next]
  }
}

/**
 * Gated recurrent unit: r, z = sigmoid(x W + h U + b), each with its own weights; n = tanh(x W_n + b_n + r (h U_n)), h' = (1 - z) n + z h.
 *
 * @see Cho et al. 2014; r is applied after the product with U_n, as in common libraries.
 */
export class GruCell extends Cell {
  readonly states = 1

  constructor(options: CellOptions) {
    super(options, 3)
  }

  forward(x: Tensor, [h]: readonly Tensor[]): Tensor[] {
    const parts = Array.from({ length: 3 }, () => this.channels)
    const [xr, xz, xn] = split(add(matMul(x, this.input), this.bias), parts, -1) as [Tensor, Tensor, Tensor]
    const [hr, hz, hn] = split(matMul(h as Tensor, this.hidden), parts, -1) as [Tensor, Tensor, Tensor]
    const z = sigmoid(add(xz, hz))
    const n = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)))
    return [add(mul(sub(1, z), n), mul(z, h as Tensor))]
  }
}

/**
 * Applies a cell to the elements of a sequence one after the other, and returns the first state after the last element.
 *
 * The result depends on the order of the elements. Use it as a baseline for invariant networks.
 */
export class Recurrent extends Module {
  readonly cell: Cell

  constructor(cell: Cell) {
    super()
    this.cell = cell
  }

  /**
   * @param x - float32 [batch, n, in].
   * @param mask - bool [batch, n]; masked elements do not change the states.
   * @param options - `unroll`: the largest number of elements. The expression then consists of this many steps and has derivatives. Without `unroll`, a loop
   * handles any number of elements, but has no derivatives.
   * @returns float32 [batch, channels].
   */
  forward(x: Tensor, mask: Tensor, { unroll }: { readonly unroll?: number } = {}): Tensor {
    const batch = x.shape[0] as Dimension
    const first = Array.from({ length: this.cell.states }, () => zeros([batch, this.cell.channels]))
    return (unroll === undefined ? this.#loop(x, mask, first) : this.#unrolled(x, mask, first, unroll))[0] as Tensor
  }

  #step(x: Tensor, exists: Tensor, states: readonly Tensor[]): Tensor[] {
    return this.cell.forward(x, states).map((next, i) => where(unsqueeze(exists, 1), next, states[i] as Tensor))
  }

  #unrolled(x: Tensor, mask: Tensor, first: Tensor[], steps: number): Tensor[] {
    const [batch, , channels] = x.shape as [Dimension, Dimension, Dimension]
    const padded = concat([x, zeros([batch, steps, channels])], 1)
    const exists = concat([mask, zeros([batch, steps], 'bool')], 1)
    let states = first
    for (let t = 0; t < steps; t++) {
      const at = (value: Tensor): Tensor => squeeze(slice(value, { axis: 1, start: t, end: t + 1 }), 1)
      states = this.#step(at(padded), at(exists), states)
    }
    return states
  }

  #loop(x: Tensor, mask: Tensor, first: Tensor[]): readonly Tensor[] {
    const [iteration, row, exists] = [input('iteration', 'int64', []), input('x', 'float32', x.shape), input('mask', 'bool', mask.shape)]
    const states = first.map((state, i) => input(`state ${i}`, 'float32', state.shape))
    const parameters = Object.fromEntries(parametersOf(this.cell))
    const next = this.#step(gather(row, iteration, 1), gather(exists, iteration, 1), states)
    const body = program({
      inputs: { ...Object.fromEntries([iteration, ...states, row, exists].map((leaf) => [leaf.name, leaf])), ...parameters },
      outputs: Object.fromEntries(next.map((state, i) => [`next ${i}`, state])),
    })
    return repeat(body, { count: x.shape[1] as Dimension, states: first, captured: [x, mask, ...Object.values(parameters)] })
  }
}
