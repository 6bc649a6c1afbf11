import { type GridOptions, gridDirections } from './directions.ts'

type Vector = readonly [number, number, number]

const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
const vectorAt = (values: ArrayLike<number>, i: number): Vector => [
  values[3 * i] as number,
  values[3 * i + 1] as number,
  values[3 * i + 2] as number,
]

/** A triangle mesh. */
export interface Mesh {
  /** [vertices, 3]. */
  readonly vertices: ArrayLike<number>
  /** Vertex indices, [triangles, 3]. */
  readonly faces: ArrayLike<number>
}

/** Triangles prepared for rays through the origin. A ray along u hits the triangle p, q, r if the dot products of u with p x q, q x r and r x p have equal signs. */
interface Cones {
  /** p x q, q x r, r x p for each triangle: [count, 9]. */
  readonly sides: Float64Array
  /** p . (q x r). The ray meets the plane of the triangle at this value divided by the sum of the three dot products. */
  readonly volume: Float64Array
  /** Unit normals: [count, 3]. */
  readonly normals: Float64Array
}

/** The corners of the triangles, translated so that the centroid of the surface is at the origin, and scaled into the ball of the given radius. */
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
  const cones = { sides: new Float64Array(9 * count), volume: new Float64Array(count), normals: new Float64Array(3 * count) }
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

/** The first triangle on the line from x on the unit sphere through the origin, and the point r x where it is hit; triangle -1 if there is none. */
function firstHit({ sides, volume }: Cones, [x, y, z]: Vector): { triangle: number; r: number } {
  let [triangle, r] = [-1, Number.NEGATIVE_INFINITY]
  const side = (at: number): number => (sides[at] as number) * x + (sides[at + 1] as number) * y + (sides[at + 2] as number) * z
  for (const [i, height] of volume.entries()) {
    const [a, b, c] = [side(9 * i), side(9 * i + 3), side(9 * i + 6)]
    const sum = a + b + c
    const slack = EDGE * Math.abs(sum)
    // Stryker disable next-line EqualityOperator: no ray lies exactly that far from an edge
    const inside = (a >= -slack && b >= -slack && c >= -slack) || (a <= slack && b <= slack && c <= slack)
    const at = height / sum
    // A triangle whose plane contains the origin is seen edge-on: volume and sum are 0.
    // Stryker disable next-line EqualityOperator: of triangles that are hit at one point any will do
    if (inside && at > r) [triangle, r] = [i, at]
  }
  return { triangle, r }
}

/** The tolerance with which a ray outside an edge still hits a triangle, so that no ray passes between adjacent triangles. */
const EDGE = 1e-12

/**
 * Describes a surface by ray casting: from every grid point on the unit sphere, a ray towards the centre, and where it first hits the surface.
 *
 * The surface is first translated so that its centroid (by area) is at the origin, and scaled into the ball of radius 0.99.
 *
 * @returns float32 [3, 2b, 2b]: the length of the ray, and the cosine and sine of the angle between ray and surface normal; 1, 0, 0 if nothing is hit.
 * @throws RangeError if a face has a vertex that does not exist.
 * @remarks Every ray is tested against every triangle, at 36 b^2 multiplications per triangle.
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
 * Describes a point cloud as seen from its centroid: for every direction, the distance of the point whose direction is nearest.
 *
 * Distances are divided by the largest one. Points at the centroid are ignored, because they have no direction. Without points the signal is 0.
 *
 * @param points - [n, 3].
 * @returns float32 [2b, 2b] (beta, alpha), from 0 to 1.
 * @throws RangeError if the number of coordinates is not a multiple of 3.
 */
export function castPoints(points: ArrayLike<number>, options: GridOptions): Float32Array {
  if (points.length % 3 !== 0) throw new RangeError(`castPoints: expected points [n, 3], received ${points.length} numbers.`)
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
