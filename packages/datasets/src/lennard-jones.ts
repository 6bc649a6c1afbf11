import { Random } from '@equivar/tensor'
import type { Frames } from './frames.ts'

/** Options of lennardJonesFrames. */
export interface LennardJonesOptions {
  /** The number of frames. */
  readonly count: number
  /** The number of atoms; 13 by default. */
  readonly atoms?: number
  /** In units of the depth of the potential; 0.15 by default, where a cluster of 13 atoms stays together. */
  readonly temperature?: number
  readonly seed: number | bigint
}

/** The potential of argon: depth in kcal/mol, and the distance in angstrom at which it is 0. */
const [DEPTH, DIAMETER] = [0.238, 3.4]
const ARGON = 18
/** The step and the friction of the dynamics, in reduced units, and the steps between two frames. */
const [STEP, FRICTION, SAMPLING] = [0.005, 1, 40]

/**
 * The energy of atoms by the Lennard-Jones potential in reduced units, 4 (r^-12 - r^-6) for each pair, and the forces on them.
 *
 * @param forces - overwritten, [atoms, 3].
 * @returns the energy.
 */
function lennardJones(x: Float64Array, forces: Float64Array): number {
  forces.fill(0)
  let energy = 0
  for (let i = 3; i < x.length; i += 3)
    for (let j = 0; j < i; j += 3) {
      const [dx, dy, dz] = [x[i]! - x[j]!, x[i + 1]! - x[j + 1]!, x[i + 2]! - x[j + 2]!]
      const square = dx * dx + dy * dy + dz * dz
      const sixth = 1 / square ** 3
      energy += 4 * (sixth * sixth - sixth)
      const factor = (24 * (2 * sixth * sixth - sixth)) / square
      forces[i]! += factor * dx
      forces[i + 1]! += factor * dy
      forces[i + 2]! += factor * dz
      forces[j]! -= factor * dx
      forces[j + 1]! -= factor * dy
      forces[j + 2]! -= factor * dz
    }
  return energy
}

/** A cluster at rest: atoms at random places, moved along their forces by short steps. */
function relaxed(random: Random, atoms: number): Float64Array {
  const side = Math.cbrt(atoms)
  const [x, forces] = [Float64Array.from({ length: 3 * atoms }, () => side * random.uniform()), new Float64Array(3 * atoms)]
  for (let step = 0; step < 5000; step++) {
    lennardJones(x, forces)
    const largest = forces.reduce((most, force) => Math.max(most, Math.abs(force)), 1)
    for (let c = 0; c < x.length; c++) x[c]! += (0.01 * forces[c]!) / largest
  }
  return x
}

/** One step of Langevin dynamics for unit masses, in the order of Leimkuhler and Matthews: kick, drift, friction, drift, kick. */
function advance(
  x: Float64Array,
  v: Float64Array,
  forces: Float64Array,
  { random, temperature }: { random: Random; temperature: number },
): void {
  const keep = Math.exp(-FRICTION * STEP)
  const noise = Math.sqrt(temperature * (1 - keep * keep))
  for (let c = 0; c < x.length; c++) {
    v[c]! += (STEP / 2) * forces[c]!
    x[c]! += (STEP / 2) * v[c]!
    v[c] = keep * v[c]! + noise * random.normal()
    x[c]! += (STEP / 2) * v[c]!
  }
  lennardJones(x, forces)
  for (let c = 0; c < x.length; c++) v[c]! += (STEP / 2) * forces[c]!
}

/** Removes the motion of the whole cluster. */
function centre(x: Float64Array): void {
  const atoms = x.length / 3
  for (let axis = 0; axis < 3; axis++) {
    let sum = 0
    for (let c = axis; c < x.length; c += 3) sum += x[c]!
    for (let c = axis; c < x.length; c += 3) x[c]! -= sum / atoms
  }
}

/**
 * Frames of a cluster of argon atoms in thermal motion, with energies in kcal/mol, positions in angstrom and forces in kcal/mol/angstrom, by the Lennard-Jones
 * potential: what a network of energies and forces can be tried on without data.
 *
 * @throws RangeError if a number is out of range.
 * @remarks A thousand frames of 13 atoms take about half a second.
 * @see Leimkuhler, Matthews 2013, "Rational construction of stochastic numerical methods for molecular sampling".
 */
export function lennardJonesFrames({ count, atoms = 13, temperature = 0.15, seed }: LennardJonesOptions): Frames {
  for (const [name, value, least] of [
    ['count', count, 1],
    ['atoms', atoms, 2],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`lennardJonesFrames: expected ${name} to be an integer of at least ${least}, received ${value}.`)
  if (!(temperature > 0 && temperature < 1))
    throw new RangeError(`lennardJonesFrames: expected a temperature between 0 and 1, received ${temperature}.`)
  const random = new Random({ seed, stream: 'cluster' })
  const [x, v, force] = [relaxed(random, atoms), new Float64Array(3 * atoms), new Float64Array(3 * atoms)]
  const [positions, energies, forces] = [new Float64Array(3 * atoms * count), new Float64Array(count), new Float64Array(3 * atoms * count)]
  lennardJones(x, force)
  for (let frame = -50; frame < count; frame++) {
    for (let step = 0; step < SAMPLING; step++) advance(x, v, force, { random, temperature })
    if (frame < 0) continue
    centre(x)
    energies[frame] = DEPTH * lennardJones(x, force)
    positions.set(
      x.map((value) => DIAMETER * value),
      3 * atoms * frame,
    )
    forces.set(
      force.map((value) => (DEPTH / DIAMETER) * value),
      3 * atoms * frame,
    )
  }
  return { atomicNumbers: new Int32Array(atoms).fill(ARGON), length: count, positions, energies, forces }
}
