import { type GridOptions, gridDirections, requireLength } from './directions.ts'
import { bilinear } from './images.ts'

/** A map, row-major. */
interface Raster {
  readonly values: ArrayLike<number>
  readonly rows: number
  readonly columns: number
}

/** Options of resampleEquirectangular. */
export interface EquirectangularOptions extends GridOptions {
  /** The number of latitudes, evenly spaced; `rings` says where the first and the last are. */
  readonly rows: number
  /** The number of longitudes, evenly spaced, going east. */
  readonly columns: number
  /** The azimuth of the first column, in radians; 0 by default. */
  readonly firstAzimuth?: number
  /** True if the first row is the southernmost; false by default. */
  readonly southFirst?: boolean
  /**
   * Where the rows are: `between poles` (the default), row r at the polar angle pi (r + 1/2) / rows, the first half a step from a pole; `pole to pole`, row r at
   * pi r / (rows - 1), the first and the last on the poles, as in maps of weather and climate. The wrong one moves a map by up to half a row.
   */
  readonly rings?: 'between poles' | 'pole to pole'
}

/**
 * Resamples an equirectangular map (latitude x longitude) on the grid.
 *
 * Two kinds of maps are common: with rows between the poles, which are interpolated bilinearly, and with a row on each pole, which are interpolated by
 * polynomials of degree 5. Say which by `rings`.
 *
 * @param map - rows x columns numbers, row-major.
 * @returns float32 [2b, 2b] (beta, alpha).
 * @throws RangeError if the sizes are inconsistent; if `rings` is not given and the first or last row of a map that varies is constant, as a row on a pole is.
 * @remarks Details finer than the grid alias. To remove them, sample at a higher bandwidth and `resample` to the lower one.
 */
export function resampleEquirectangular(map: ArrayLike<number>, options: EquirectangularOptions): Float32Array {
  const { rows, columns, firstAzimuth = 0, southFirst = false, rings = 'between poles' } = options
  requireLength('resampleEquirectangular', `a map of ${rows} x ${columns}`, map, rows * columns)
  requireRings(map, options)
  const toPoles = rings === 'pole to pole'
  const directions = gridDirections('resampleEquirectangular', options)
  const raster: Raster = { values: map, rows, columns }
  return Float32Array.from({ length: directions.length / 3 }, (_, i) => {
    const [x = 0, y = 0, z = 0] = directions.subarray(3 * i, 3 * i + 3)
    const polar = Math.atan2(Math.hypot(x, y), z) / Math.PI
    const ring = toPoles ? polar * (rows - 1) : polar * rows - 0.5
    const around = ((Math.atan2(y, x) - firstAzimuth) / (2 * Math.PI)) * columns
    const row = southFirst ? rows - 1 - ring : ring
    return toPoles ? smooth(raster, row, around) : bilinear(row, around, (r, c) => onMap(raster, r, c))
  })
}

/** Whether a row of the map has one value everywhere. */
function isConstant(map: ArrayLike<number>, row: number, columns: number): boolean {
  for (let c = 1; c < columns; c++) if (map[row * columns + c] !== map[row * columns]) return false
  return true
}

/** A row on a pole is one point, so it is constant; a row between the poles hardly ever is, unless the map depends on latitude only. */
function requireRings(map: ArrayLike<number>, { rows, columns, rings }: EquirectangularOptions): void {
  const words = "Choose rings: 'pole to pole' for a map with a row on each pole, 'between poles' for any other."
  if (rings === 'pole to pole' && rows < 2)
    throw new RangeError(`resampleEquirectangular: expected at least 2 rows from pole to pole, received ${rows}. ${words}`)
  if (rings !== undefined || rows < 2 || columns < 2 || isConstant(map, 0, rows * columns)) return
  const odd = [0, rows - 1].find((row) => isConstant(map, row, columns))
  if (odd !== undefined)
    throw new RangeError(`resampleEquirectangular: expected rows between the poles, received one value all along row ${odd}. ${words}`)
}

/** The weights of the values at -2, -1, 0, 1, 2, 3 in the polynomial through them, at t from 0 to 1. */
function sixWeights(t: number): number[] {
  const nodes = [-2, -1, 0, 1, 2, 3]
  return nodes.map((k) => nodes.reduce((product, m) => (m === k ? product : (product * (t - m)) / (k - m)), 1))
}

/**
 * A value between the rows and columns of a map from pole to pole, by polynomials through six rows and six columns. Beyond a pole a meridian continues on the
 * opposite one.
 */
function smooth({ values, rows, columns }: Raster, row: number, column: number): number {
  const around = 2 * (rows - 1)
  const alongRow = (r: number, at: number): number => {
    const first = Math.floor(at)
    return sixWeights(at - first).reduce(
      (sum, weight, k) => sum + weight * (values[r * columns + modulo(first + k - 2, columns)] as number),
      0,
    )
  }
  const above = Math.floor(row)
  return sixWeights(row - above).reduce((sum, weight, k) => {
    const r = modulo(above + k - 2, around)
    return sum + weight * (r < rows ? alongRow(r, column) : alongRow(around - r, column + columns / 2))
  }, 0)
}

const modulo = (n: number, size: number): number => ((n % size) + size) % size

/** A value of the map, periodic in longitude. Beyond a pole it continues on the opposite meridian. */
function onMap({ values, rows, columns }: Raster, row: number, column: number): number {
  const beyond = row < 0 || row >= rows
  const r = Math.min(Math.max(row, 0), rows - 1)
  const c = Math.round(column + (beyond ? columns / 2 : 0))
  return values[r * columns + (((c % columns) + columns) % columns)] as number
}
