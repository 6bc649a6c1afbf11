/** How a total energy that should be constant changes. In the unit of the energies. */
export interface Drift {
  /** What it gains from start to end along the straight line of least squares. */
  readonly drift: number
  /** The root of the mean squared distance from that line. */
  readonly fluctuation: number
  /** The largest distance from the start. */
  readonly largest: number
}

/** The drift of energies at equal times. */
export function driftOf(energies: ArrayLike<number>): Drift {
  const count = energies.length
  const start = energies[0] ?? 0
  const changes = Array.from(energies, (energy) => energy - start)
  const [middle, mean] = [(count - 1) / 2, changes.reduce((sum, change) => sum + change, 0) / count]
  const [covariance, variance] = changes.reduce<[number, number]>(
    ([c, v], change, i) => [c + (i - middle) * (change - mean), v + (i - middle) ** 2],
    [0, 0],
  )
  const slope = variance === 0 ? 0 : covariance / variance
  const squares = changes.reduce((sum, change, i) => sum + (change - mean - slope * (i - middle)) ** 2, 0)
  return {
    drift: slope * (count - 1),
    fluctuation: Math.sqrt(squares / count),
    largest: changes.reduce((most, change) => Math.max(most, Math.abs(change)), 0),
  }
}
