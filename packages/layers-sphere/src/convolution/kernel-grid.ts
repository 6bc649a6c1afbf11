import type { EulerAngles, SpherePoint } from '@equivar/groups'

/** Options of grids that consist of rings of points. */
export interface RingOptions {
  /** The largest polar angle or, for equatorial grids, the largest angle from the equator, in radians. */
  readonly maxBeta?: number
  /** The number of points on a ring. */
  readonly alphas?: number
  /** The number of rings. */
  readonly betas?: number
}

/** Options of grids that consist of rings of rotations. */
export interface RotationRingOptions extends RingOptions {
  /** The angles gamma are evenly spaced from -maxGamma to maxGamma inclusive, in radians. */
  readonly maxGamma?: number
  /** The number of angles gamma. */
  readonly gammas?: number
}

const evenly = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (count === 1 ? from : from + ((to - from) * i) / (count - 1)))

const turns = (count: number): number[] => Array.from({ length: count }, (_, i) => (2 * Math.PI * i) / count)

function requireRings(where: string, counts: Readonly<Record<string, number>>, maxBeta: number, limit: number): void {
  for (const [name, count] of Object.entries(counts))
    if (!Number.isInteger(count) || count < 1)
      throw new RangeError(`${where}: expected ${name} to be a positive integer, received ${count}.`)
  if (!(maxBeta >= 0 && maxBeta <= limit)) throw new RangeError(`${where}: expected maxBeta to be from 0 to ${limit}, received ${maxBeta}.`)
}

/**
 * Rings of points around the north pole, at beta = maxBeta k / betas for k = 1 to betas.
 *
 * @param options - by default, as published, maxBeta pi / 8, 8 alphas and 3 betas.
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs"; jonkhler/s2cnn.
 */
export function sphereNearIdentityGrid({ maxBeta = Math.PI / 8, alphas = 8, betas = 3 }: RingOptions = {}): SpherePoint[] {
  requireRings('sphereNearIdentityGrid', { alphas, betas }, maxBeta, Math.PI)
  return evenly(maxBeta / betas, maxBeta, betas).flatMap((beta) => turns(alphas).map((alpha) => ({ beta, alpha })))
}

/**
 * Rings of points around the equator, at beta from pi / 2 - maxBeta to pi / 2 + maxBeta.
 *
 * @param options - by default, as published, maxBeta 0, 32 alphas and 1 beta.
 */
export function sphereEquatorialGrid({ maxBeta = 0, alphas = 32, betas = 1 }: RingOptions = {}): SpherePoint[] {
  requireRings('sphereEquatorialGrid', { alphas, betas }, maxBeta, Math.PI / 2)
  return evenly(Math.PI / 2 - maxBeta, Math.PI / 2 + maxBeta, betas).flatMap((beta) => turns(alphas).map((alpha) => ({ beta, alpha })))
}

/**
 * Rotations near the identity. The third angle is gamma - alpha, so all rotations of a ring have the same distance from the identity.
 *
 * @param options - by default, as published, maxBeta pi / 8, maxGamma 2 pi, 8 alphas, 3 betas, and as many gammas as alphas. With maxGamma 2 pi the first and
 * the last gamma give the same rotation, so only the sum of their two weights matters.
 */
export function rotationNearIdentityGrid(options: RotationRingOptions = {}): EulerAngles[] {
  const { maxBeta = Math.PI / 8, maxGamma = 2 * Math.PI, alphas = 8, betas = 3, gammas = alphas } = options
  requireRings('rotationNearIdentityGrid', { alphas, betas, gammas }, maxBeta, Math.PI)
  return evenly(maxBeta / betas, maxBeta, betas).flatMap((beta) =>
    turns(alphas).flatMap((alpha) => evenly(-maxGamma, maxGamma, gammas).map((gamma) => ({ alpha, beta, gamma: gamma - alpha }))),
  )
}

/**
 * Rotations around the equator.
 *
 * @param options - by default, as published, maxBeta 0, maxGamma pi / 8, 32 alphas, 1 beta and 2 gammas.
 */
export function rotationEquatorialGrid(options: RotationRingOptions = {}): EulerAngles[] {
  const { maxBeta = 0, maxGamma = Math.PI / 8, alphas = 32, betas = 1, gammas = 2 } = options
  requireRings('rotationEquatorialGrid', { alphas, betas, gammas }, maxBeta, Math.PI / 2)
  return evenly(Math.PI / 2 - maxBeta, Math.PI / 2 + maxBeta, betas).flatMap((beta) =>
    turns(alphas).flatMap((alpha) => evenly(-maxGamma, maxGamma, gammas).map((gamma) => ({ alpha, beta, gamma }))),
  )
}
