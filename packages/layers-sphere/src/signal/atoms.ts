import { demandLength, type GridOptions, gridDirections } from './directions.ts'

/** Settings of atomSignals. */
export interface AtomSignalOptions extends GridOptions {
  /** Charges of the species, one channel each. */
  readonly species: readonly number[]
  /** Radius of the sphere around each atom; the smallest distance between two atoms if left out, which is to be taken over a whole data set. */
  readonly radius?: number
  /** What an atom of charge z_j adds at a distance d to the channel of its species, around an atom of charge z_i: z_i z_j / d, or exp(-d^2 / 2 width^2). Coulomb if left out. */
  readonly potential?: 'coulomb' | 'gaussian'
  /** Width of the Gaussian; the radius if left out. */
  readonly width?: number
}

/** The smallest distance between two of the points [n, 3]; 1 for fewer than two. */
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
 * A molecule as seen from each of its atoms: potentials on a sphere around the atom, a channel for each species of the other atoms.
 *
 * U_s(x) = sum over j != i of species s of z_i z_j / |x - p_j|, x on the sphere around p_i. Law: turning the molecule turns every signal;
 * moving it changes nothing; renumbering atoms renumbers signals.
 *
 * @param positions - [atoms, 3]. @param charges - [atoms].
 * @returns float32 [atoms, species, 2b, 2b] (beta, alpha).
 * @throws RangeError if the sizes do not fit, or the radius is not positive.
 * @remarks Distances below 1e-6 radii count as that.
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs", section 5.4; Rupp et al. 2012 for the Coulomb matrix.
 */
export function atomSignals(positions: ArrayLike<number>, charges: ArrayLike<number>, options: AtomSignalOptions): Float32Array {
  const { species, radius = smallestDistance(positions), potential = 'coulomb', width = radius } = options
  const atoms = charges.length
  demandLength('atomSignals', `positions of ${atoms} atoms`, positions, 3 * atoms)
  if (!(radius > 0)) throw new RangeError(`atomSignals: expected a positive radius, received ${radius}. Do two atoms share a place?`)
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
