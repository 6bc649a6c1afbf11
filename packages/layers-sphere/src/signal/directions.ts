import type { EulerAngles } from '@equivar/groups'
import { driscollHealyGrid, rotationMatrix } from '@equivar/groups'
import { demandBandwidth } from '../checks.ts'

/** A grid, and how what is put on it is turned first. */
export interface GridOptions {
  /** Bandwidth b of the grid of 2b times 2b samples. */
  readonly bandwidth: number
  /** Turns the object, so that the signal f becomes f o R^-1; not at all if left out. */
  readonly rotation?: EulerAngles
}

/**
 * The unit vectors at which an object must be looked at: R^-1 x for every point x of the grid.
 *
 * @returns float64 [4 b^2, 3], beta before alpha.
 * @throws RangeError if the bandwidth is out of range.
 */
export function gridDirections(where: string, { bandwidth, rotation }: GridOptions): Float64Array {
  const { alpha, beta } = driscollHealyGrid(demandBandwidth(where, 'bandwidth', bandwidth))
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
 * Samples functions of the unit sphere on a grid, whose points are computed once for all of them.
 *
 * @returns a function of f(x, y, z) and a rotation R, which gives the samples of f o R^-1: float32 [2b, 2b] (beta, alpha).
 * @throws RangeError if the bandwidth is out of range.
 * @remarks Cost 4 b^2 evaluations of f.
 * @example
 * const sample = sphereSampler(30)
 * const height = sample((x, y, z) => z, { alpha: 1, beta: 2, gamma: 3 })
 */
export function sphereSampler(bandwidth: number): SphereSampler {
  return samplerOf('sphereSampler', bandwidth)
}

/** Samples of a function of the unit sphere, turned: float32 [2b, 2b] (beta, alpha). */
export type SphereSampler = (f: (x: number, y: number, z: number) => number, rotation?: EulerAngles) => Float32Array

/** sphereSampler, for a function of that name. */
export function samplerOf(where: string, bandwidth: number): SphereSampler {
  const points = gridDirections(where, { bandwidth })
  return (f, rotation) => {
    const samples = new Float32Array(points.length / 3)
    const r = rotation === undefined ? IDENTITY : rotationMatrix(rotation.alpha, rotation.beta, rotation.gamma)
    const [a = 0, b = 0, c = 0, d = 0, e = 0, g = 0, h = 0, i = 0, j = 0] = r
    for (let k = 0; k < samples.length; k++) {
      const [x, y, z] = [points[3 * k] as number, points[3 * k + 1] as number, points[3 * k + 2] as number]
      samples[k] = f(a * x + d * y + h * z, b * x + e * y + i * z, c * x + g * y + j * z)
    }
    return samples
  }
}

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]

/** @throws RangeError if a list has not the length that its sizes say. */
export function demandLength(where: string, what: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) throw new RangeError(`${where}: expected ${length} numbers of ${what}, received ${values.length}.`)
}
