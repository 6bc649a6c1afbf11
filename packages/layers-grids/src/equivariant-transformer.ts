import { Module } from '@equivar/nn'
import { constant, type Dimension, matMul, printShape, reshape, ShapeError, type Tensor } from '@equivar/tensor'
import { bilinearSample, type Outside, pixelCentres, transformPoints } from './bilinear-sampling.ts'
import type { CanonicalCoordinates } from './canonical-coordinates.ts'
import { PosePredictor, type PosePredictorOptions } from './pose-predictor.ts'

/** The result of a transformer. */
export interface TransformerResult {
  /** The estimated parameters, float32 [batch, parameters]. */
  readonly pose: Tensor
  /** The map from points of the resampled image to points of the original image, float32 [batch, 3, 3]. */
  readonly matrix: Tensor
  /** The original image, resampled once: float32 [batch, channels, height, width]. */
  readonly image: Tensor
}

/** Options of EquivariantTransformer. */
export interface EquivariantTransformerOptions extends PosePredictorOptions {
  /** The value of images outside their border; `zero` by default. */
  readonly outside?: Outside
}

/**
 * Estimates the transformation of an image and undoes it.
 *
 * The image is warped to canonical coordinates, where the transformation is a shift. A convolutional predictor estimates the shift. The image is then resampled
 * at T_pose p, which applies T_pose^-1 to it.
 *
 * Law: pose(T_theta x) = pose(x) + theta, hence image(T_theta x) = image(x). Exact for rotations that preserve both the image grid and the canonical grid (by 90
 * degrees, if 4 divides u). Otherwise up to the interpolation of the image and, for transformations other than rotations, up to what leaves the ranges.
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

  #sample(x: Tensor, points: Tensor, earlier: Tensor | undefined, [height, width]: readonly Dimension[]): Tensor {
    const at = earlier === undefined ? points : transformPoints(earlier, points)
    return reshape(bilinearSample(x, at, { outside: this.#outside }), [...x.shape.slice(0, 2), height as Dimension, width as Dimension])
  }

  /**
   * The canonical image.
   *
   * @param earlier - float32 [batch, 3, 3]: the inverse of this map is applied to the image first. The identity by default.
   * @returns float32 [batch, in, v, u].
   */
  warp(x: Tensor, earlier?: Tensor): Tensor {
    if (x.rank !== 4 || x.shape[1] !== this.#inChannels) {
      throw new ShapeError('EquivariantTransformer.forward', `x of shape [batch, ${this.#inChannels}, height, width]`, printShape(x.shape))
    }
    const { size } = this.#coordinates
    const points = constant(this.#coordinates.points(), [size[0] * size[1], 2])
    return this.#sample(x, points, earlier, size)
  }

  /**
   * @param x - float32 [batch, in, height, width].
   * @param earlier - float32 [batch, 3, 3], the `matrix` of the earlier transformers of a sequence. The identity by default.
   */
  forward(x: Tensor, earlier?: Tensor): TransformerResult {
    const pose = this.predictor.forward(this.warp(x, earlier))
    const own = this.#coordinates.matrices(pose)
    const matrix = earlier === undefined ? own : matMul(earlier, own)
    const size = x.shape.slice(2)
    return { pose, matrix, image: this.#sample(x, pixelCentres(...(size as [Dimension, Dimension])), matrix, size) }
  }
}

/** The result of a sequence of transformers. */
export interface TransformerSequenceResult extends Omit<TransformerResult, 'pose'> {
  /** The estimated parameters of each transformer. */
  readonly poses: readonly Tensor[]
}

/**
 * A sequence of transformers, each applied to the result of the previous one.
 *
 * The matrices are multiplied, and every transformer and the final result sample the original image, so nothing is interpolated twice.
 *
 * @throws RangeError if the sequence is empty.
 */
export class TransformerSequence extends Module {
  readonly transformers: readonly EquivariantTransformer[]

  constructor(transformers: readonly EquivariantTransformer[]) {
    super()
    if (transformers.length === 0) throw new RangeError('TransformerSequence: expected at least one transformer, received none.')
    this.transformers = transformers
  }

  /** @param x - float32 [batch, in, height, width]. */
  forward(x: Tensor): TransformerSequenceResult {
    const found: TransformerResult[] = []
    for (const transformer of this.transformers) found.push(transformer.forward(x, found.at(-1)?.matrix))
    const { matrix, image } = found.at(-1) as TransformerResult
    return { poses: found.map(({ pose }) => pose), matrix, image }
  }
}
