import { Module } from '@equivar/nn'
import { constant, type Dimension, matMul, printShape, reshape, ShapeError, type Tensor } from '@equivar/tensor'
import { bilinearSample, type Outside, pixelCentres, transformPoints } from './bilinear-sampling.ts'
import type { CanonicalCoordinates } from './canonical-coordinates.ts'
import { PosePredictor, type PosePredictorOptions } from './pose-predictor.ts'

/** What a transformer finds. */
export interface Transformed {
  /** The estimated parameters, float32 [batch, parameters]. */
  readonly pose: Tensor
  /** The map from points of the result to points of the original image, float32 [batch, 3, 3]. */
  readonly matrix: Tensor
  /** The original image, resampled once: float32 [batch, channels, height, width]. */
  readonly image: Tensor
}

/** Settings of an EquivariantTransformer. */
export interface EquivariantTransformerOptions extends PosePredictorOptions {
  /** What images are outside; `zero` if left out. */
  readonly outside?: Outside
}

/**
 * Estimates a transformation of an image, and undoes it.
 *
 * The image is warped to canonical coordinates, where the transformation is a shift; a convolutional predictor finds the shift; the image is resampled at
 * T_pose p, that is moved by T_pose^-1.
 *
 * Law: pose(T_theta x) = pose(x) + theta, hence image(T_theta x) = image(x). Exactly for rotations that the image's grid and the canonical grid have (by
 * 90 degrees, where 4 divides u); else up to the interpolation of the image and, for transformations other than rotation, what leaves the ranges.
 *
 * @see Tai, Bailis, Valiant 2019, "Equivariant transformer networks".
 */
export class EquivariantTransformer extends Module {
  readonly predictor: PosePredictor
  readonly #coordinates: CanonicalCoordinates
  readonly #inChannels: number
  readonly #outside: Outside

  constructor(options: EquivariantTransformerOptions) {
    super()
    this.predictor = new PosePredictor(options)
    this.#coordinates = options.coordinates
    this.#inChannels = options.inChannels
    this.#outside = options.outside ?? 'zero'
  }

  #sample(x: Tensor, points: Tensor, through: Tensor | undefined, [height, width]: readonly Dimension[]): Tensor {
    const at = through === undefined ? points : transformPoints(through, points)
    return reshape(bilinearSample(x, at, { outside: this.#outside }), [...x.shape.slice(0, 2), height as Dimension, width as Dimension])
  }

  /**
   * The canonical image.
   *
   * @param through - float32 [batch, 3, 3]: the image is taken as moved by its inverse; as it is if left out.
   * @returns float32 [batch, in, v, u].
   */
  warp(x: Tensor, through?: Tensor): Tensor {
    if (x.rank !== 4 || x.shape[1] !== this.#inChannels) {
      throw new ShapeError('EquivariantTransformer.forward', `x of shape [batch, ${this.#inChannels}, height, width]`, printShape(x.shape))
    }
    const { size } = this.#coordinates
    const points = constant(this.#coordinates.points(), [size[0] * size[1], 2])
    return this.#sample(x, points, through, size)
  }

  /**
   * @param x - float32 [batch, in, height, width].
   * @param through - float32 [batch, 3, 3], what earlier transformers found; nothing if left out.
   */
  forward(x: Tensor, through?: Tensor): Transformed {
    const pose = this.predictor.forward(this.warp(x, through))
    const own = this.#coordinates.matrices(pose)
    const matrix = through === undefined ? own : matMul(through, own)
    const size = x.shape.slice(2)
    return { pose, matrix, image: this.#sample(x, pixelCentres(...(size as [Dimension, Dimension])), matrix, size) }
  }
}

/** What a sequence of transformers finds. */
export interface TransformedInTurn extends Omit<Transformed, 'pose'> {
  /** One a transformer. */
  readonly poses: readonly Tensor[]
}

/**
 * Transformers in turn, each on what the one before has made of the image.
 *
 * The matrices are multiplied, and only the original image is sampled, by every transformer and for the result: nothing is interpolated twice.
 *
 * @throws RangeError if there is none.
 */
export class TransformerSequence extends Module {
  readonly transformers: readonly EquivariantTransformer[]

  constructor(transformers: readonly EquivariantTransformer[]) {
    super()
    if (transformers.length === 0) throw new RangeError('TransformerSequence: expected at least one transformer, received none.')
    this.transformers = transformers
  }

  /** @param x - float32 [batch, in, height, width]. */
  forward(x: Tensor): TransformedInTurn {
    const found: Transformed[] = []
    for (const transformer of this.transformers) found.push(transformer.forward(x, found.at(-1)?.matrix))
    const { matrix, image } = found.at(-1) as Transformed
    return { poses: found.map(({ pose }) => pose), matrix, image }
  }
}
