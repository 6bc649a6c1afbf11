import type { ReadOptions } from './allowance.ts'
import { decimal } from './decimal.ts'
import { FormatError } from './format-error.ts'
import { gunzipped } from './gzip.ts'
import { TextLines } from './text-lines.ts'

const READER = 'parseRelief'

/** A map of the heights of a planet on a grid of latitudes and longitudes. */
export interface ReliefMap {
  /** The number of latitudes, evenly spaced from south to north. The first is half a step from the pole. */
  readonly rows: number
  /** The number of longitudes, evenly spaced eastwards around the planet. */
  readonly columns: number
  /** The longitude of the first column, in degrees. */
  readonly firstLongitude: number
  /** Metres above sea level, [rows, columns] row-major. */
  readonly heights: Float32Array
}

/** The files of a relief map: text, optionally gzipped. */
export interface ReliefFiles extends ReadOptions {
  /** One line per latitude: heights separated by blanks. The last column may repeat the first. */
  readonly heights: Uint8Array
  /** Degrees, one number per line. */
  readonly latitudes: Uint8Array
  /** Degrees, one number per line. */
  readonly longitudes: Uint8Array
}

function numbersOf(bytes: Uint8Array, file: string, options: ReadOptions): { values: Float64Array; width: number } {
  const lines = new TextLines(READER, file, gunzipped(READER, file, bytes, options))
  const rows: Float64Array[] = []
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const row = Float64Array.from(line.split(/\s+/), decimal)
    if (line === '' && lines.isAtEnd()) break
    if (row.some(Number.isNaN)) throw lines.error('numbers separated by blanks')
    const width = rows[0]?.length ?? row.length
    if (row.length !== width) throw lines.error(`${width} numbers, as in line 1`, `${row.length}`)
    rows.push(row)
  }
  const width = rows[0]?.length
  if (width === undefined) throw lines.error('numbers separated by blanks')
  const values = new Float64Array(rows.length * width)
  rows.forEach((row, i) => {
    values.set(row, i * width)
  })
  return { values, width }
}

/** Whether numbers increase by a constant step. */
const even = (values: Float64Array, step: number): boolean => values.every((v, i) => Math.abs(v - values[0]! - i * step) < 1e-3 * step)

/**
 * Reads a relief map in the format of matplotlib's basemap, such as etopo20.
 *
 * @throws FormatError if a file is malformed, or the grid does not cover the planet in even steps, or a file unpacks to more than `maxBytes`.
 * A grid with rows at the poles is refused: its first latitude is not half a step from the pole.
 */
export function parseRelief({ heights, latitudes, longitudes, ...options }: ReliefFiles): ReliefMap {
  const { values, width } = numbersOf(heights, 'heights', options)
  const lats = numbersOf(latitudes, 'latitudes', options).values
  const lons = numbersOf(longitudes, 'longitudes', options).values
  const rows = lats.length
  const step = (lons.at(-1)! - lons[0]!) / (lons.length - 1)
  const repeats = Math.abs(lons.at(-1)! - lons[0]! - 360) < 1e-3
  const columns = repeats ? lons.length - 1 : lons.length
  const whole =
    even(lats, 180 / rows) && Math.abs(lats[0]! + 90 - 90 / rows) < 1e-2 && even(lons, step) && Math.abs(columns * step - 360) < 1e-2
  if (!whole || width !== lons.length || values.length !== rows * width)
    throw new FormatError({
      reader: READER,
      file: 'heights',
      expected: 'heights of the whole sphere, with latitudes from south to north and longitudes going east, in even steps',
      received: `${values.length / width} rows of ${width} heights, latitudes ${lats[0]} to ${lats.at(-1)}, longitudes ${lons[0]} to ${lons.at(-1)}`,
    })
  const cropped = Float32Array.from({ length: rows * columns }, (_, i) => values[Math.floor(i / columns) * width + (i % columns)]!)
  return { rows, columns, firstLongitude: lons[0]!, heights: cropped }
}

/**
 * The height at a place, interpolated bilinearly between the four nearest grid points.
 *
 * @param latitude - radians, positive in the north.
 * @param longitude - radians, positive in the east.
 */
export function heightAt({ rows, columns, firstLongitude, heights }: ReliefMap, latitude: number, longitude: number): number {
  const row = Math.min(Math.max((latitude / Math.PI + 0.5) * rows - 0.5, 0), rows - 1)
  const around = (longitude / (2 * Math.PI) - firstLongitude / 360) * columns
  const column = around - columns * Math.floor(around / columns)
  const [r, c] = [Math.floor(row), Math.floor(column)]
  const [u, v] = [row - r, column - c]
  const ring = (at: number): number => {
    const start = Math.min(at, rows - 1) * columns
    return (1 - v) * heights[start + (c % columns)]! + v * heights[start + ((c + 1) % columns)]!
  }
  return (1 - u) * ring(r) + u * ring(r + 1)
}
