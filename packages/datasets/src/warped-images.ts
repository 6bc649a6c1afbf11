import { Random } from '@equivar/tensor'
import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'
import { float32 } from './values.ts'

/** How images are transformed. */
export interface WarpOptions {
  /**
   * T_theta, 3 x 3 row by row, on (x, y, 1): x to the right and y upwards, both from -1 to 1 over the image, pixels being cells of equal size; up to a
   * positive factor, which perspective divides out.
   */
  readonly matrix: (theta: number) => readonly number[]
  /** The parameter of an image is uniform between these two. */
  readonly range: readonly [number, number]
  readonly seed: number
  /** How many examples an image gives, each with a parameter of its own; 1 if left out. Example i is of image i modulo their number. */
  readonly copies?: number
}

/** Images that were transformed. */
export interface WarpedImages extends ClassDataset {
  /** The parameter of each example, also `theta` float32 [batch, 1] of a batch. */
  readonly parameters: Float64Array
}

/** The adjugate: the inverse up to the factor det, which homogeneous coordinates do not notice while det > 0. */
function adjugate(m: readonly number[]): readonly number[] {
  const minor = (a: number, b: number, c: number, d: number): number => m[a]! * m[d]! - m[b]! * m[c]!
  return [
    ...[minor(4, 5, 7, 8), -minor(1, 2, 7, 8), minor(1, 2, 4, 5)],
    ...[-minor(3, 5, 6, 8), minor(0, 2, 6, 8), -minor(0, 2, 3, 5)],
    ...[minor(3, 4, 6, 7), -minor(0, 1, 6, 7), minor(0, 1, 3, 4)],
  ]
}

/** Fills `out` with the image at m p for every pixel p, by bilinear interpolation, zero outside and behind the plane at infinity. */
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
 * Images, each transformed by T_theta with a random parameter of its own: (T_theta x)(p) = x(T_theta^-1 p), bilinear, zero outside.
 *
 * Images are made when they are asked for, the same ones every time. A batch has `x`, `target` and `theta` float32 [batch, 1].
 *
 * @param images - `x` float32 [batch, channels, height, width].
 * @throws RangeError if `copies` is not a whole number of 1 or more, or the range is not one.
 */
export function warpedImages(images: ClassDataset, { matrix, range, seed, copies = 1 }: WarpOptions): WarpedImages {
  if (!Number.isInteger(copies) || copies < 1) throw new RangeError(`warpedImages: expected copies of 1 or more, received ${copies}.`)
  const [low, high] = range
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high))
    throw new RangeError(`warpedImages: expected a range from low to high, received [${low}, ${high}].`)
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
 * Images turned by uniform angles between -pi and pi, counterclockwise about the centre, bilinear, zero outside.
 *
 * So rotated MNIST was made; the images are generated and not those of the original files, whose angles are not known.
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

/** (x - mean) / deviation, with the mean and the deviation of all values of some examples: those of `of`, or the first 2,000 of the images. */
export function standardized<Images extends ClassDataset>(images: Images, of: ClassDataset = images): Images {
  const values = of.batch(Uint32Array.from({ length: Math.min(of.length, 2000) }, (_, i) => i)).x!.data as Float32Array
  const mean = values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length)
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, values.length)
  const scale = 1 / Math.max(Math.sqrt(variance), 1e-12)
  const batch = (indices: ArrayLike<number>): Batch => {
    const { x, ...further } = images.batch(indices)
    return {
      ...further,
      x: float32(
        x!.shape,
        (x!.data as Float32Array).map((v) => (v - mean) * scale),
      ),
    }
  }
  return { ...images, batch }
}
