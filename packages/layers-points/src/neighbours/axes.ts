import type { Lattice } from './lattice.ts'

/** Bins along one axis. */
export interface Axis {
  readonly bins: number
  /** The fractional coordinate of the first bin's start, and bins for each unit of it. */
  readonly start: number
  readonly density: number
  /** How many bins to look at on either side. */
  readonly reach: number
  readonly periodic: boolean
}

/** Fractional coordinates; along periodic axes in [0, 1), with what was taken away in `wraps`. */
export interface Fractions {
  readonly at: Float64Array
  readonly wraps: Int32Array
  /** Whether one of the wraps is not 0. */
  readonly hasWraps: boolean
}

/** @param positions - three coordinates a point. */
export function fractions(positions: Float64Array, { inverse, periodic }: Lattice): Fractions {
  const [at, wraps] = [new Float64Array(positions.length), new Int32Array(positions.length)]
  let hasWraps = false
  for (let a = 0; a < 3; a++) {
    const [u, v, w] = [inverse[a]!, inverse[3 + a]!, inverse[6 + a]!]
    for (let i = 0; i < positions.length; i += 3) {
      const value = positions[i]! * u + positions[i + 1]! * v + positions[i + 2]! * w
      const wrap = periodic[a] ? Math.floor(value) : 0
      at[i + a] = value - wrap
      wraps[i + a] = wrap
      if (wrap !== 0) hasWraps = true
    }
  }
  return { at, wraps, hasWraps }
}

/** The range of the coordinates of points along an axis; empty ones have infinite bounds. */
function rangeOf(at: Float64Array, a: number): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = a; i < at.length; i += 3) {
    low = Math.min(low, at[i]!)
    high = Math.max(high, at[i]!)
  }
  return [low, high]
}

/** Bins of about the size of a radius. @param at - fractional coordinates. */
export function axesOf(at: Float64Array, { heights, periodic }: Lattice, radius: number): readonly [Axis, Axis, Axis] {
  // Not more bins than points: memory and empty bins stay in proportion.
  const most = Math.max(1, Math.ceil(Math.cbrt((2 * at.length) / 3)))
  const axis = (a: number): Axis => {
    const [low, high] = periodic[a] ? [0, 1] : rangeOf(at, a)
    const width = Math.max(high - low, 0) * (heights[a] as number)
    const bins = Math.max(1, Math.min(most, Math.floor(width / radius)))
    const size = width / bins
    return {
      bins,
      start: low,
      density: high > low ? bins / (high - low) : 0,
      reach: size > 0 ? Math.ceil(radius / size) : 0,
      periodic: periodic[a] as boolean,
    }
  }
  return [axis(0), axis(1), axis(2)]
}

/** By how many cells a bin lies outside; undefined outside of an axis that does not repeat. */
export function imageOf(bin: number, { bins, periodic }: Axis): number | undefined {
  if (bin >= 0 && bin < bins) return 0
  return periodic ? Math.floor(bin / bins) : undefined
}
