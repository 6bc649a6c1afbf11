/** A vector of space. */
export type Vector = readonly [number, number, number]

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const scaled = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by]

/** a x b. */
export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/** The projection to the span of orthonormal axes. */
const projected = (v: Vector, axes: readonly Vector[]): Vector =>
  axes.reduce<Vector>(
    (sum, axis) => {
      const part = dot(v, axis)
      return [sum[0] + part * axis[0], sum[1] + part * axis[1], sum[2] + part * axis[2]]
    },
    [0, 0, 0],
  )

/**
 * The directions, in the span of some axes, of the vectors that are longest there: of the first list in which one is not 0. Longest and 0 are meant to a tolerance,
 * relative to the longest vector of the list.
 */
function farthest(axes: readonly Vector[], lists: readonly (readonly Vector[])[], tolerance: number): Vector[] {
  for (const list of lists) {
    const whole = list.reduce((largest, v) => Math.max(largest, dot(v, v)), 0)
    const inside = list.map((v) => projected(v, axes))
    const longest = inside.reduce((largest, v) => Math.max(largest, dot(v, v)), 0)
    if (longest <= tolerance ** 2 * whole) continue
    return inside.filter((v) => dot(v, v) >= (1 - tolerance) ** 2 * longest).map((v) => scaled(v, 1 / Math.sqrt(dot(v, v))))
  }
  return []
}

/** Orthonormal axes of the part of the span of orthonormal axes that is orthogonal to a unit vector of it. */
function complement(axes: readonly Vector[], direction: Vector): Vector[] {
  const rest: Vector[] = []
  for (const axis of [...axes].sort((a, b) => Math.abs(dot(a, direction)) - Math.abs(dot(b, direction)))) {
    const along = dot(axis, direction)
    let left: Vector = [axis[0] - along * direction[0], axis[1] - along * direction[1], axis[2] - along * direction[2]]
    for (const other of rest) {
      const part = dot(left, other)
      left = [left[0] - part * other[0], left[1] - part * other[1], left[2] - part * other[2]]
    }
    if (rest.length < axes.length - 1) rest.push(scaled(left, 1 / Math.sqrt(dot(left, left))))
  }
  return rest
}

/** All orthonormal bases of a space, that the vectors single out. With signs for what is one-dimensional, or not singled out. */
function basesOf(axes: readonly Vector[], lists: readonly (readonly Vector[])[], tolerance: number): Vector[][] {
  const signed = (axis: Vector, rest: readonly Vector[][]): Vector[][] =>
    rest.flatMap((basis) => [
      [axis, ...basis],
      [scaled(axis, -1), ...basis],
    ])
  if (axes.length === 0) return [[]]
  const [first, ...others] = axes as [Vector, ...Vector[]]
  if (axes.length === 1) return signed(first, [[]])
  const directions = farthest(axes, lists, tolerance)
  if (directions.length === 0) return signed(first, basesOf(others, [], tolerance))
  return directions.flatMap((direction) => basesOf(complement(axes, direction), lists, tolerance).map((basis) => [direction, ...basis]))
}

/**
 * The frames that have their axes in given spaces, a basis of each after the other.
 *
 * @param spaces - orthonormal axes of each space, whose sum is all of space.
 * @param lists - vectors that choose directions within spaces of more than one dimension: the first list that has some that are not 0 there.
 */
export function completeFrames(
  spaces: readonly (readonly Vector[])[],
  lists: readonly (readonly Vector[])[],
  tolerance: number,
): Vector[][] {
  return spaces.reduce<Vector[][]>(
    (frames, axes) => frames.flatMap((frame) => basesOf(axes, lists, tolerance).map((basis) => [...frame, ...basis])),
    [[]],
  )
}
