import { Random } from '@equivar/tensor'
import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'
import { float32 } from './values.ts'

/** Options of warpedImages. */
export interface WarpOptions {
  /**
   * The homogeneous 3 x 3 matrix of T_theta, row-major, up to a positive factor. It acts on (x, y, 1), where x points to the right and y upwards, both from -1
   * to 1 across the image, and pixels are cells of equal size.
   */
  readonly matrix: (theta: number) => readonly number[]
  /** The parameter theta of each example is uniform between these two numbers. */
  readonly range: readonly [number, number]
  readonly seed: number
  /** The number of examples made from each image, each with its own parameter; 1 by default. Example i shows image i modulo the number of images. */
  readonly copies?: number
}

/** A data set of transformed images. */
export interface WarpedImages extends ClassDataset {
  /** The parameter of each example. A batch also contains it, as `theta` float32 [batch, 1]. */
  readonly parameters: Float64Array
}

/** The adjugate of a matrix: its inverse times the determinant. For det > 0 it represents the same map in homogeneous coordinates as the inverse. */
function adjugate(m: readonly number[]): readonly number[] {
  const minor = (a: number, b: number, c: number, d: number): number => m[a]! * m[d]! - m[b]! * m[c]!
  return [
    ...[minor(4, 5, 7, 8), -minor(1, 2, 7, 8), minor(1, 2, 4, 5)],
    ...[-minor(3, 5, 6, 8), minor(0, 2, 6, 8), -minor(0, 2, 3, 5)],
    ...[minor(3, 4, 6, 7), -minor(0, 1, 6, 7), minor(0, 1, 3, 4)],
  ]
}

/** Sets every pixel p of `out` to the value of the image at m p: bilinear interpolation, zero outside the image and where the depth is not positive. */
function resample(image: Float32Array, out: Float32Array, [height, width]: readonly [number, number], m: readonly number[]): void {
  const pixel = (row: number, column: number): number =>
    row < 0 || row >= height || column < 0 || column >= width ? 0 : image[row * width + column]!
  for (let i = 0; i < height; i++) {
    const y = 1 - (2 * i + 1) / height
    for (let j = 0; j < width; j++) {
      const x = (2 * j + 1) / width - 1
      const depth = m[6]! * x + m[7]! * y + m[8]!
      if (depth <= 0) continue
      const column = (((m[0]! * x + m[1]! * y + m[2]!) / depth + 1) * width - 1) / 2
      const row = ((1 - (m[3]! * x + m[4]! * y + m[5]!) / depth) * height - 1) / 2
      const [top, left] = [Math.floor(row), Math.floor(column)]
      const [down, right] = [row - top, column - left]
      const upper = (1 - right) * pixel(top, left) + right * pixel(top, left + 1)
      const lower = (1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1)
      out[i * width + j] = (1 - down) * upper + down * lower
    }
  }
}

/**
 * Images transformed by T_theta, with a random parameter for each example: (T_theta x)(p) = x(T_theta^-1 p), with bilinear interpolation, zero outside.
 *
 * A batch has `x`, `target` and `theta` float32 [batch, 1]. Images are computed for each batch; an example is always the same.
 *
 * @param images - `x` float32 [batch, channels, height, width].
 * @throws RangeError if `copies` is not an integer of at least 1, or `range` is not finite with low <= high.
 */
export function warpedImages(images: ClassDataset, { matrix, range, seed, copies = 1 }: WarpOptions): WarpedImages {
  if (!Number.isInteger(copies) || copies < 1)
    throw new RangeError(`warpedImages: expected copies to be an integer of at least 1, received ${copies}.`)
  const [low, high] = range
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high))
    throw new RangeError(`warpedImages: expected a range [low, high] with low <= high, received [${low}, ${high}].`)
  const random = new Random({ seed, stream: 'warps' })
  const parameters = Float64Array.from({ length: copies * images.length }, () => low + (high - low) * random.uniform())
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('warpedImages', indices, parameters.length)
    const given = images.batch(Array.from(indices, (i) => i % images.length))
    const [, channels = 1, height = 0, width = 0] = given.x!.shape
    const pixels = height * width
    const source = given.x!.data as Float32Array
    const x = new Float32Array(source.length)
    const theta = Float32Array.from(indices, (i) => parameters[i]!)
    for (let plane = 0; plane < indices.length * channels; plane++) {
      const inverse = adjugate(matrix(parameters[indices[Math.floor(plane / channels)]!]!))
      const part: [number, number] = [plane * pixels, (plane + 1) * pixels]
      resample(source.subarray(...part), x.subarray(...part), [height, width], inverse)
    }
    return { ...given, x: float32(given.x!.shape, x), theta: float32([indices.length, 1], theta) }
  }
  const labels = Int32Array.from({ length: parameters.length }, (_, i) => images.labels[i % images.length]!)
  return { length: parameters.length, classes: images.classes, labels, parameters, batch }
}

/**
 * Images rotated counterclockwise about their centre, by angles uniform between -pi and pi, with bilinear interpolation, zero outside.
 *
 * This is how rotated MNIST was made. The images differ from those of the original files, whose angles are unknown.
 *
 * @see Larochelle, Erhan, Courville, Bergstra, Bengio 2007, "An empirical evaluation of deep architectures on problems with many factors of variation".
 */
export function rotatedImages(images: ClassDataset, { seed, copies = 1 }: Pick<WarpOptions, 'seed' | 'copies'>): WarpedImages {
  const matrix = (theta: number): number[] => {
    const [cosine, sine] = [Math.cos(theta), Math.sin(theta)]
    return [cosine, -sine, 0, sine, cosine, 0, 0, 0, 1]
  }
  return warpedImages(images, { matrix, range: [-Math.PI, Math.PI], seed, copies })
}
