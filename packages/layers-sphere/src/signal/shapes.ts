import { demandLength, type GridOptions, gridDirections } from './directions.ts'

type Vector = readonly [number, number, number]

const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
const vectorAt = (values: ArrayLike<number>, i: number): Vector => [
  values[3 * i] as number,
  values[3 * i + 1] as number,
  values[3 * i + 2] as number,
]

/** A surface of triangles. */
export interface Mesh {
  /** [vertices, 3]. */
  readonly vertices: ArrayLike<number>
  /** [triangles, 3], numbers of vertices. */
  readonly faces: ArrayLike<number>
}

/** Triangles seen from the origin. A ray along u meets one with corners p, q, r where the dot products of u with p x q, q x r and r x p have one sign. */
interface Cones {
  readonly count: number
  /** p x q, q x r, r x p for each triangle: [count, 9]. */
  readonly sides: Float64Array
  /** p . (q x r): the ray meets the plane at this over the sum of the dot products. */
  readonly volume: Float64Array
  /** Unit normals: [count, 3]. */
  readonly normals: Float64Array
}

/** The corners of the triangles, moved so that the middle of the surface is at the origin, and scaled into the ball of that radius. */
function centredCorners({ vertices, faces }: Mesh, radius: number): [Vector, Vector, Vector][] {
  const corners = Array.from(
    { length: faces.length / 3 },
    (_, f) => [0, 1, 2].map((i) => vectorAt(vertices, faces[3 * f + i] as number)) as [Vector, Vector, Vector],
  )
  const areas = corners.map(([a, b, c]) => Math.hypot(...cross(subtract(b, a), subtract(c, a))))
  const area = areas.reduce((sum, v) => sum + v, 0)
  if (!(area > 0)) return []
  const mean = (axis: 0 | 1 | 2): number =>
    corners.reduce((sum, [a, b, c], i) => sum + (areas[i] as number) * (a[axis] + b[axis] + c[axis]), 0) / (3 * area)
  const centre: Vector = [mean(0), mean(1), mean(2)]
  const reach = corners.flat().reduce((top, p) => Math.max(top, Math.hypot(...subtract(p, centre))), 0)
  const moved = (p: Vector): Vector => {
    const [x, y, z] = subtract(p, centre)
    return [(x * radius) / reach, (y * radius) / reach, (z * radius) / reach]
  }
  return corners.map(([a, b, c]) => [moved(a), moved(b), moved(c)])
}

function conesOf(corners: readonly [Vector, Vector, Vector][]): Cones {
  const count = corners.length
  const cones = { count, sides: new Float64Array(9 * count), volume: new Float64Array(count), normals: new Float64Array(3 * count) }
  for (const [i, [p, q, r]] of corners.entries()) {
    cones.sides.set([...cross(p, q), ...cross(q, r), ...cross(r, p)], 9 * i)
    cones.volume[i] = dot(p, cross(q, r))
    const normal = cross(subtract(q, p), subtract(r, p))
    const length = Math.hypot(...normal)
    if (length > 0)
      cones.normals.set(
        normal.map((d) => d / length),
        3 * i,
      )
  }
  return cones
}

/** The triangle that a ray from x on the unit sphere to the origin, and on to the other side, meets first, and where: at r x; -1 if there is none. */
function firstHit({ count, sides, volume }: Cones, [x, y, z]: Vector): { triangle: number; r: number } {
  let [triangle, r] = [-1, Number.NEGATIVE_INFINITY]
  const side = (at: number): number => (sides[at] as number) * x + (sides[at + 1] as number) * y + (sides[at + 2] as number) * z
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [side(9 * i), side(9 * i + 3), side(9 * i + 6)]
    const sum = a + b + c
    const slack = EDGE * Math.abs(sum)
    const inside = (a >= -slack && b >= -slack && c >= -slack) || (a <= slack && b <= slack && c <= slack)
    const at = (volume[i] as number) / sum
    // A triangle whose plane holds the origin is seen edge-on: volume and sum are 0.
    if (inside && at > r) [triangle, r] = [i, at]
  }
  return { triangle, r }
}

/** How far beyond an edge a ray still meets a triangle, so that none slips between two. */
const EDGE = 1e-12

/**
 * A surface cast onto the sphere around it: for every point of the unit sphere, a ray towards the middle, and where it first hits.
 *
 * The surface is moved so that its middle (by area) is at the origin, and scaled into the ball of radius 0.99.
 *
 * @returns float32 [3, 2b, 2b]: the ray's length, and the cosine and the sine of the angle between ray and surface normal; 1, 0, 0 where nothing is hit.
 * @throws RangeError if a face names a vertex that is not there.
 * @remarks Every ray is tried with every triangle: cost 36 b^2 multiplications a triangle.
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs", section 5.3; jonkhler/s2cnn, shrec17/dataset.py.
 */
export function castMesh(mesh: Mesh, options: GridOptions): Float32Array {
  const count = mesh.vertices.length / 3
  for (const index of Array.from(mesh.faces))
    if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new RangeError(`castMesh: expected faces of vertices 0 to ${count - 1}, received ${index}.`)
  const cones = conesOf(centredCorners(mesh, 0.99))
  const directions = gridDirections('castMesh', options)
  const size = directions.length / 3
  const signal = new Float32Array(3 * size)
  for (let i = 0; i < size; i++) {
    const origin = vectorAt(directions, i)
    const { triangle, r } = firstHit(cones, origin)
    const cosine = triangle < 0 ? 0 : Math.abs(dot(vectorAt(cones.normals, triangle), origin))
    signal[i] = triangle < 0 ? 1 : 1 - r
    signal[size + i] = cosine
    signal[2 * size + i] = triangle < 0 ? 0 : Math.sqrt(Math.max(0, 1 - cosine * cosine))
  }
  return signal
}

/**
 * A cloud of points cast onto the sphere around its centroid: for every direction, how far from the centroid the point lies whose direction is nearest.
 *
 * Distances are divided by the largest one. Points at the centroid have no direction and are left out; without points the signal is 0.
 *
 * @param points - [n, 3].
 * @returns float32 [2b, 2b] (beta, alpha), from 0 to 1.
 * @throws RangeError if there are not three numbers a point.
 */
export function castPoints(points: ArrayLike<number>, options: GridOptions): Float32Array {
  demandLength('castPoints', 'points [n, 3]', points, 3 * Math.floor(points.length / 3))
  const n = points.length / 3
  const all = Array.from({ length: n }, (_, i) => vectorAt(points, i))
  const centroid = [0, 1, 2].map((axis) => all.reduce((sum, p) => sum + (p[axis] as number), 0) / n) as [number, number, number]
  const moved = all.map((p) => subtract(p, centroid))
  const reach = moved.reduce((top, p) => Math.max(top, Math.hypot(...p)), 0)
  const seen = moved.flatMap((p) => {
    const radius = Math.hypot(...p)
    return radius > 1e-12 * reach && reach > 0
      ? [{ radius: radius / reach, unit: p.map((d) => d / radius) as [number, number, number] }]
      : []
  })
  const directions = gridDirections('castPoints', options)
  return Float32Array.from({ length: directions.length / 3 }, (_, i) => {
    const direction = vectorAt(directions, i)
    let [cosine, value] = [-2, 0]
    for (const { radius, unit } of seen) {
      const c = dot(unit, direction)
      if (c > cosine) [cosine, value] = [c, radius]
    }
    return value
  })
}
