import { symmetricEigen } from '@equivar/groups'
import type { Random } from '@equivar/tensor'
import { completeFrames, cross, type Vector } from './frame-completion.ts'

/** Which turns frames account for: rotations and reflections, or rotations only. */
export type FrameGroup = 'O(3)' | 'SO(3)'

/** Options of principalFrames. */
export interface FrameOptions {
  /** Default `O(3)`. */
  readonly group?: FrameGroup
  /** The structure of each point, in ascending order from 0. One structure by default. */
  readonly batch?: ArrayLike<number | bigint>
  /** The number of structures; default one more than the last of `batch`. */
  readonly structures?: number
  /** Three numbers a point, such as velocities: they decide where the positions leave a direction open, as those on a line do. */
  readonly vectors?: ArrayLike<number>
  /** Whether frames are those of the positions minus their mean; default true. With false the origin is a point of its own. */
  readonly centred?: boolean
  /** Variances that differ by less than this share of the largest count as equal, and so do lengths; default 1e-5. */
  readonly tolerance?: number
  /** With it, one frame of each structure is chosen at random, for training at the cost of one frame. */
  readonly choose?: Random
}

/** Frames of structures, as FrameAveraging takes them. */
export interface Frames {
  /** float32 [frames, structures, 3, 3]: an axis in each row. */
  readonly frames: { readonly dtype: 'float32'; readonly shape: readonly [number, number, 3, 3]; readonly data: Float64Array }
  /** float32 [frames, structures]: the share of each frame in the mean; 0 for frames that fill up. */
  readonly weights: { readonly dtype: 'float32'; readonly shape: readonly [number, number]; readonly data: Float64Array }
}

/** The rows of one structure as vectors, minus their mean if asked. */
function rowsOf(numbers: ArrayLike<number>, first: number, end: number, centred: boolean): Vector[] {
  const rows = Array.from({ length: end - first }, (_, i): Vector => {
    const at = 3 * (first + i)
    return [numbers[at] as number, numbers[at + 1] as number, numbers[at + 2] as number]
  })
  if (!centred || rows.length === 0) return rows
  const mean = [0, 1, 2].map((c) => rows.reduce((sum, row) => sum + (row[c] as number), 0) / rows.length)
  return rows.map((row): Vector => [row[0] - mean[0]!, row[1] - mean[1]!, row[2] - mean[2]!])
}

/** The principal axes of points in the order of their variances, in groups of equal ones. */
function principalSpaces(points: readonly Vector[], tolerance: number): Vector[][] {
  const covariance = new Float64Array(9)
  for (const point of points) for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) covariance[3 * i + j]! += point[i]! * point[j]!
  const { values, vectors } = symmetricEigen(covariance, 3)
  const spaces: Vector[][] = []
  let before = Number.NEGATIVE_INFINITY
  for (let k = 0; k < 3; k++) {
    const axis: Vector = [vectors[k]!, vectors[3 + k]!, vectors[6 + k]!]
    if (values[k]! - before <= tolerance * values[2]!) spaces.at(-1)!.push(axis)
    else spaces.push([axis])
    before = values[k]!
  }
  return spaces
}

/** All frames of one structure, each three axes. */
function framesOf(points: readonly Vector[], vectors: readonly Vector[], group: FrameGroup, tolerance: number): Vector[][] {
  const found = completeFrames(principalSpaces(points, tolerance), [points, vectors], tolerance)
  if (group === 'O(3)') return found
  // Of the two signs of the last axis, the one that makes a rotation.
  const proper = found.filter(([a, b, c]) => cross(a!, b!).reduce((sum, each, i) => sum + each * c![i]!, 0) > 0)
  return proper
}

function demandNumbers(where: string, numbers: ArrayLike<number>, count: number): void {
  if (numbers.length !== 3 * count)
    throw new RangeError(`${where}: expected three numbers for each of ${count} points, received ${numbers.length}.`)
  for (let i = 0; i < numbers.length; i++)
    if (!Number.isFinite(numbers[i]))
      throw new RangeError(`${where}: expected finite numbers, received ${numbers[i]} at point ${Math.floor(i / 3)}.`)
}

/** Where each structure starts, and the end. */
function startsOf(count: number, batch: FrameOptions['batch'], structures: number | undefined): number[] {
  if (batch === undefined) return [0, count]
  if (batch.length !== count)
    throw new RangeError(`principalFrames: expected the structure of each of ${count} points, received ${batch.length}.`)
  const starts = [0]
  for (let i = 0; i < count; i++) {
    const own = Number(batch[i])
    if (!Number.isInteger(own) || own < starts.length - 1)
      throw new RangeError(`principalFrames: expected structures numbered from 0 in ascending order, received ${own} at point ${i}.`)
    while (starts.length <= own) starts.push(i)
  }
  const all = structures ?? (count === 0 ? 0 : starts.length)
  if (all < starts.length && count > 0)
    throw new RangeError(`principalFrames: expected at least ${starts.length} structures, received ${all}.`)
  while (starts.length < all) starts.push(count)
  return [...starts.slice(0, all), count]
}

/**
 * The frames of structures by principal components: the axes along which their points vary least to most, with all signs: 8 of O(3), 4 of SO(3).
 *
 * Law: the frames of turned points are the turned frames, as a set, and translations change nothing; so the mean of any function over frames is equivariant.
 *
 * Degenerate structures have other finite sets of frames, with the same law. Where variances are equal (to the tolerance), the axes of their plane or space point to
 * the points farthest from the centre in it, each of them in turn: 16 frames for a square, 240 for an icosahedron, at most 2 n (n - 1). Where all points lie in the
 * origin of such a plane or space (points on a line, one point, points at one place), the farthest of `vectors` decide instead; if these are 0 there too, any
 * axes do, because no input of the network tells them apart. Frames jump where variances become equal: the network is not continuous there.
 *
 * @param positions - three coordinates a point.
 * @returns as many frames for each structure as the one with most has; the rest has weight 0.
 * @throws RangeError if a number is not finite, counts differ, or structures are not in ascending order.
 * @see Puny et al. 2022, "Frame averaging for invariant and equivariant network design", section 3.1.
 */
export function principalFrames(positions: ArrayLike<number>, options: FrameOptions = {}): Frames {
  const { group = 'O(3)', batch, vectors, centred = true, tolerance = 1e-5, choose } = options
  const count = Math.floor(positions.length / 3)
  demandNumbers('principalFrames', positions, count)
  if (vectors !== undefined) demandNumbers('principalFrames', vectors, count)
  const starts = startsOf(count, batch, options.structures)
  const structures = starts.length - 1
  const all = Array.from({ length: structures }, (_, s) => {
    const [first, end] = [starts[s] as number, starts[s + 1] as number]
    const own = vectors === undefined ? [] : rowsOf(vectors, first, end, false)
    const found = framesOf(rowsOf(positions, first, end, centred), own, group, tolerance)
    return choose === undefined ? found : [found[choose.integer(found.length)] as Vector[]]
  })
  const most = all.reduce((largest, { length }) => Math.max(largest, length), 1)
  const [data, weights] = [new Float64Array(most * structures * 9), new Float64Array(most * structures)]
  all.forEach((found, s) => {
    for (let f = 0; f < most; f++) {
      const frame = found[f % found.length] as Vector[]
      data.set(frame.flat(), 9 * (f * structures + s))
      if (f < found.length) weights[f * structures + s] = 1 / found.length
    }
  })
  return {
    frames: { dtype: 'float32', shape: [most, structures, 3, 3], data },
    weights: { dtype: 'float32', shape: [most, structures], data: weights },
  }
}
