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

/** Adds the impulse of a step: F_i = sum over j of q_i q_j (x_i - x_j) / |x_i - x_j|^3, each component bounded. */
function push(charges: ArrayLike<number>, positions: Float64Array, velocities: Float64Array): void {
  const count = charges.length
  for (let i = 0; i < count; i++) {
    let [fx, fy, fz] = [0, 0, 0]
    for (let j = 0; j < count; j++) {
      if (j === i) continue
      const dx = positions[3 * i]! - positions[3 * j]!
      const dy = positions[3 * i + 1]! - positions[3 * j + 1]!
      const dz = positions[3 * i + 2]! - positions[3 * j + 2]!
      const factor = (charges[i]! * charges[j]!) / (dx * dx + dy * dy + dz * dz) ** 1.5
      fx += factor * dx
      fy += factor * dy
      fz += factor * dz
    }
    const bounded = (force: number): number => Math.max(-LARGEST_FORCE, Math.min(LARGEST_FORCE, force))
    velocities[3 * i]! += STEP * bounded(fx)
    velocities[3 * i + 1]! += STEP * bounded(fy)
    velocities[3 * i + 2]! += STEP * bounded(fz)
  }
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
  const [x, v] = [Float64Array.from(positions), Float64Array.from(velocities)]
  push(charges, x, v)
  let step = 0
  return frames.map((frame) => {
    for (const last = SAMPLING * (frame + 1); step < last; step++) {
      for (let c = 0; c < x.length; c++) x[c]! += STEP * v[c]!
      if (step < last - 1) push(charges, x, v)
    }
    const state = { charges, positions: x.slice(), velocities: v.slice() }
    push(charges, x, v)
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
 * @remarks A thousand runs of five particles take about two seconds.
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
