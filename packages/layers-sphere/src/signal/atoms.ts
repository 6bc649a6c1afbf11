import { type GridOptions, gridDirections, requireLength } from './directions.ts'

/** Options of atomSignals. */
export interface AtomSignalOptions extends GridOptions {
  /** The atomic numbers of the species, one channel each. */
  readonly species: readonly number[]
  /** The radius of the sphere around each atom; by default the smallest distance between two atoms. For a data set, pass the smallest of all molecules. */
  readonly radius?: number
  /** The potential of an atom with charge z_j at distance d, around an atom with charge z_i: z_i z_j / d (`coulomb`, the default) or exp(-d^2 / 2 width^2). */
  readonly potential?: 'coulomb' | 'gaussian'
  /** The width of the Gaussian; by default the radius. */
  readonly width?: number
}

/** The smallest distance between two points [n, 3]; 1 for fewer than two points. */
export function smallestDistance(positions: ArrayLike<number>): number {
  const n = positions.length / 3
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      least = Math.min(
        least,
        Math.hypot(...[0, 1, 2].map((axis) => (positions[3 * i + axis] as number) - (positions[3 * j + axis] as number))),
      )
  return Number.isFinite(least) ? least : 1
}

/**
 * Describes a molecule as seen from each of its atoms: the potential of the other atoms on a sphere around the atom, with one channel per species.
 *
 * U_s(x) = sum over j != i of species s of z_i z_j / |x - p_j|, for x on the sphere around p_i.
 * Law: rotating the molecule rotates every signal, translating it changes nothing, and renumbering the atoms renumbers the signals.
 *
 * @param positions - [atoms, 3].
 * @param charges - the atomic numbers, [atoms].
 * @returns float32 [atoms, species, 2b, 2b] (beta, alpha).
 * @throws RangeError if the sizes are inconsistent, or the radius is not positive.
 * @remarks Distances below 1e-6 radii are replaced by 1e-6 radii.
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs", section 5.4; Rupp et al. 2012 for the Coulomb matrix.
 */
export function atomSignals(positions: ArrayLike<number>, charges: ArrayLike<number>, options: AtomSignalOptions): Float32Array {
  const { species, radius = smallestDistance(positions), potential = 'coulomb', width = radius } = options
  const atoms = charges.length
  requireLength('atomSignals', `positions of ${atoms} atoms`, positions, 3 * atoms)
  if (!(radius > 0))
    throw new RangeError(`atomSignals: expected a positive radius, received ${radius}. Do two atoms have the same position?`)
  const directions = gridDirections('atomSignals', options)
  const size = directions.length / 3
  const signal = new Float32Array(atoms * species.length * size)
  const strength = (i: number, j: number, distance: number): number =>
    potential === 'coulomb'
      ? ((charges[i] as number) * (charges[j] as number)) / Math.max(distance, 1e-6 * radius)
      : Math.exp(-(distance * distance) / (2 * width * width))
  for (let i = 0; i < atoms; i++)
    for (let j = 0; j < atoms; j++) {
      const channel = species.indexOf(charges[j] as number)
      if (i === j || channel < 0) continue
      const [x, y, z] = [0, 1, 2].map((axis) => (positions[3 * i + axis] as number) - (positions[3 * j + axis] as number)) as [
        number,
        number,
        number,
      ]
      const start = (i * species.length + channel) * size
      for (let k = 0; k < size; k++) {
        const u = x + radius * (directions[3 * k] as number)
        const v = y + radius * (directions[3 * k + 1] as number)
        const w = z + radius * (directions[3 * k + 2] as number)
        signal[start + k] = (signal[start + k] as number) + strength(i, j, Math.sqrt(u * u + v * v + w * w))
      }
    }
  return signal
}
