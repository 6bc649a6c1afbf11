import type { EulerAngles } from '@equivar/groups'
import { demandLength, type GridOptions, gridDirections, samplerOf } from './directions.ts'

/** Numbers of an image by row and column. */
interface Raster {
  readonly values: ArrayLike<number>
  readonly rows: number
  readonly columns: number
}

/** Between the four pixels around a place, whose centres have integer coordinates; `at` says what lies outside. */
function bilinear(row: number, column: number, at: (row: number, column: number) => number): number {
  const [r, c] = [Math.floor(row), Math.floor(column)]
  const [u, v] = [row - r, column - c]
  const above = (1 - v) * at(r, c) + v * at(r, c + 1)
  const below = (1 - v) * at(r + 1, c) + v * at(r + 1, c + 1)
  return (1 - u) * above + u * below
}

/** Settings of projectImage. */
export interface ProjectionOptions extends GridOptions {
  readonly rows: number
  readonly columns: number
  /** Half the width of the image in the plane of the equator, where the northern hemisphere is the unit disc; 3/4 if left out, as published. */
  readonly halfWidth?: number
}

/**
 * An image on the northern hemisphere: seen from the south pole, a point (x, y, z) lies at (x, y) / (1 + z) in the plane of the equator.
 *
 * The image's middle lies at the north pole, its rows run along x and its columns along y; outside, and on the southern hemisphere, the signal is 0.
 * With a rotation it is the turned signal itself that is sampled, f(R^-1 p), not an interpolation of samples.
 *
 * @param image - rows times columns numbers.
 * @returns float32 [2b, 2b] (beta, alpha).
 * @throws RangeError if the sizes do not fit.
 * @remarks The published code fills the southern hemisphere, seen from the north pole (this one mirrored at the equator), interpolates between pixels two
 * apart, and stretches every image to the same range; here it is between neighbours, and values are kept.
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs", section 5.2; jonkhler/s2cnn, generate_s2mnist.py.
 */
export function projectImage(image: ArrayLike<number>, { rotation, ...options }: ProjectionOptions): Float32Array {
  return imageProjector(options)(image, rotation)
}

/**
 * projectImage for many images of one size: what does not depend on the image is computed once.
 *
 * @returns a function of an image and a rotation.
 * @remarks About 0.1 ms an image at bandwidth 30.
 */
export function imageProjector({
  rows,
  columns,
  bandwidth,
  halfWidth = 0.75,
}: Omit<ProjectionOptions, 'rotation'>): (image: ArrayLike<number>, rotation?: EulerAngles) => Float32Array {
  const sample = samplerOf('projectImage', bandwidth)
  return (image, rotation) => {
    demandLength('projectImage', `${rows} x ${columns} pixels`, image, rows * columns)
    const at = (r: number, c: number): number => (r < 0 || c < 0 || r >= rows || c >= columns ? 0 : (image[r * columns + c] as number))
    const place = (coordinate: number, size: number): number => ((coordinate / halfWidth + 1) / 2) * size - 0.5
    return sample((x, y, z) => (z < 0 ? 0 : bilinear(place(x / (1 + z), rows), place(y / (1 + z), columns), at)), rotation)
  }
}

/** Settings of resampleEquirectangular. */
export interface EquirectangularOptions extends GridOptions {
  /** Rings of latitude, evenly spaced, the first one half a step from the north pole. */
  readonly rows: number
  /** Samples around a ring, evenly spaced, going east. */
  readonly columns: number
  /** Azimuth of the first column, radians; 0 if left out. */
  readonly firstAzimuth?: number
  /** Whether the first row is the southernmost. */
  readonly southFirst?: boolean
}

/**
 * An equirectangular map (latitude by longitude) on the grid, by bilinear interpolation.
 *
 * @param map - rows times columns numbers.
 * @returns float32 [2b, 2b] (beta, alpha).
 * @throws RangeError if the sizes do not fit.
 * @remarks Detail finer than the grid aliases: sample at a higher bandwidth, then `resample` to the lower one, which drops it.
 */
export function resampleEquirectangular(map: ArrayLike<number>, options: EquirectangularOptions): Float32Array {
  const { rows, columns, firstAzimuth = 0, southFirst = false } = options
  demandLength('resampleEquirectangular', `a map of ${rows} x ${columns}`, map, rows * columns)
  const directions = gridDirections('resampleEquirectangular', options)
  const raster: Raster = { values: map, rows, columns }
  return Float32Array.from({ length: directions.length / 3 }, (_, i) => {
    const [x = 0, y = 0, z = 0] = directions.subarray(3 * i, 3 * i + 3)
    const ring = (Math.atan2(Math.hypot(x, y), z) / Math.PI) * rows - 0.5
    const around = ((Math.atan2(y, x) - firstAzimuth) / (2 * Math.PI)) * columns
    return bilinear(southFirst ? rows - 1 - ring : ring, around, (r, c) => onMap(raster, r, c))
  })
}

/** The map's number, longitudes going round; beyond a pole the ring that is nearest, half a turn away. */
function onMap({ values, rows, columns }: Raster, row: number, column: number): number {
  const beyond = row < 0 || row >= rows
  const r = Math.min(Math.max(row, 0), rows - 1)
  const c = Math.round(column + (beyond ? columns / 2 : 0))
  return values[r * columns + (((c % columns) + columns) % columns)] as number
}
