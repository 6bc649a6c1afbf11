import { ACCELERATION } from './units.ts'

/** Energy in kcal/mol, and the force on each atom in kcal/mol/angstrom, [atoms, 3]. */
export interface EnergyAndForces {
  readonly energy: number
  readonly forces: ArrayLike<number>
}

/** What pulls atoms at places in angstrom, [atoms, 3]. */
export type ForceField = (positions: Float64Array) => Promise<EnergyAndForces>

/** Moving atoms. The arrays are those of the simulation, which changes them with its next step. */
export interface Snapshot {
  /** In fs. */
  readonly time: number
  /** [atoms, 3], in angstrom. */
  readonly positions: Float64Array
  /** [atoms, 3], in angstrom/fs. */
  readonly velocities: Float64Array
  /** In kcal/mol. */
  readonly potential: number
  /** In kcal/mol. */
  readonly kinetic: number
}

/** Where a simulation starts, and its time step. */
export interface Start {
  /** In dalton. */
  readonly masses: ArrayLike<number>
  /** [atoms, 3], in angstrom. */
  readonly positions: ArrayLike<number>
  /** [atoms, 3], in angstrom/fs. */
  readonly velocities: ArrayLike<number>
  /** In fs. */
  readonly step: number
}

/** The energy of motion in kcal/mol. @param velocities - in angstrom/fs. */
export function kineticEnergy(masses: ArrayLike<number>, velocities: Float64Array): number {
  return velocities.reduce((sum, v, c) => sum + 0.5 * masses[Math.floor(c / 3)]! * v * v, 0) / ACCELERATION
}

/**
 * The motion of atoms by velocity Verlet, from the start on, a snapshot a step, for as long as somebody asks for the next.
 *
 * Law: it can be run backwards, and keeps volumes in phase space, so the total energy oscillates and does not drift. For vibrations of angular frequencies up to w,
 * it stays within (step w)^2 / 4 times their energy, so half the step is a quarter of the error. Momentum and angular momentum are kept exactly as far as forces
 * and torques add up to 0.
 *
 * @throws Error if the energy is no longer a finite number: the atoms have flown apart.
 * @see Swope et al. 1982; Hairer, Lubich, Wanner 2003, "Geometric numerical integration illustrated by the Stoermer-Verlet method".
 */
export async function* velocityVerlet(field: ForceField, { masses, step, ...start }: Start): AsyncGenerator<Snapshot, never> {
  const [positions, velocities] = [Float64Array.from(start.positions), Float64Array.from(start.velocities)]
  let { energy, forces } = await field(positions)
  const kick = (): void => {
    for (let c = 0; c < velocities.length; c++) velocities[c]! += ((step / 2) * ACCELERATION * forces[c]!) / masses[Math.floor(c / 3)]!
  }
  for (let done = 0; ; done++) {
    if (!Number.isFinite(energy))
      throw new Error(`velocityVerlet: expected finite energies, received ${energy} at step ${done}. Take a shorter step than ${step} fs.`)
    yield { time: done * step, positions, velocities, potential: energy, kinetic: kineticEnergy(masses, velocities) }
    kick()
    for (let c = 0; c < positions.length; c++) positions[c]! += step * velocities[c]!
    ;({ energy, forces } = await field(positions))
    kick()
  }
}
