import { Random, type TensorValue } from '@equivar/tensor'
import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'
import { bool, float32, int64, targets } from './values.ts'

/** A triangle mesh in several poses. */
export interface PosedMesh {
  /** [poses, vertices, 3] row-major. */
  readonly poses: Float32Array
  readonly vertices: number
  /** The vertex indices of each triangle, [faces, 3] row-major. */
  readonly faces: ArrayLike<number>
}

/** The edges of a mesh, each once in both directions: int64 [2, edges], in increasing order. */
export function meshEdges({ faces, vertices }: PosedMesh): TensorValue {
  const codes = new Set<number>()
  for (let at = 0; at < faces.length; at++) {
    const [from, to] = [faces[at]!, faces[at % 3 === 2 ? at - 2 : at + 1]!]
    codes.add(from * vertices + to).add(to * vertices + from)
  }
  const edges = Float64Array.from(codes).sort()
  return int64([2, edges.length], (write) => {
    edges.forEach((code, i) => {
      write(i, Math.floor(code / vertices))
      write(edges.length + i, code % vertices)
    })
  })
}

/**
 * Random points on the surface of one pose, uniform by area.
 *
 * @returns [count, 3] row-major.
 */
export function surfacePoints({ poses, vertices, faces }: PosedMesh, pose: number, count: number, random: Random): Float32Array {
  const corner = (face: number, k: number): Float32Array => {
    const at = 3 * (pose * vertices + faces[3 * face + k]!)
    return poses.subarray(at, at + 3)
  }
  const areas = new Float64Array(faces.length / 3)
  let total = 0
  for (let face = 0; face < areas.length; face++) {
    const [a, b, c] = [corner(face, 0), corner(face, 1), corner(face, 2)]
    const [u, v] = [[0, 1, 2].map((i) => b[i]! - a[i]!), [0, 1, 2].map((i) => c[i]! - a[i]!)]
    total += Math.hypot(u[1]! * v[2]! - u[2]! * v[1]!, u[2]! * v[0]! - u[0]! * v[2]!, u[0]! * v[1]! - u[1]! * v[0]!)
    areas[face] = total
  }
  const points = new Float32Array(3 * count)
  for (let i = 0; i < count; i++) {
    const at = random.uniform() * total
    let [low, high] = [0, areas.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (areas[middle]! < at) low = middle + 1
      else high = middle
    }
    const [root, t] = [Math.sqrt(random.uniform()), random.uniform()]
    const [a, b, c] = [corner(low, 0), corner(low, 1), corner(low, 2)]
    for (let k = 0; k < 3; k++) points[3 * i + k] = (1 - root) * a[k]! + root * (1 - t) * b[k]! + root * t * c[k]!
  }
  return points
}

/** Options of pointClouds. */
export interface PointCloudOptions {
  readonly mesh: PosedMesh
  /** The pose and the class of each example. */
  readonly examples: readonly { readonly pose: number; readonly label: number }[]
  readonly classes: readonly string[]
  /** The number of points in a cloud. */
  readonly points: number
  readonly seed: number
}

/**
 * Point clouds sampled from a mesh in several poses, for classification.
 *
 * A batch has `x` float32 [batch, set, 3], centred and divided by the largest distance from the centre, `mask` bool [batch, set] and `target` int64 [batch].
 * Each example has its own random stream, so its points are always the same.
 */
export function pointClouds({ mesh, examples, classes, points, seed }: PointCloudOptions): ClassDataset {
  const labels = Int32Array.from(examples, ({ label }) => label)
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('pointClouds', indices, examples.length)
    const x = new Float32Array(indices.length * points * 3)
    Array.from(indices).forEach((i, b) => {
      const random = new Random({ seed, stream: 'points', index: i })
      x.set(normalized(surfacePoints(mesh, examples[i]!.pose, points, random)), b * points * 3)
    })
    const mask = new Uint8Array(indices.length * points).fill(1)
    return { x: float32([indices.length, points, 3], x), mask: bool([indices.length, points], mask), target: targets(labels, indices) }
  }
  return { length: examples.length, classes, labels, batch }
}

function normalized(points: Float32Array): Float32Array {
  const count = points.length / 3
  const centre = [0, 1, 2].map((k) => points.reduce((sum, v, i) => (i % 3 === k ? sum + v : sum), 0) / count)
  const moved = points.map((v, i) => v - centre[i % 3]!)
  let radius = 0
  for (let i = 0; i < count; i++) radius = Math.max(radius, Math.hypot(moved[3 * i]!, moved[3 * i + 1]!, moved[3 * i + 2]!))
  return moved.map((v) => v / Math.max(radius, 1e-12))
}
