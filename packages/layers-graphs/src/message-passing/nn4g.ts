import { type ActivationName, activation, Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import {
  abs,
  add,
  concat,
  type DimensionLike,
  matMul,
  reduceMean,
  reduceSum,
  segmentMean,
  segmentSum,
  sub,
  swapAxes,
  type Tensor,
} from '@equivar/tensor'
import { sumOfNeighbours } from './edges.ts'

/** Options of an Nn4g. */
export interface Nn4gOptions {
  readonly inChannels: number
  readonly outputs: number
  /** Number of hidden units, or of groups of units; default 1. */
  readonly units?: number
  /** Number of units in a group, which do not depend on each other; default 1, as published. */
  readonly width?: number
  /** How many of the first units are frozen; default: all but the newest, as published. */
  readonly frozen?: number
  readonly activation?: ActivationName
  /** Whether the readout averages the states of the nodes instead of summing them. */
  readonly average?: boolean
}

/** A hidden unit (or a group of `width`), a function of the node's features and of the states of all earlier units at its neighbours. */
class Nn4gUnit extends Module {
  /** [in, width]. */
  readonly own: Parameter
  /** [earlier units x width, width]; undefined in the first unit. */
  readonly context: Parameter | undefined
  /** [width]. */
  readonly bias: Parameter

  constructor({ inChannels, earlier, width, trainable }: { inChannels: number; earlier: number; width: number; trainable: boolean }) {
    super()
    this.own = parameter([inChannels, width], { trainable })
    this.context = earlier > 0 ? parameter([earlier * width, width], { trainable }) : undefined
    this.bias = parameter([width], { initializer: zerosOf, trainable })
  }

  /**
   * @param around - for each earlier unit, the sum of its states over the neighbours, float32 [nodes, width].
   * @returns float32 [nodes, width]: the pre-activation.
   */
  forward(x: Tensor, around: readonly Tensor[]): Tensor {
    const own = add(matMul(x, this.own), this.bias)
    return this.context === undefined
      ? own
      : add(own, matMul(around.length === 1 ? (around[0] as Tensor) : concat([...around], -1), this.context))
  }
}

/**
 * Neural network for graphs, constructed one hidden unit at a time:
 * x_i(v) = f(x(v) own_i + sum over earlier units j of context_ij (sum over edges u -> v of x_j(u)) + bias_i),
 * y = sum over units i of (sum or mean over the nodes of x_i) readout_i + bias.
 *
 * Law: invariant to permutations of the nodes and of the edges. The state of unit i depends on nodes up to distance i - 1. Units depend only on earlier
 * ones, so the recurrence has no cycles, and trained units never change.
 *
 * Training, as published: train one unit; `grow` the network by a unit, which freezes the earlier ones; keep the values (the paths stay the same);
 * train the new unit by the loss or to the largest `correlation` with the residual; repeat until the error is small enough. `frozen: 0` trains all
 * units together.
 *
 * @throws RangeError if there are no units, or more are frozen than exist.
 * @see Micheli 2009, Neural network for graphs: a contextual constructive approach, equations 6, 7 and 11; Fahlman, Lebiere 1990, for the correlation.
 * @example const [next, values] = [model.grow(), { ...initialize(model.grow(), 2), ...trained }]
 */
export class Nn4g extends Module {
  readonly units: Nn4gUnit[]
  /** For each unit, [width, outputs]. */
  readonly readouts: Parameter[]
  /** [outputs]. */
  readonly bias: Parameter
  readonly #options: Nn4gOptions

  constructor(options: Nn4gOptions) {
    super()
    const { inChannels, outputs, units = 1, width = 1, frozen = units - 1 } = options
    if (!(Number.isInteger(units) && units >= 1 && frozen >= 0 && frozen <= units)) {
      throw new RangeError(`Nn4g: expected 1 unit or more and at most as many frozen, received ${units} units and ${frozen} frozen.`)
    }
    this.units = Array.from({ length: units }, (_, earlier) => new Nn4gUnit({ inChannels, earlier, width, trainable: earlier >= frozen }))
    this.readouts = this.units.map(() => parameter([width, outputs]))
    this.bias = parameter([outputs], { initializer: zerosOf })
    this.#options = options
  }

  /** The network with one more unit. Only that unit and the readouts are trainable; the parameters of earlier units keep their paths. */
  grow(): Nn4g {
    const units = this.units.length
    return new Nn4g({ ...this.#options, units: units + 1, frozen: units })
  }

  /** The states of the nodes for each unit. @param x - float32 [nodes, in]. @param edgeIndex - int64 [2, edges]. @returns float32 [nodes, width] for each unit. */
  states(x: Tensor, edgeIndex: Tensor): Tensor[] {
    const f = activation(this.#options.activation ?? 'tanh')
    const states: Tensor[] = []
    const around: Tensor[] = []
    for (const unit of this.units) {
      const state = f(unit.forward(x, around))
      states.push(state)
      around.push(sumOfNeighbours(state, edgeIndex))
    }
    return states
  }

  /**
   * @param x - float32 [nodes, in]. @param edgeIndex - int64 [2, edges]. @param batch - int64 [nodes]: the graph of each node.
   * @param graphs - the number of graphs.
   * @returns float32 [graphs, outputs].
   */
  forward(x: Tensor, edgeIndex: Tensor, batch: Tensor, graphs: DimensionLike): Tensor {
    return this.#readings(x, edgeIndex, batch, graphs).reduce(
      (y, state, i) => add(y, matMul(state, this.readouts[i] as Parameter)),
      this.bias as Tensor,
    )
  }

  /**
   * Covariance of the newest unit X with the residual e: the sum over units and outputs of |sum over graphs of (X - mean X)(e - mean e)|.
   *
   * @param residual - float32 [graphs, outputs]: target minus the output of the network without the newest unit. @returns float32 [].
   */
  correlation(x: Tensor, edgeIndex: Tensor, batch: Tensor, residual: Tensor): Tensor {
    const newest = this.#readings(x, edgeIndex, batch, residual.shape[0] as DimensionLike).at(-1) as Tensor
    const centred = (t: Tensor): Tensor => sub(t, reduceMean(t, { axis: 0, keepDims: true }))
    return reduceSum(abs(matMul(swapAxes(centred(newest), 0, 1), centred(residual))))
  }

  #readings(x: Tensor, edgeIndex: Tensor, batch: Tensor, graphs: DimensionLike): Tensor[] {
    const read = this.#options.average === true ? segmentMean : segmentSum
    return this.states(x, edgeIndex).map((state) => read(state, batch, graphs))
  }
}
