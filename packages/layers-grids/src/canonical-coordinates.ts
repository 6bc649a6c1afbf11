import { add, concat, constant, cos, exp, mul, neg, printShape, reshape, ShapeError, sin, slice, Tensor, zeros } from '@equivar/tensor'
import { type Arithmetic, type CoordinateSystem, type CoordinateSystemName, coordinateSystem } from './coordinate-systems.ts'

/** Options of CanonicalCoordinates. */
export interface CanonicalCoordinatesOptions {
  /** The transformation that becomes a shift along u, and along v for a second parameter. */
  readonly system: CoordinateSystemName
  /** The number of positions along u, which is the width of the canonical image. */
  readonly u: number
  /** The number of positions along v, which is the height. It must be even for systems with two charts; these are stacked vertically. */
  readonly v: number
  /** The range of u. Not allowed for an angle, whose range is the full circle. */
  readonly uRange?: readonly [number, number]
  /** The range of v. Not allowed for an angle, whose range is the full circle. */
  readonly vRange?: readonly [number, number]
}

const numbers: Arithmetic<number> = { sin: Math.sin, cos: Math.cos, exp: Math.exp, neg: (t) => -t, mul: (a, b) => a * b }
const expressions: Arithmetic<Tensor> = { sin, cos, exp, neg, mul }

/** Points further from the centre than this number of half-widths of the image count as infinite. */
const SINGULAR = 1e6

/** One axis of the grid: cell centres of a range, or equispaced angles that start at -pi. */
export interface GridAxis {
  readonly count: number
  readonly periodic: boolean
  readonly start: number
  readonly step: number
}

function axis(name: 'u' | 'v', count: number, periodic: boolean, [low, high]: readonly [number, number], given: boolean): GridAxis {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`CanonicalCoordinates: expected ${name} to be an integer of at least 1, received ${count}.`)
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high) || (periodic && given)) {
    const expected = periodic
      ? `no ${name}Range, because ${name} is an angle on the full circle`
      : `a range [low, high] with low < high for ${name}`
    throw new RangeError(`CanonicalCoordinates: expected ${expected}, received [${low}, ${high}].`)
  }
  const step = (high - low) / count
  return { count, periodic, start: periodic ? low : low + step / 2, step }
}

/**
 * A grid in coordinates (u, v) of the image plane in which a transformation T_theta is a shift along u, with the maps between both coordinate systems.
 *
 * Law: rho(T_theta p) = rho(p) + theta e_u. `rotationScale` and `translation` have a second parameter, along v. If c(u, v) = x(rho^-1(u, v)) is the canonical
 * image of x, then that of T_theta x is c(u - theta, v). So a layer that commutes with shifts along u is equivariant to T.
 *
 * | system | rho^-1 (u, v) to (x, y) | T_theta (x, y) |
 * |---|---|---|
 * | translation | u, v | x + theta_1, y + theta_2 |
 * | rotation | v cos u, v sin u | by theta counterclockwise |
 * | scale | e^u cos v, e^u sin v | e^theta (x, y) |
 * | rotationScale | as scale | e^theta_1 times the rotation by theta_2 |
 * | shearX | u v, v | x + theta y, y |
 * | scaleX | ±e^u, v | e^theta x, y |
 * | hyperbolic | v e^u, ±v e^-u | e^theta x, e^-theta y |
 * | perspectiveX | 1 / u, tan(v) / u | (x, y) / (theta x + 1) |
 * | pan | tan u, tan(v) / cos u | a camera of focal length 1, rotated by theta about the vertical axis |
 *
 * shearY, scaleY, perspectiveY and tilt are the same with x and y exchanged. x points to the right and y upwards, both from -1 to 1 across the image, and pixels
 * are cells of equal size. An image that is not square is treated as stretched to a square.
 *
 * @throws RangeError for an unknown system, invalid options, or a grid that contains a singular point of the coordinates.
 * @see Tai, Bailis, Valiant 2019, "Equivariant transformer networks", table 1.
 */
export class CanonicalCoordinates {
  readonly name: CoordinateSystemName
  readonly u: GridAxis
  readonly v: GridAxis
  readonly #system: CoordinateSystem

  constructor({ system: name, u, v, uRange, vRange }: CanonicalCoordinatesOptions) {
    const system = coordinateSystem(name)
    const charts = system.charts === 'one' ? 1 : 2
    if (charts === 2 && v % 2 !== 0)
      throw new RangeError(`CanonicalCoordinates: expected an even v for the two charts of ${name}, received ${v}.`)
    this.name = name
    this.#system = system
    this.u = axis('u', u, system.periodic[0], uRange ?? system.uRange, uRange !== undefined)
    this.v = axis('v', v / charts, system.periodic[1], vRange ?? system.vRange, vRange !== undefined)
    const singular = this.points().findIndex((value) => !(Math.abs(value) < SINGULAR))
    if (singular >= 0) {
      throw new RangeError(
        `CanonicalCoordinates: expected ranges in which ${name} has no singular point, received one at position ${singular >> 1}.`,
      )
    }
  }

  /** The number of parameters of the transformation. */
  get parameters(): 1 | 2 {
    return this.#system.parameters
  }

  /** Height and width of the canonical image. */
  get size(): readonly [number, number] {
    return [this.v.count * (this.#system.charts === 'one' ? 1 : 2), this.u.count]
  }

  /** rho: the canonical coordinates of a point of the image plane. */
  toCanonical(x: number, y: number): readonly [number, number] {
    return this.#system.toCanonical(x, y)
  }

  /**
   * rho^-1: the point of the image plane with given canonical coordinates.
   *
   * @param sign - selects the chart, if there are two.
   */
  toImage(u: number, v: number, sign: 1 | -1 = 1): readonly [number, number] {
    return this.#system.toImage(u, v, sign)
  }

  /** The grid points in the image plane: x, y of each position, row-major [height, width, 2]. */
  points(): Float64Array {
    const [height, width] = this.size
    const points = new Float64Array(2 * height * width)
    for (let row = 0; row < height; row++) {
      const first = row < this.v.count
      const v = this.v.start + (row % this.v.count) * this.v.step
      for (let column = 0; column < width; column++) {
        const mirrored = !first && this.#system.charts === 'mirrored'
        const u = this.u.start + column * this.u.step - (mirrored ? 2 * this.u.start + (width - 1) * this.u.step : 0)
        points.set(this.#system.toImage(u, v, first ? 1 : -1), 2 * (row * width + column))
      }
    }
    return points
  }

  /** The matrix of T_theta on (x, y, 1), row-major. `second` is the second parameter, if there is one. */
  matrix(theta: number, second = 0): readonly number[] {
    return this.#system.matrix([theta, second], numbers)
  }

  /**
   * The matrix of T_theta for every example.
   *
   * @param theta - float32 [batch, parameters].
   * @returns float32 [batch, 3, 3].
   */
  matrices(theta: Tensor): Tensor {
    if (theta.rank !== 2 || theta.shape[1] !== this.parameters) {
      throw new ShapeError('CanonicalCoordinates.matrices', `theta of shape [batch, ${this.parameters}]`, printShape(theta.shape))
    }
    const column = (k: number): Tensor => slice(theta, { axis: 1, start: k, end: k + 1 })
    const none = zeros([theta.shape[0] as number, 1])
    const entries = this.#system
      .matrix([column(0), column(this.parameters - 1)], expressions)
      .map((entry) => (entry instanceof Tensor ? entry : add(none, constant(entry))))
    return reshape(concat(entries, 1), [theta.shape[0] as number, 3, 3])
  }
}
