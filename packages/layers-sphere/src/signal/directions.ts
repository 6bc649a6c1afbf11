import type { EulerAngles } from '@equivar/groups'
import { driscollHealyGrid, rotationMatrix } from '@equivar/groups'
import { requireBandwidth } from '../checks.ts'

/** The grid of a signal, and a rotation to apply before sampling. */
export interface GridOptions {
  /** The bandwidth b of the grid, which has 2b x 2b samples. */
  readonly bandwidth: number
  /** Rotates the object by R, so that the signal f becomes f o R^-1. The identity by default. */
  readonly rotation?: EulerAngles
}

/**
 * The unit vectors R^-1 x for every point x of the grid, at which a rotated object is sampled.
 *
 * @returns float64 [4 b^2, 3], ordered by beta, then alpha.
 * @throws RangeError if the bandwidth is out of range.
 */
export function gridDirections(where: string, { bandwidth, rotation }: GridOptions): Float64Array {
  const { alpha, beta } = driscollHealyGrid(requireBandwidth(where, 'bandwidth', bandwidth))
  const r = rotation === undefined ? undefined : rotationMatrix(rotation.alpha, rotation.beta, rotation.gamma)
  const directions = new Float64Array(3 * beta.length * alpha.length)
  let at = 0
  for (const polar of beta)
    for (const azimuth of alpha) {
      const x = [Math.sin(polar) * Math.cos(azimuth), Math.sin(polar) * Math.sin(azimuth), Math.cos(polar)] as const
      for (let i = 0; i < 3; i++)
        directions[at++] =
          r === undefined ? (x[i] as number) : (r[i] as number) * x[0] + (r[3 + i] as number) * x[1] + (r[6 + i] as number) * x[2]
    }
  return directions
}

/**
 * Creates a sampler of functions on the unit sphere. The grid points are computed once.
 *
 * @returns a function that takes f(x, y, z) and a rotation R, and returns the samples of f o R^-1, float32 [2b, 2b] (beta, alpha).
 * @throws RangeError if the bandwidth is out of range.
 * @remarks Cost 4 b^2 evaluations of f.
 * @example
 * const sample = sphereSampler(30)
 * const height = sample((x, y, z) => z, { alpha: 1, beta: 2, gamma: 3 })
 */
export function sphereSampler(bandwidth: number): SphereSampler {
  return samplerOf('sphereSampler', bandwidth)
}

/** Samples a function on the unit sphere after an optional rotation: float32 [2b, 2b] (beta, alpha). */
export type SphereSampler = (f: (x: number, y: number, z: number) => number, rotation?: EulerAngles) => Float32Array

/** sphereSampler with the function name `where` in error messages. */
export function samplerOf(where: string, bandwidth: number): SphereSampler {
  const points = gridDirections(where, { bandwidth })
  return (f, rotation) => {
    const r = rotation === undefined ? IDENTITY : rotationMatrix(rotation.alpha, rotation.beta, rotation.gamma)
    const [a = 0, b = 0, c = 0, d = 0, e = 0, g = 0, h = 0, i = 0, j = 0] = r
    return new Float32Array(points.length / 3).map((_, k) => {
      const [x, y, z] = [points[3 * k] as number, points[3 * k + 1] as number, points[3 * k + 2] as number]
      return f(a * x + d * y + h * z, b * x + e * y + i * z, c * x + g * y + j * z)
    })
  }
}

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]

/** @throws RangeError if a list does not have `length` numbers. */
export function requireLength(where: string, what: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) throw new RangeError(`${where}: expected ${what}, ${length} numbers, received ${values.length}.`)
}
