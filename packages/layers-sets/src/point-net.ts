import { Linear, Mlp, Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import { add, concat, eyeLike, matMul, mul, reduceSum, reshape, sub, swapAxes, type Tensor } from '@equivar/tensor'
import { type Members, membership } from './members.ts'
import { pool } from './pooling.ts'

/** Options of a SpatialTransform. */
export interface SpatialTransformOptions {
  /** Channels of an element; the transform is a channels x channels matrix. */
  readonly inChannels: number
  /** Channels of the layers before the pooling. */
  readonly local?: readonly number[]
  /** Channels of the hidden layers after the pooling. */
  readonly head?: readonly number[]
}

/**
 * Predicts a matrix for each set: T(x) = I + rho(max phi(x)). The last layer is initialized with zeros, so T starts as the identity.
 *
 * Law: T(P x) = T(x).
 * @throws RangeError if there are no layers before or after the pooling.
 * @see Qi, Su, Mo, Guibas 2017, PointNet, section 4.2 and appendix C.
 */
export class SpatialTransform extends Module {
  readonly local: Mlp
  readonly head: Mlp
  readonly last: Linear
  /** [channels * channels], initialized with the identity. */
  readonly bias: Parameter
  readonly #channels: number

  constructor({ inChannels, local = [64, 128, 1024], head = [512, 256] }: SpatialTransformOptions) {
    super()
    const [pooled, hidden] = [local[local.length - 1], head[head.length - 1]]
    if (pooled === undefined || hidden === undefined) {
      throw new RangeError(`SpatialTransform: expected at least one layer in local and in head, received [${local}] and [${head}].`)
    }
    this.local = normalized([inChannels, ...local])
    this.head = normalized([pooled, ...head])
    this.last = new Linear({ inChannels: hidden, outChannels: inChannels ** 2, bias: false, initializer: zerosOf })
    const identity = Float64Array.from({ length: inChannels ** 2 }, (_, i) => (i % (inChannels + 1) === 0 ? 1 : 0))
    this.bias = parameter([inChannels ** 2], { initializer: () => identity })
    this.#channels = inChannels
  }

  /**
   * @param x - float32 [batch, n, channels], zero where no element exists, or [elements, channels] if members are segments.
   * @param members - bool [batch, n], true where an element exists, or segments.
   * @returns float32 [batch, channels, channels], or [sets, channels, channels].
   */
  forward(x: Tensor, members?: Members): Tensor {
    const sets = membership(members)
    const read = sets.rows(pool(this.local.forward(x, sets.mask), 'max', members))
    const flat = add(this.last.forward(this.head.forward(read)), this.bias)
    return reshape(flat, [sets.howMany(x), this.#channels, this.#channels])
  }
}

/** An MLP with batch norm and relu after each layer. */
const normalized = (channels: readonly number[]): Mlp => new Mlp({ channels, norm: 'batch', finalActivation: true })

/** The squared Frobenius norm ||I - T T^t||^2 of each matrix: 0 if it is orthogonal. @param transforms - [..., k, k]. @returns [...]. */
export function orthogonalityPenalty(transforms: Tensor): Tensor {
  const k = transforms.shape.at(-1) as number
  const error = sub(eyeLike(k), matMul(transforms, swapAxes(transforms, -1, -2)))
  return reduceSum(mul(error, error), { axis: [-2, -1] })
}

/** Options of a PointNet. The default sizes are the published ones. */
export interface PointNetOptions {
  readonly inChannels?: number
  readonly outputs: number
  /** Channels of the layers between the two transforms. */
  readonly local?: readonly number[]
  /** Channels of the layers between the feature transform and the pooling. */
  readonly global?: readonly number[]
  /** Channels of the hidden layers after the pooling. */
  readonly head?: readonly number[]
  /** Sizes of both transforms; `false` for none. */
  readonly transforms?: Omit<SpatialTransformOptions, 'inChannels'> | false
  /** Dropout rate in the head. */
  readonly dropout?: number
  /** Whether to give outputs per element, from its features concatenated with those of the set. */
  readonly segmentation?: boolean
}

/**
 * PointNet: input transform, layers on each element, feature transform, layers on each element, max pooling, MLP.
 *
 * Law: f(P x) = f(x); with `segmentation` f(P x) = P f(x).
 *
 * Published sizes: transforms 3 x 3 and 64 x 64, layers 64, 64 | 64, 128, 1024, head 512, 256 with dropout 0.3, 3.5 million parameters. The published
 * loss adds 0.001 times `regularizer`; the authors' code halves it and sums it over the batch. The head for segmentation is 512, 256, 128, 128.
 *
 * @remarks Cost O(n) applications of the layers. Segments require `largest`, unless `transforms` is false.
 * @see Qi, Su, Mo, Guibas 2017, PointNet: Deep Learning on Point Sets for 3D Classification and Segmentation.
 */
export class PointNet extends Module {
  readonly inputTransform: SpatialTransform | undefined
  readonly local: Mlp
  readonly featureTransform: SpatialTransform | undefined
  readonly global: Mlp
  readonly head: Mlp
  readonly #segmentation: boolean

  constructor(options: PointNetOptions) {
    super()
    const { inChannels = 3, outputs, local = [64, 64], global = [64, 128, 1024], transforms = {}, segmentation = false } = options
    const { head = segmentation ? [512, 256, 128, 128] : [512, 256], dropout = segmentation ? 0 : 0.3 } = options
    const [features, pooled] = [local[local.length - 1], global[global.length - 1]]
    if (features === undefined || pooled === undefined) {
      throw new RangeError(`PointNet: expected at least one layer in local and in global, received [${local}] and [${global}].`)
    }
    const transform = (channels: number): SpatialTransform | undefined =>
      transforms === false ? undefined : new SpatialTransform({ ...transforms, inChannels: channels })
    this.inputTransform = transform(inChannels)
    this.local = normalized([inChannels, ...local])
    this.featureTransform = transform(features)
    this.global = normalized([features, ...global])
    this.head = new Mlp({ channels: [segmentation ? features + pooled : pooled, ...head, outputs], norm: 'batch', dropout })
    this.#segmentation = segmentation
  }

  /**
   * @param x - float32 [batch, n, inChannels], or [elements, inChannels] if members are segments.
   * @param members - bool [batch, n], true where an element exists, or segments with `largest`.
   * @returns float32 [batch, outputs], or [sets, outputs]; with `segmentation` as x, with `outputs` channels, zero where no element exists.
   */
  forward(x: Tensor, members?: Members): Tensor {
    const sets = membership(members)
    const { features } = this.#transformed(x, members)
    const whole = pool(this.global.forward(features, sets.mask), 'max', members)
    if (!this.#segmentation) return this.head.forward(sets.rows(whole))
    return sets.keep(this.head.forward(concat([features, sets.spreadLike(whole, features)], -1), sets.mask))
  }

  /**
   * ||I - T T^t||^2 of the feature transform. Add it to the loss with a small weight. In one Program with `forward`, T is computed only once.
   *
   * @returns float32 [batch], or [sets].
   * @throws RangeError if there are no transforms.
   */
  regularizer(x: Tensor, members?: Members): Tensor {
    const { transform } = this.#transformed(x, members)
    if (transform === undefined) throw new RangeError('PointNet.regularizer: expected a feature transform, received transforms: false.')
    return orthogonalityPenalty(transform)
  }

  /** Features of each element after the feature transform, and that transform. */
  #transformed(x: Tensor, members: Members | undefined): { features: Tensor; transform: Tensor | undefined } {
    const sets = membership(members)
    const apply = (h: Tensor, matrices: Tensor | undefined): Tensor =>
      matrices === undefined ? h : sets.unpadded(matMul(sets.padded(h), matrices))
    const clean = sets.keep(x)
    const local = this.local.forward(apply(clean, this.inputTransform?.forward(clean, members)), sets.mask)
    const transform = this.featureTransform?.forward(local, members)
    return { features: apply(local, transform), transform }
  }
}
