import { BatchNorm, Module } from '@equivar/nn'
import {
  abs,
  add,
  atan,
  concat,
  constant,
  div,
  equal,
  less,
  lessOrEqual,
  mul,
  pad,
  printShape,
  reduceMax,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  ShapeError,
  softmax,
  sub,
  type Tensor,
  where,
} from '@equivar/tensor'
import type { CanonicalCoordinates } from './canonical-coordinates.ts'
import { Convolution } from './convolution.ts'

/** The angle of the vector (x, y), in (-pi, pi]. For the zero vector it is 0, with derivative 0. */
function angleOf(y: Tensor, x: Tensor): Tensor {
  const flat = lessOrEqual(abs(y), abs(x))
  const quotient = (a: Tensor, b: Tensor): Tensor => div(a, where(equal(b, 0), 1, b))
  const onSide = add(atan(quotient(y, x)), where(less(x, 0), where(less(y, 0), constant(-Math.PI), constant(Math.PI)), 0))
  const upright = sub(where(less(y, 0), constant(-Math.PI / 2), constant(Math.PI / 2)), atan(quotient(x, y)))
  return where(flat, onSide, upright)
}

/**
 * Soft argmax: the mean position under softmax weights.
 *
 * Law: shifting the scores by k positions changes the result by k steps, up to step x n x (the weight within k positions of the ends).
 *
 * @param scores - float32 [batch, n].
 * @returns float32 [batch, 1], sum over i of softmax(scores)_i (i - (n - 1) / 2) step; the centre is 0.
 */
export function softArgmax(scores: Tensor, step: number): Tensor {
  const n = scores.shape[1] as number
  const positions = constant(Float64Array.from({ length: n }, (_, i) => (i - (n - 1) / 2) * step))
  return reduceSum(mul(softmax(scores), positions), { axis: 1, keepDims: true })
}

/**
 * Circular soft argmax: the circular mean of the angles -pi + 2 pi i / n under softmax weights.
 *
 * Law: a cyclic shift of the scores by k positions changes the result by exactly 2 pi k / n, modulo 2 pi.
 *
 * @param scores - float32 [batch, n].
 * @returns float32 [batch, 1], in (-pi, pi].
 * @remarks The derivative grows as one over the length of the mean vector, because the zero vector has no angle.
 */
export function circularSoftArgmax(scores: Tensor): Tensor {
  const n = scores.shape[1] as number
  const weights = softmax(scores)
  const mean = (along: (angle: number) => number): Tensor => {
    const values = constant(Float64Array.from({ length: n }, (_, i) => along(-Math.PI + (2 * Math.PI * i) / n)))
    return reduceSum(mul(weights, values), { axis: 1, keepDims: true })
  }
  return angleOf(mean(Math.sin), mean(Math.cos))
}

/** Options of PosePredictor. */
export interface PosePredictorOptions {
  readonly coordinates: CanonicalCoordinates
  readonly inChannels: number
  /** The output channels of each convolution; [16, 16] by default. */
  readonly channels?: readonly number[]
  /** The side of the kernels; odd, 5 by default. */
  readonly kernel?: number
  /** True (the default) for batch norm before each relu. */
  readonly norm?: boolean
  /** How to pool the axis that is not predicted; `max` by default. */
  readonly pool?: 'max' | 'mean'
}

/**
 * Estimates a pose from a canonical image: convolutions with relu, pooling over the other axis, a convolution along the predicted axis, and a soft argmax.
 *
 * Law: shifting the canonical image along u by k positions changes the pose by k steps. Exact (modulo 2 pi) if u is an angle, which is padded cyclically.
 * Otherwise up to the effect of the borders, which are padded with zeros; see softArgmax.
 *
 * For a second parameter, the same holds along v.
 */
export class PosePredictor extends Module {
  readonly layers: Convolution[]
  readonly norms: BatchNorm[]
  /** One convolution per parameter, from channels to scores along its axis. */
  readonly heads: Convolution[]
  readonly #options: Required<Pick<PosePredictorOptions, 'coordinates' | 'inChannels' | 'kernel' | 'pool'>>

  constructor({ coordinates, inChannels, channels = [16, 16], kernel = 5, norm = true, pool = 'max' }: PosePredictorOptions) {
    super()
    if (!Number.isInteger(kernel) || kernel % 2 !== 1) throw new RangeError(`PosePredictor: expected an odd kernel, received ${kernel}.`)
    const sizes = [inChannels, ...channels]
    this.layers = channels.map((outChannels, i) => new Convolution({ dimensions: 2, inChannels: sizes[i] as number, outChannels, kernel }))
    this.norms = norm ? channels.map((size) => new BatchNorm({ channels: size, axis: 1 })) : []
    const head = { dimensions: 1, inChannels: sizes.at(-1) as number, outChannels: 1, kernel, bias: false } as const
    this.heads = Array.from({ length: coordinates.parameters }, () => new Convolution(head))
    this.#options = { coordinates, inChannels, kernel, pool }
  }

  /** Pads the given axes: cyclically for angles, with zeros otherwise. */
  #surround(x: Tensor, axes: readonly ('v' | 'u')[]): Tensor {
    const amount = (this.#options.kernel - 1) / 2
    return axes.reduce((y, name, i) => {
      const sides = y.shape.map((_, at) => (at === i + 2 ? amount : 0))
      return pad(y, [...sides, ...sides], { mode: this.#options.coordinates[name].periodic ? 'wrap' : 'constant' })
    }, x)
  }

  /**
   * The scores of the positions along the axis of each parameter, from which the pose is computed.
   *
   * @param canonical - float32 [batch, in, v, u].
   * @returns float32 [batch, u] and, for a second parameter, [batch, v].
   */
  scores(canonical: Tensor): Tensor[] {
    const { coordinates, inChannels, pool } = this.#options
    const [height, width] = coordinates.size
    const expected = [inChannels, height, width]
    if (canonical.rank !== 4 || expected.some((size, i) => canonical.shape[i + 1] !== size)) {
      throw new ShapeError('PosePredictor.forward', `a canonical image [batch, ${expected.join(', ')}]`, printShape(canonical.shape))
    }
    const features = this.layers.reduce((h, layer, i) => {
      const y = layer.forward(this.#surround(h, ['v', 'u']))
      return relu(this.norms[i]?.forward(y) ?? y)
    }, canonical)
    return this.heads.map((head, parameter) => {
      const profile = (pool === 'max' ? reduceMax : reduceMean)(features, { axis: parameter === 0 ? 2 : 3 })
      const scores = head.forward(this.#surround(profile, [parameter === 0 ? 'u' : 'v']))
      return reshape(scores, [scores.shape[0] as number, scores.shape[2] as number])
    })
  }

  /**
   * @param canonical - float32 [batch, in, v, u].
   * @returns float32 [batch, parameters]: angles in radians; other parameters relative to the centre of their range.
   */
  forward(canonical: Tensor): Tensor {
    const { u, v } = this.#options.coordinates
    const poses = this.scores(canonical).map((scores, i) => {
      const { periodic, step } = i === 0 ? u : v
      return periodic ? circularSoftArgmax(scores) : softArgmax(scores, step)
    })
    return concat(poses, 1)
  }
}
