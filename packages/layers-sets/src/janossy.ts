import { type ActivationName, activation, fanInUniform, Mlp, Module, type Parameter, parameter } from '@equivar/nn'
import { add, and, type Dimension, equal, matMul, not, range, reshape, type Tensor, unsqueeze } from '@equivar/tensor'
import { type Members, membership, PaddedSets } from './members.ts'
import { pool } from './pooling.ts'

/** Settings of a JanossyPooling. */
export interface JanossyOptions {
  /** Channels of an element, of the hidden layers, and of the result. */
  readonly channels: readonly number[]
  /** How many elements are looked at together; 2 if left out. */
  readonly order?: number
  readonly activation?: ActivationName
}

/**
 * Janossy pooling of order k: the mean of MLP(x_i1, ..., x_ik) over all ordered k-tuples of distinct elements.
 *
 * Law: f(P x) = f(x). Order 1 is a mean of phi(x_i); every further order is more expressive than the one below. A set of fewer than k elements has no
 * tuple and gives 0.
 *
 * @throws RangeError if the order is not a positive integer, or there are not two channels at least.
 * @remarks Cost and memory O(n^k) hidden; the first layer is applied to each element once for each place of the tuple. Segments need `largest`.
 * @see Murphy, Srinivasan, Rao, Ribeiro 2019, Janossy Pooling, definition 2.1 and section 2.2.
 */
export class JanossyPooling extends Module {
  /** [in, first hidden] for each place of the tuple. */
  readonly places: Parameter[]
  /** [first hidden]. */
  readonly bias: Parameter
  /** From the first hidden layer to the result; none if there is no hidden layer. */
  readonly mlp: Mlp | undefined
  readonly #activation: (x: Tensor) => Tensor

  constructor({ channels, order = 2, activation: name = 'relu' }: JanossyOptions) {
    super()
    const [inChannels, hidden, ...rest] = channels
    if (inChannels === undefined || hidden === undefined) {
      throw new RangeError(`JanossyPooling: expected at least two channels (input and output), received [${channels.join(', ')}].`)
    }
    if (!Number.isInteger(order) || order < 1) throw new RangeError(`JanossyPooling: expected an order of 1 or more, received ${order}.`)
    const initializer = fanInUniform({ fanIn: inChannels * order })
    this.places = Array.from({ length: order }, () => parameter([inChannels, hidden], { initializer }))
    this.bias = parameter([hidden], { initializer })
    this.mlp = rest.length === 0 ? undefined : new Mlp({ channels: [hidden, ...rest], activation: name })
    this.#activation = activation(name)
  }

  /**
   * @param x - float32 [batch, n, channels[0]], or [elements, channels[0]] where members are segments.
   * @param members - bool [batch, n], true where an element exists, or segments with `largest`.
   * @returns float32 [batch, 1, last of channels], or [sets, last of channels].
   */
  forward(x: Tensor, members?: Members): Tensor {
    const sets = membership(members)
    const alone = this.places.length === 1
    const elements = alone ? sets.keep(x) : sets.padded(sets.keep(x))
    const tuples = this.#first(elements)
    const y = this.mlp === undefined ? tuples : this.mlp.forward(this.#activation(tuples))
    return pool(alone ? y : sets.unpadded(meanOfTuples(y, sets.paddedMask)), 'mean', members)
  }

  /** Row (i_1, ..., i_k) is x_i1 places_1 + ... + x_ik places_k + bias: [batch, n, ..., n, hidden]. */
  #first(x: Tensor): Tensor {
    const axes = this.places.map((_, place) => place + 1)
    const parts = this.places.map((weight, place) =>
      unsqueeze(
        matMul(x, weight),
        axes.filter((axis) => axis !== place + 1),
      ),
    )
    return add(parts.reduce(add), this.bias)
  }
}

/** For each element the mean over the tuples of distinct elements that begin with it. @param y - [batch, n, ..., n, channels]. @returns [batch, n, channels]. */
function meanOfTuples(y: Tensor, mask: Tensor | undefined): Tensor {
  const [n, places] = [y.shape[1] as Dimension, Array.from({ length: y.rank - 2 }, (_, i) => i + 1)]
  const along = (place: number, row: Tensor): Tensor =>
    unsqueeze(
      row,
      places.filter((axis) => axis !== place),
    )
  const index = (place: number): Tensor => along(place, unsqueeze(range(n), 0))
  const differ = places.flatMap((a) => places.slice(a).map((b) => not(equal(index(a), index(b)))))
  const exist = mask === undefined ? [] : places.slice(1).map((place) => along(place, mask))
  const tuples = new PaddedSets([...differ, ...exist].reduce(and), places.slice(1))
  const pooled = pool(y, 'mean', tuples)
  return reshape(pooled, [y.shape[0] as Dimension, n, y.shape.at(-1) as Dimension])
}
