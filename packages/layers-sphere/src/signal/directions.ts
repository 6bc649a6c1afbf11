import { driscollHealyGrid, rotationMatrix } from '@equivar/groups'
import { demandBandwidth } from '../checks.ts'
import type { EulerAngles } from '../harmonics/points.ts'

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

/** @throws RangeError if a list has not the length that its sizes say. */
export function demandLength(where: string, what: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) throw new RangeError(`${where}: expected ${length} numbers of ${what}, received ${values.length}.`)
}
