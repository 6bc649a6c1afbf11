import { Random } from '@equivar/tensor'

/** Particles that repel or attract each other by their charges: a state of a system. */
export interface Particles {
  /** The charge of each particle. */
  readonly charges: ArrayLike<number>
  /** [particles, 3], row-major. */
  readonly positions: ArrayLike<number>
  /** [particles, 3], row-major. */
  readonly velocities: ArrayLike<number>
}

/** A run of the benchmark: a state, and the positions one unit of time later. */
export interface ParticleRun extends Particles {
  /** [particles, 3], row-major. */
  readonly later: ArrayLike<number>
}

/** The time of a step. */
const STEP = 0.001
/** Steps between two frames. */
const SAMPLING = 100
/** Each component of the force on a particle is bounded by it. */
const LARGEST_FORCE = 100

/** The forces F_i = sum over j of q_i q_j (x_i - x_j) / |x_i - x_j|^3. Those of a pair are opposite, so each pair is visited once. */
function writeForces(charges: ArrayLike<number>, x: Float64Array, forces: Float64Array): void {
  forces.fill(0)
  for (let i = 1; i < charges.length; i++)
    for (let j = 0; j < i; j++) {
      const [a, b] = [3 * i, 3 * j]
      const dx = x[a]! - x[b]!
      const dy = x[a + 1]! - x[b + 1]!
      const dz = x[a + 2]! - x[b + 2]!
      const square = dx * dx + dy * dy + dz * dz
      const factor = (charges[i]! * charges[j]!) / (square * Math.sqrt(square))
      forces[a]! += factor * dx
      forces[a + 1]! += factor * dy
      forces[a + 2]! += factor * dz
      forces[b]! -= factor * dx
      forces[b + 1]! -= factor * dy
      forces[b + 2]! -= factor * dz
    }
}

/** Adds the impulse of a step to the velocities. */
function push(charges: ArrayLike<number>, x: Float64Array, velocities: Float64Array, forces: Float64Array): void {
  writeForces(charges, x, forces)
  for (let c = 0; c < forces.length; c++) velocities[c]! += STEP * Math.max(-LARGEST_FORCE, Math.min(LARGEST_FORCE, forces[c]!))
}

/**
 * Simulates charged particles and gives the states of some frames. Frame k is the state after 100 (k + 1) steps of 0.001; its velocities are those before the
 * force at its positions is added.
 *
 * @param frames - in ascending order.
 * @returns a state for each frame.
 * @see Satorras, Hoogeboom, Welling 2021, "E(n) equivariant graph neural networks", section 5.1, and the simulator of Kipf et al. 2018, without its box.
 */
export function simulateParticles({ charges, positions, velocities }: Particles, frames: readonly number[]): Particles[] {
  const [x, v, forces] = [Float64Array.from(positions), Float64Array.from(velocities), new Float64Array(3 * charges.length)]
  push(charges, x, v, forces)
  let step = 0
  return frames.map((frame) => {
    for (const last = SAMPLING * (frame + 1); step < last; step++) {
      for (let c = 0; c < x.length; c++) x[c]! += STEP * v[c]!
      if (step < last - 1) push(charges, x, v, forces)
    }
    const state = { charges, positions: x.slice(), velocities: v.slice() }
    push(charges, x, v, forces)
    return state
  })
}

/** Options of chargedParticles. */
export interface ChargedParticleOptions {
  /** The number of runs. */
  readonly count: number
  /** The number of particles in each; 5 by default. */
  readonly particles?: number
  readonly seed: number | bigint
}

/** A start of the published recipe: charges 1 or -1, normal positions, and velocities of length 0.5 in random directions. */
function start(random: Random, particles: number): Particles {
  const charges = Float64Array.from({ length: particles }, () => 2 * random.integer(2) - 1)
  const normal = (): Float64Array => Float64Array.from({ length: 3 * particles }, () => random.normal())
  const [positions, velocities] = [normal(), normal()]
  for (let i = 0; i < particles; i++) {
    const own = velocities.subarray(3 * i, 3 * i + 3)
    const norm = Math.hypot(...own)
    for (let c = 0; c < 3; c++) own[c] = (0.5 * own[c]!) / norm
  }
  return { charges, positions, velocities }
}

/**
 * Runs of the benchmark of charged particles, by its published recipe with our own random numbers: the state at frame 30, and the positions at frame 40.
 *
 * @throws RangeError if a number is not an integer of at least 1.
 * @remarks A thousand runs of five particles take less than a second.
 * @see Satorras, Hoogeboom, Welling 2021, "E(n) equivariant graph neural networks", section 5.1.
 */
export function chargedParticles({ count, particles = 5, seed }: ChargedParticleOptions): ParticleRun[] {
  for (const [name, value] of Object.entries({ count, particles }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`chargedParticles: expected ${name} to be an integer of at least 1, received ${value}.`)
  return Array.from({ length: count }, (_, index) => {
    const random = new Random({ seed, stream: 'particles', index })
    const [now, then] = simulateParticles(start(random, particles), [30, 40]) as [Particles, Particles]
    return { ...now, later: then.positions }
  })
}
