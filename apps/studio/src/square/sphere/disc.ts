import { negative, positive } from '../colours.ts'
import { directionAt } from './rotation.ts'
import { FINE } from './sphere.ts'

/** Pixels on a side of the disc as which a sphere is seen. */
export const PIXELS = 160
/** A second signal is shown as dots of this many pixels, this far apart. */
const DOT = 5
const APART = 10

const SIDE = 2 * FINE

/** For each pixel of the disc, where it reads the samples: four places with a weight each. */
interface Readings {
  readonly places: Int32Array
  readonly weights: Float32Array
}

let known: Readings | undefined

function readings(): Readings {
  if (known !== undefined) return known
  const places = new Int32Array(4 * PIXELS ** 2).fill(-1)
  const weights = new Float32Array(4 * PIXELS ** 2)
  for (let at = 0; at < PIXELS ** 2; at++) {
    const [x, y] = [(2 * (at % PIXELS) + 1) / PIXELS - 1, (2 * Math.floor(at / PIXELS) + 1) / PIXELS - 1]
    if (Math.hypot(x, y) > 1) continue
    const [px, py, pz] = directionAt({ x, y }) as unknown as [number, number, number]
    // The grid has polar angles pi (2 j + 1) / 2 SIDE and azimuths 2 pi k / SIDE.
    const row = Math.max(0, Math.min(SIDE - 1, (SIDE * Math.acos(Math.max(-1, Math.min(1, pz)))) / Math.PI - 0.5))
    const column = (((Math.atan2(py, px) * SIDE) / (2 * Math.PI)) % SIDE) + SIDE
    const [top, left] = [Math.min(SIDE - 2, Math.floor(row)), Math.floor(column)]
    const [down, right] = [row - top, column - left]
    places.set(
      [0, 1].flatMap((r) => [0, 1].map((c) => (top + r) * SIDE + ((left + c) % SIDE))),
      4 * at,
    )
    weights.set([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right], 4 * at)
  }
  known = { places, weights }
  return known
}

/** The disc in colours: a signal given by samples on the fine grid, and perhaps a second one as dots on it. */
export function discImage(first: Float64Array, second: Float64Array = first): Uint8ClampedArray<ArrayBuffer> {
  const { places, weights } = readings()
  const colours = new Uint8ClampedArray(4 * PIXELS ** 2)
  for (let at = 0; at < PIXELS ** 2; at++) {
    if (places[4 * at] === -1) continue
    const inDot = (at % PIXELS) % APART < DOT && Math.floor(at / PIXELS) % APART < DOT
    const samples = inDot ? second : first
    let value = 0
    for (let k = 4 * at; k < 4 * at + 4; k++) value += weights[k]! * samples[places[k]!]!
    colours.set(value < 0 ? negative : positive, 4 * at)
    colours[4 * at + 3] = 255 * Math.min(1, Math.abs(value))
  }
  return colours
}
