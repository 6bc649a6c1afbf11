import {
  type ActivationName,
  activation,
  fanInUniform,
  isTraining,
  Mlp,
  Module,
  type Parameter,
  parameter,
  randomSource,
} from '@equivar/nn'
import {
  add,
  and,
  type Dimension,
  equal,
  expand,
  gatherElements,
  greaterOrEqual,
  matMul,
  not,
  pad,
  randomUniform,
  range,
  reshape,
  slice,
  squeeze,
  type Tensor,
  topK,
  unsqueeze,
  where,
} from '@equivar/tensor'
import { type Members, membership, PaddedSets } from './members.ts'
import { pool } from './pooling.ts'
import { Segments } from './segments.ts'

/** Options of a JanossyPooling. */
export interface JanossyOptions {
  /** Channels of an element, of the hidden layers, and of the result. */
  readonly channels: readonly number[]
  /** Size k of the tuples; default 2. */
  readonly order?: number
  readonly activation?: ActivationName
  /** Number of random tuples per set in training; default: all tuples. Inference always uses all. */
  readonly samples?: number
}

/**
 * Janossy pooling of order k: the mean of MLP(x_i1, ..., x_ik) over all ordered k-tuples of distinct elements.
 *
 * Law: f(P x) = f(x). Order 1 is the mean of phi(x_i); every order is more expressive than the one below. A set of fewer than k elements has no
 * tuples and gives 0.
 *
 * @throws RangeError if the order is not a positive integer or `channels` has fewer than two entries.
 * @remarks Cost and memory O(n^k hidden); the first layer is applied once per element and tuple position. With `samples`, training costs
 * O(samples hidden + samples n) per set, and its expectation is the exact mean. Segments require `largest`, except for order 1.
 * @see Murphy, Srinivasan, Rao, Ribeiro 2019, Janossy Pooling: k-ary dependencies and permutation sampling.
 */
export class JanossyPooling extends Module {
  /** [in, first hidden] for each position of the tuple. */
  readonly places: Parameter[]
  /** [first hidden]. */
  readonly bias: Parameter
  /** From the first hidden layer to the result; undefined without hidden layers. */
  readonly mlp: Mlp | undefined
  readonly #activation: (x: Tensor) => Tensor
  readonly #samples: number | undefined

  constructor({ channels, order = 2, activation: name = 'relu', samples }: JanossyOptions) {
    super()
    const [inChannels, hidden, ...rest] = channels
    if (inChannels === undefined || hidden === undefined) {
      throw new RangeError(`JanossyPooling: expected at least two channels (input and output), received [${channels}].`)
    }
    if (!Number.isInteger(order) || order < 1) throw new RangeError(`JanossyPooling: expected an order of 1 or more, received ${order}.`)
    if (samples !== undefined && (!Number.isInteger(samples) || samples < 1)) {
      throw new RangeError(`JanossyPooling: expected 1 sample or more, received ${samples}.`)
    }
    const initializer = fanInUniform({ fanIn: inChannels * order })
    this.places = Array.from({ length: order }, () => parameter([inChannels, hidden], { initializer }))
    this.bias = parameter([hidden], { initializer })
    this.mlp = rest.length === 0 ? undefined : new Mlp({ channels: [hidden, ...rest], activation: name })
    this.#activation = activation(name)
    this.#samples = samples
  }

  /**
   * @param x - float32 [batch, n, channels[0]], or [elements, channels[0]] if members are segments.
   * @param members - bool [batch, n], true where an element exists, or segments with `largest`.
   * @returns float32 [batch, 1, last of channels], or [sets, last of channels].
   */
  forward(x: Tensor, members?: Members): Tensor {
    const sets = membership(members)
    const clean = sets.keep(x)
    if (this.places.length === 1) return pool(this.#rest(matMul(clean, this.places[0] as Parameter)), 'mean', members)
    if (this.#samples === undefined || !isTraining()) {
      return pool(sets.unpadded(this.#overAllTuples(sets.padded(clean), sets.paddedMask)), 'mean', members)
    }
    const sampled = this.#overSamples(sets.padded(clean), sets.paddedMask, this.#samples)
    return members instanceof Segments ? squeeze(sampled, 1) : sampled
  }

  /** The layers after the sum x_i1 places_1 + ... + x_ik places_k. */
  #rest(sum: Tensor): Tensor {
    const first = add(sum, this.bias)
    return this.mlp === undefined ? first : this.mlp.forward(this.#activation(first))
  }

  /** For each element, the mean over the tuples that start with it. @param x - [batch, n, in]. @returns [batch, n, out]. */
  #overAllTuples(x: Tensor, mask: Tensor | undefined): Tensor {
    const [n, places] = [x.shape[1] as Dimension, this.places.map((_, i) => i + 1)]
    /** Moves the axis of elements, [batch, n, ...], to axis `place`. */
    const along = (place: number, row: Tensor): Tensor =>
      unsqueeze(
        row,
        places.filter((axis) => axis !== place),
      )
    const index = (place: number): Tensor => along(place, unsqueeze(range(n), 0))
    const differ = places.flatMap((a) => places.slice(a).map((b) => not(equal(index(a), index(b)))))
    // Stryker disable next-line MethodExpression: the mask of the first place would change nothing, since tuples that start with a missing element are dropped.
    const exist = mask === undefined ? [] : places.slice(1).map((place) => along(place, mask))
    const tuples = new PaddedSets([...differ, ...exist].reduce(and), places.slice(1))
    const y = this.#rest(this.places.map((weight, i) => along(i + 1, matMul(x, weight))).reduce(add))
    return reshape(pool(y, 'mean', tuples), [...x.shape.slice(0, 2), y.shape.at(-1) as Dimension])
  }

  /**
   * The mean over random tuples. Each element gets a random key; the elements with the largest keys form a uniform random tuple of distinct elements.
   * Missing elements have the smallest keys.
   *
   * @param x - [batch, n, in]. @returns [batch, 1, out].
   */
  #overSamples(x: Tensor, mask: Tensor | undefined, samples: number): Tensor {
    const [batch, n, channels] = x.shape as [Dimension, Dimension, Dimension]
    const order = this.places.length
    const { seed, stream } = randomSource('JanossyPooling')
    const drawn = randomUniform(seed, stream, [batch, samples, n])
    const keys = mask === undefined ? drawn : where(unsqueeze(mask, 1), drawn, -1)
    // Adds `order` missing elements, so that topK always finds enough.
    const { values, indices } = topK(pad(keys, [0, 0, 0, 0, 0, order], { value: -1 }), order)
    const rows = pad(x, [0, 0, 0, 0, order, 0])
    const part = (t: Tensor, place: number): Tensor => slice(t, { axis: 2, start: place, end: place + 1 })
    const at = (place: number): Tensor => gatherElements(rows, expand(part(indices, place), [batch, samples, channels]), 1)
    const y = this.#rest(this.places.map((weight, place) => matMul(at(place), weight)).reduce(add))
    return pool(y, 'mean', greaterOrEqual(squeeze(part(values, order - 1), 2), 0))
  }
}
