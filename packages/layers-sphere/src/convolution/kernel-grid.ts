import type { EulerAngles, SpherePoint } from '@equivar/groups'

/** Rings of points. */
export interface RingOptions {
  /** The largest polar angle, or its largest distance from the equator, radians. */
  readonly maxBeta?: number
  /** Points on a ring. */
  readonly alphas?: number
  /** Rings. */
  readonly betas?: number
}

/** Rings of rotations. */
export interface RotationRingOptions extends RingOptions {
  /** Angles gamma run from minus this to this, both ends included, radians. */
  readonly maxGamma?: number
  /** Angles gamma. */
  readonly gammas?: number
}

const evenly = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (count === 1 ? from : from + ((to - from) * i) / (count - 1)))

const turns = (count: number): number[] => Array.from({ length: count }, (_, i) => (2 * Math.PI * i) / count)

function demandRings(where: string, counts: Readonly<Record<string, number>>, maxBeta: number, limit: number): void {
  for (const [name, count] of Object.entries(counts))
    if (!Number.isInteger(count) || count < 1) throw new RangeError(`${where}: expected ${name} as a positive integer, received ${count}.`)
  if (!(maxBeta >= 0 && maxBeta <= limit)) throw new RangeError(`${where}: expected maxBeta from 0 to ${limit}, received ${maxBeta}.`)
}

/**
 * Rings around the north pole: beta = maxBeta k / betas for k = 1 to betas.
 *
 * @param options - maxBeta pi / 8, 8 alphas, 3 betas if left out, as published.
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs"; jonkhler/s2cnn.
 */
export function sphereNearIdentityGrid({ maxBeta = Math.PI / 8, alphas = 8, betas = 3 }: RingOptions = {}): SpherePoint[] {
  demandRings('sphereNearIdentityGrid', { alphas, betas }, maxBeta, Math.PI)
  return evenly(maxBeta / betas, maxBeta, betas).flatMap((beta) => turns(alphas).map((alpha) => ({ beta, alpha })))
}

/** Rings around the equator, from pi / 2 - maxBeta to pi / 2 + maxBeta. @param options - maxBeta 0, 32 alphas, 1 beta if left out, as published. */
export function sphereEquatorialGrid({ maxBeta = 0, alphas = 32, betas = 1 }: RingOptions = {}): SpherePoint[] {
  demandRings('sphereEquatorialGrid', { alphas, betas }, maxBeta, Math.PI / 2)
  return evenly(Math.PI / 2 - maxBeta, Math.PI / 2 + maxBeta, betas).flatMap((beta) => turns(alphas).map((alpha) => ({ beta, alpha })))
}

/**
 * Rotations near the identity: those of a ring, with gamma - alpha in place of gamma, are equally far from it.
 *
 * @param options - maxBeta pi / 8, maxGamma 2 pi, 8 alphas, 3 betas, as many gammas as alphas if left out, as published. With maxGamma 2 pi the
 * first and the last gamma are one rotation: two weights that act as their sum.
 */
export function rotationNearIdentityGrid(options: RotationRingOptions = {}): EulerAngles[] {
  const { maxBeta = Math.PI / 8, maxGamma = 2 * Math.PI, alphas = 8, betas = 3, gammas = alphas } = options
  demandRings('rotationNearIdentityGrid', { alphas, betas, gammas }, maxBeta, Math.PI)
  return evenly(maxBeta / betas, maxBeta, betas).flatMap((beta) =>
    turns(alphas).flatMap((alpha) => evenly(-maxGamma, maxGamma, gammas).map((gamma) => ({ alpha, beta, gamma: gamma - alpha }))),
  )
}

/** Rotations around the equator. @param options - maxBeta 0, maxGamma pi / 8, 32 alphas, 1 beta, 2 gammas if left out, as published. */
export function rotationEquatorialGrid(options: RotationRingOptions = {}): EulerAngles[] {
  const { maxBeta = 0, maxGamma = Math.PI / 8, alphas = 32, betas = 1, gammas = 2 } = options
  demandRings('rotationEquatorialGrid', { alphas, betas, gammas }, maxBeta, Math.PI / 2)
  return evenly(Math.PI / 2 - maxBeta, Math.PI / 2 + maxBeta, betas).flatMap((beta) =>
    turns(alphas).flatMap((alpha) => evenly(-maxGamma, maxGamma, gammas).map((gamma) => ({ alpha, beta, gamma }))),
  )
}
