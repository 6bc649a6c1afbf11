import { Random } from '@equivar/tensor'
import { type Batch, type ClassDataset, type Dataset, requireIndices } from './dataset.ts'
import { meshEdges, type PosedMesh } from './point-clouds.ts'
import { bool, float32, int64 } from './values.ts'

/** The elements of a set, before shuffling and noise, and the index of the element to select. */
interface Selection {
  readonly elements: readonly Float32Array[]
  readonly chosen: number
}

/** A selection task: in each set, one element is to be selected. Set i has its own random stream, so it is always the same. */
interface SelectionOptions {
  readonly where: string
  readonly count: number
  readonly size: number
  readonly element: readonly number[]
  readonly noise: number
  readonly seed: number
  readonly draw: (random: Random) => Selection
  /** Additional entries of every batch. */
  readonly extra?: Batch
}

/** A data set with `x` float32 [batch, set, ...element], shuffled and noisy, `mask` bool [batch, set] and `target` int64 [batch], the index to select. */
function selections({ where, count, size, element, noise, seed, draw, extra }: SelectionOptions): Dataset {
  const numbers = element.reduce((n, d) => n * d, 1)
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices(where, indices, count)
    const x = new Float32Array(indices.length * size * numbers)
    const places = Array.from(indices, (index, b) => {
      const random = new Random({ seed, stream: where, index })
      const { elements, chosen } = draw(random)
      const order = random.permutation(size)
      order.forEach((from, to) => {
        const start = (b * size + to) * numbers
        elements[from]!.forEach((v, k) => {
          x[start + k] = v + (noise === 0 ? 0 : noise * random.normal())
        })
      })
      return order.indexOf(chosen)
    })
    return {
      ...extra,
      x: float32([indices.length, size, ...element], x),
      mask: bool([indices.length, size], new Uint8Array(indices.length * size).fill(1)),
      target: int64([indices.length], (write) => {
        places.forEach((place, b) => {
          write(b, place)
        })
      }),
    }
  }
  return { length: count, batch }
}

/** Options of oddImages. */
export interface OddImageOptions {
  /** The number of sets. */
  readonly count: number
  /** The number of images in a set. */
  readonly size: number
  /** The standard deviation of the noise of each pixel, for images with values between 0 and 1. */
  readonly noise: number
  readonly seed: number
}

/**
 * Image bursts: noisy copies of one image, except for one noisy copy of a different image of the same class. The `target`, int64 [batch], is the index of
 * this copy.
 *
 * A single noisy image does not reveal it, and neither does the class: a model must compare the images pixel by pixel.
 *
 * @param images - `x` float32 [batch, 1, height, width], at least two images of each class.
 * @throws RangeError if `size` is below 3, or a class has only one image.
 */
export function oddImages(images: ClassDataset, { count, size, noise, seed }: OddImageOptions): Dataset {
  if (!(Number.isInteger(size) && size >= 3)) throw new RangeError(`oddImages: expected sets of at least 3 images, received ${size}.`)
  const byClass = images.classes.map((_, c) => Uint32Array.from(images.labels.keys()).filter((i) => images.labels[i] === c))
  const lonely = byClass.findIndex((members) => members.length < 2)
  if (lonely >= 0)
    throw new RangeError(`oddImages: expected at least two images of class ${images.classes[lonely]}, received ${byClass[lonely]!.length}.`)
  const element = images.batch([0]).x!.shape.slice(1)
  const draw = (random: Random): Selection => {
    const members = byClass[random.integer(byClass.length)]!
    const usual = random.integer(members.length)
    const odd = (usual + 1 + random.integer(members.length - 1)) % members.length
    const pixels = images.batch([members[usual]!, members[odd]!]).x!.data as Float32Array
    const [one, other] = [pixels.subarray(0, pixels.length / 2), pixels.subarray(pixels.length / 2)]
    return { elements: Array.from({ length: size }, (_, i) => (i === 0 ? other : one)), chosen: 0 }
  }
  return selections({ where: 'oddImages', count, size, element, noise, seed, draw })
}

