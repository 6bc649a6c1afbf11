import { type Dimension, printShape, ShapeError, sameDimension, type Tensor } from '@equivar/tensor'

/** The largest bandwidth. Its grid has 4 million samples on the sphere. */
const LARGEST_BANDWIDTH = 1024
/** The largest table of polar functions, 128 MiB in a file: 64 degrees at bandwidth 64 on SO(3), 256 degrees on the sphere. */
const LARGEST_TABLE = 2 ** 25

/** Checks a bandwidth or a number of degrees. @throws RangeError if it is not an integer from 1 to 1024. */
export function requireBandwidth(where: string, name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= LARGEST_BANDWIDTH) return value
  throw new RangeError(`${where}: expected ${name} to be an integer from 1 to ${LARGEST_BANDWIDTH}, received ${value}.`)
}

/** @throws RangeError if the table of polar functions for these degrees and this grid is too large. */
export function requireTable(where: string, degrees: number, b: number, orders: 1 | 2): void {
  const numbers = degrees ** (orders + 1) * 2 * b
  if (numbers <= LARGEST_TABLE) return
  throw new RangeError(
    `${where}: expected a table of polar functions of at most ${LARGEST_TABLE} numbers, received ${numbers} for ${degrees} degrees on the grid of bandwidth ${b}. Keep fewer degrees.`,
  )
}

/** Checks a number of channels or outputs. @throws RangeError if it is not a positive integer. */
export function requireCount(where: string, name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new RangeError(`${where}: expected ${name} to be a positive integer, received ${value}.`)
}

/** The bandwidth of an oversampled grid. @throws RangeError if the factor is below 1. */
export function oversampledBandwidth(where: string, b: number, factor: number): number {
  if (!(factor >= 1)) throw new RangeError(`${where}: expected oversampling to be at least 1, received ${factor}.`)
  return requireBandwidth(where, 'the oversampled bandwidth', Math.ceil(factor * b - 1e-9))
}

/** The axes of a signal after batch and channels, by their number: circle, sphere, SO(3). */
const axesOf: Readonly<Record<number, string>> = { 1: '2b', 2: '2b, 2b', 3: '2b, 2b, 2b' }

/**
 * The bandwidth of samples [batch, channels, 2b, ...].
 *
 * @param axes - the number of angles: 1 on the circle, 2 on the sphere, 3 on SO(3).
 * @param known - the required number of channels, and the smallest bandwidth that is accepted; signals may be sampled on finer grids.
 * @throws ShapeError that names the expected shape.
 */
export function bandwidthOf(where: string, x: Tensor, axes: 1 | 2 | 3, known: { channels?: number; bandwidth?: number } = {}): number {
  const [, channels, ...angles] = x.shape
  const size = angles[0]
  const even = typeof size === 'number' && size >= 2 && size % 2 === 0 && angles.every((d) => sameDimension(d, size))
  const b = even ? size / 2 : 0
  const fits =
    x.rank === axes + 2 &&
    even &&
    b >= (known.bandwidth ?? b) &&
    (known.channels === undefined || sameDimension(channels as Dimension, known.channels))
  if (fits) return b
  const wanted = `[batch, ${known.channels ?? 'channels'}, ${axesOf[axes]}]${known.bandwidth === undefined ? '' : `, b at least ${known.bandwidth}`}`
  throw new ShapeError(
    where,
    `samples of shape ${wanted}`,
    printShape(x.shape),
    'Resample the signal, or change the bandwidth or the channels of the layer.',
  )
}

/** The number of degrees of a spectrum [rows, batch, channels]. @throws ShapeError if its rank is not 3, or rows is not `rows(degrees)` for any number of degrees. */
export function degreesOf(where: string, spectrum: Tensor, rows: (degrees: number) => number, what: string): number {
  const [size] = spectrum.shape
  for (let degrees = 1; spectrum.rank === 3 && typeof size === 'number' && rows(degrees) <= size; degrees++)
    if (rows(degrees) === size) return degrees
  throw new ShapeError(where, `a spectrum [${what}, batch, channels]`, printShape(spectrum.shape))
}
