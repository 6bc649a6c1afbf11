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

interface Triangle {
  readonly corner: Vector
  readonly u: Vector
  readonly v: Vector
  /** Unit normal. */
  readonly normal: Vector
}

/** The mesh's triangles with area, moved so that the middle of the surface is at the origin, and scaled into the ball of that radius. */
function centredTriangles({ vertices, faces }: Mesh, radius: number): Triangle[] {
  const corners = Array.from(
    { length: faces.length / 3 },
    (_, f) => [0, 1, 2].map((i) => vectorAt(vertices, faces[3 * f + i] as number)) as [Vector, Vector, Vector],
  )
  let area = 0
  let middle: Vector = [0, 0, 0]
  for (const [a, b, c] of corners) {
    const weight = Math.hypot(...cross(subtract(b, a), subtract(c, a)))
    area += weight
    middle = [0, 1, 2].map((i) => (middle[i] as number) + (weight * ((a[i] as number) + (b[i] as number) + (c[i] as number))) / 3) as [
      number,
      number,
      number,
    ]
  }
  if (!(area > 0)) return []
  const centre = middle.map((sum) => sum / area) as [number, number, number]
  const reach = Math.max(...corners.flat().map((p) => Math.hypot(...subtract(p, centre))))
  const moved = (p: Vector): Vector => subtract(p, centre).map((d) => (d * radius) / reach) as [number, number, number]
  return corners.flatMap(([a, b, c]) => {
    const [p, q, r] = [moved(a), moved(b), moved(c)]
    const [u, v] = [subtract(q, p), subtract(r, p)]
    const n = cross(u, v)
    const length = Math.hypot(...n)
    return length > 0 ? [{ corner: p, u, v, normal: n.map((d) => d / length) as [number, number, number] }] : []
  })
}

/** How far along a ray a triangle lies; infinity if it is missed. @see Moeller, Trumbore 1997. */
function distanceTo({ corner, u, v }: Triangle, origin: Vector, direction: Vector): number {
  const p = cross(direction, v)
  const determinant = dot(u, p)
  if (Math.abs(determinant) < 1e-14) return Number.POSITIVE_INFINITY
  const t = subtract(origin, corner)
  const a = dot(t, p) / determinant
  const q = cross(t, u)
  const b = dot(direction, q) / determinant
  const distance = dot(v, q) / determinant
  return a < -1e-12 || b < -1e-12 || a + b > 1 + 1e-12 || distance < 0 ? Number.POSITIVE_INFINITY : distance
}

/**
 * A surface cast onto the sphere around it: for every point of the unit sphere, a ray towards the middle, and where it first hits.
 *
 * The surface is moved so that its middle (by area) is at the origin, and scaled into the ball of radius 0.99.
 *
 * @returns float32 [3, 2b, 2b]: the ray's length, and the cosine and the sine of the angle between ray and surface normal; 1, 0, 0 where nothing is hit.
 * @throws RangeError if a face names a vertex that is not there.
 * @remarks Every ray is tried with every triangle: 4 b^2 triangles.
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs", section 5.3; jonkhler/s2cnn, shrec17/dataset.py.
 */
export function castMesh(mesh: Mesh, options: GridOptions): Float32Array {
  const count = mesh.vertices.length / 3
  for (const index of Array.from(mesh.faces))
    if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new RangeError(`castMesh: expected faces of vertices 0 to ${count - 1}, received ${index}.`)
  const triangles = centredTriangles(mesh, 0.99)
  const directions = gridDirections('castMesh', options)
  const size = directions.length / 3
  const signal = new Float32Array(3 * size)
  for (let i = 0; i < size; i++) {
    const origin = vectorAt(directions, i)
    const inward = origin.map((d) => -d) as [number, number, number]
    let nearest: Triangle | undefined
    let length = Number.POSITIVE_INFINITY
    for (const triangle of triangles) {
      const distance = distanceTo(triangle, origin, inward)
      if (distance < length) [nearest, length] = [triangle, distance]
    }
    const cosine = nearest === undefined ? 0 : Math.abs(dot(nearest.normal, origin))
    signal[i] = nearest === undefined ? 1 : length
    signal[size + i] = cosine
    signal[2 * size + i] = nearest === undefined ? 0 : Math.sqrt(Math.max(0, 1 - cosine * cosine))
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