/** Options of middlePoses. */
export interface MiddlePoseOptions {
  readonly mesh: PosedMesh
  /** The first pose and the number of poses of each clip. Clips are loops: the first pose follows the last. */
  readonly clips: readonly { readonly start: number; readonly frames: number }[]
  /** Whether a set may start at a frame of a clip. */
  readonly starts: (frame: number) => boolean
  /** The possible numbers of frames between successive poses of a set. */
  readonly spacings: readonly number[]
  readonly count: number
  /** The number of poses in a set; odd. */
  readonly size: number
  /** The number of vertices per pose, chosen at random for each set and equal in all its poses; or `mesh` for all vertices, in order, with the edges. */
  readonly points: number | 'mesh'
  /** The standard deviation of the noise of each coordinate, for shapes of radius 1. */
  readonly noise: number
  readonly seed: number
}

/**
 * Shuffled sets of poses at equal time steps of a clip. The `target`, int64 [batch], is the index of the pose in the middle of the time interval.
 *
 * A batch has `x` float32 [batch, set, points, 3]: random vertices, in the same order for all poses of a set. Each set is rotated about the vertical axis (y)
 * by a random angle, centred, and divided by the largest distance from its centre. With `points: 'mesh'`, a batch also has the edges, `edge_index` int64
 * [2, edges].
 *
 * @throws RangeError if the number of poses is even or below 3, a set lasts longer than half of a clip (then it has no well-defined middle, because clips are
 * loops), a set can start at no frame, or there are fewer vertices than points.
 * @see Maron, Litany, Chechik, Fetaya 2020, "On learning sets of symmetric elements", section 7, which uses moving human bodies.
 */
export function middlePoses(options: MiddlePoseOptions): Dataset {
  const { mesh, clips, starts, spacings, count, size, noise, seed } = options
  const whole = options.points === 'mesh'
  const points = options.points === 'mesh' ? mesh.vertices : options.points
  const widest = (size - 1) * Math.max(...spacings)
  if (!(Number.isInteger(size) && size >= 3 && size % 2 === 1))
    throw new RangeError(`middlePoses: expected an odd number of poses, 3 or more, received ${size}.`)
  if (clips.some(({ frames }) => 2 * widest > frames))
    throw new RangeError(`middlePoses: expected sets that last no longer than half of a clip, received ${widest} frames.`)
  if (points < 1 || points > mesh.vertices)
    throw new RangeError(`middlePoses: expected from 1 to ${mesh.vertices} points, received ${points}.`)
  const beginnings = clips.flatMap((clip) =>
    Array.from({ length: clip.frames }, (_, frame) => ({ ...clip, frame })).filter((c) => starts(c.frame)),
  )
  if (beginnings.length === 0) throw new RangeError('middlePoses: expected at least one frame at which a set may start, received none.')
  const all = Uint32Array.from({ length: mesh.vertices }, (_, vertex) => vertex)
  const draw = (random: Random): Selection => {
    const { start, frames, frame } = beginnings[random.integer(beginnings.length)]!
    const spacing = spacings[random.integer(spacings.length)]!
    const vertices = whole ? all : random.permutation(mesh.vertices).subarray(0, points)
    const angle = 2 * Math.PI * random.uniform()
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)]
    const elements = Array.from({ length: size }, (_, i) => {
      const pose = start + ((frame + i * spacing) % frames)
      return Float32Array.from({ length: 3 * points }, (_, at) => {
        const vertex = 3 * (pose * mesh.vertices + vertices[Math.floor(at / 3)]!)
        const [x, y, z] = [mesh.poses[vertex]!, mesh.poses[vertex + 1]!, mesh.poses[vertex + 2]!]
        return [cosine * x + sine * z, y, cosine * z - sine * x][at % 3]!
      })
    })
    return { elements: together(elements), chosen: (size - 1) / 2 }
  }
  const extra = whole ? { edge_index: meshEdges(mesh) } : {}
  return selections({ where: 'middlePoses', count, size, element: [points, 3], noise, seed, draw, extra })
}

/** Centres and scales point clouds together. */
function together(clouds: readonly Float32Array[]): Float32Array[] {
  const all = clouds.flatMap((cloud) => [...cloud])
  const centre = [0, 1, 2].map((k) => (3 * all.reduce((sum, v, i) => (i % 3 === k ? sum + v : sum), 0)) / all.length)
  const moved = clouds.map((cloud) => cloud.map((v, i) => v - centre[i % 3]!))
  let radius = 1e-12
  for (const cloud of moved)
    for (let i = 0; i < cloud.length; i += 3) radius = Math.max(radius, Math.hypot(cloud[i]!, cloud[i + 1]!, cloud[i + 2]!))
  return moved.map((cloud) => cloud.map((v) => v / radius))
}
