import { type Atoms, massesOf } from './atoms.ts'
import { kineticEnergy, type Start } from './dynamics.ts'
import { BOLTZMANN } from './units.ts'

/** Uniform numbers in [0, 1), the same for the same seed. @see Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"; of 32 bits here. */
function uniforms(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32
  }
}

/**
 * Velocities at a temperature, in angstrom/fs: normal, of variance 1 / mass, without motion of the whole, then scaled so that the kinetic energy is (3 atoms - 3) / 2
 * times Boltzmann's constant times the temperature.
 *
 * @param temperature - in K. @param masses - in dalton.
 */
function thermalVelocities(masses: Float64Array, temperature: number, seed: number): Float64Array {
  const uniform = uniforms(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const velocities = Float64Array.from({ length: 3 * masses.length }, (_, c) => normal() / Math.sqrt(masses[Math.floor(c / 3)]!))
  const mass = masses.reduce((sum, m) => sum + m, 0)
  const drift = totalMomentum(masses, velocities).map((p) => p / mass)
  velocities.forEach((v, c) => {
    velocities[c] = v - drift[c % 3]!
  })
  const wanted = (3 / 2) * (masses.length - 1) * BOLTZMANN * temperature
  const now = kineticEnergy(masses, velocities)
  return velocities.map((v) => (now === 0 ? 0 : v * Math.sqrt(wanted / now)))
}

/** Atoms that begin to move at a temperature in K, with time steps in fs. */
export function thermalStart(
  atoms: Atoms,
  { temperature, step, seed }: { readonly temperature: number; readonly step: number; readonly seed: number },
): Start {
  const masses = massesOf(atoms)
  return { masses, positions: atoms.positions, velocities: thermalVelocities(masses, temperature, seed), step }
}

/** The sum of m v, in dalton angstrom/fs. */
export function totalMomentum(masses: ArrayLike<number>, velocities: Float64Array): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0]
  velocities.forEach((v, c) => {
    sum[c % 3]! += masses[Math.floor(c / 3)]! * v
  })
  return sum
}

/** The sum of m x cross v about the origin, in dalton angstrom^2/fs. */
export function angularMomentum(masses: ArrayLike<number>, positions: Float64Array, velocities: Float64Array): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0]
  positions.forEach((_, c) => {
    const [atom, axis] = [Math.floor(c / 3), c % 3]
    const [a, b] = [3 * atom + ((axis + 1) % 3), 3 * atom + ((axis + 2) % 3)]
    sum[axis]! += masses[atom]! * (positions[a]! * velocities[b]! - positions[b]! * velocities[a]!)
  })
  return sum
}
