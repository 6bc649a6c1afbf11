import { Random } from '@equivar/tensor'
import { type Batch, type ClassDataset, type Dataset, requireIndices } from './dataset.ts'
import { meshEdges, type PosedMesh } from './point-clouds.ts'
import { bool, float32, int64 } from './values.ts'

/** Elements of a set in their order, without noise, and the number of the one to be chosen. */
interface Selection {
  readonly elements: readonly Float32Array[]
  readonly chosen: number
}

/** Sets of which one element is to be chosen; set i is drawn from its own random numbers, the same ones whenever it is asked for. */
interface SelectionOptions {
  readonly where: string
  readonly count: number
  readonly size: number
  readonly element: readonly number[]
  readonly noise: number
  readonly seed: number
  readonly draw: (random: Random) => Selection
  /** What every batch has beside its sets. */
  readonly further?: Batch
}

/** `x` float32 [batch, set, ...element], shuffled and with noise, `mask` bool [batch, set], `target` int64 [batch]: the place of the chosen one. */
function selections({ where, count, size, element, noise, seed, draw, further }: SelectionOptions): Dataset {
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
      ...further,
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

/** The size of a task of noisy images. */
export interface OddImageOptions {
  /** How many sets. */
  readonly count: number
  /** Images of a set. */
  readonly size: number
  /** Standard deviation of the noise of every pixel, of images between 0 and 1. */
  readonly noise: number
  readonly seed: number
}

/**
 * Bursts: noisy copies of one image, all but one, which is a noisy copy of another image of the same class. Its place is `target` int64 [batch].
 *
 * One noisy image says little, and its class nothing: what the others have in common must be seen pixel by pixel.
 *
 * @param images - `x` float32 [batch, 1, height, width], two images or more of each class.
 * @throws RangeError if a set is to have fewer than 3 images, or a class has but one.
 */
export function oddImages(images: ClassDataset, { count, size, noise, seed }: OddImageOptions): Dataset {
  if (!(Number.isInteger(size) && size >= 3)) throw new RangeError(`oddImages: expected sets of at least 3 images, received ${size}.`)
  const byClass = images.classes.map((_, c) => Uint32Array.from(images.labels.keys()).filter((i) => images.labels[i] === c))
  const lonely = byClass.findIndex((members) => members.length < 2)
  if (lonely >= 0)
    throw new RangeError(`oddImages: expected two images or more of class ${images.classes[lonely]}, received ${byClass[lonely]!.length}.`)
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

/** The size of a task of sets of poses. */
export interface MiddlePoseOptions {
  readonly mesh: PosedMesh
  /** The poses of each clip, which begins again after its last. */
  readonly clips: readonly { readonly start: number; readonly frames: number }[]
  /** The frames of a clip at which sets may begin. */
  readonly starts: (frame: number) => boolean
  /** Numbers of frames between neighbours of a set. */
  readonly spacings: readonly number[]
  readonly count: number
  /** Poses of a set, an odd number. */
  readonly size: number
  /** Vertices of a pose: the same ones for all poses of a set, others for every set; `mesh` for all of them, in their order and with their edges. */
  readonly points: number | 'mesh'
  /** Standard deviation of the noise of every coordinate, of shapes of radius 1. */
  readonly noise: number
  readonly seed: number
}

/**
 * Sets of poses at equal times of a clip, shuffled; the one in the middle of the time is `target` int64 [batch].
 *
 * `x` float32 [batch, set, points, 3]: vertices chosen at random, in one order for all poses of a set; the whole set is turned about the vertical axis
 * (y) by one random angle, centred, and divided by its largest distance from the centre. Of whole meshes every batch has the edges beside it, as
 * `edge_index` int64 [2, edges].
 *
 * @throws RangeError if the number of poses is even or below 3, sets last more than half of a clip (in a loop they have no middle), no frame may begin a
 * set, or there are fewer vertices than points.
 * @see Maron, Litany, Chechik, Fetaya 2020, "On learning sets of symmetric elements", section 7, which has human bodies in motion.
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
  if (beginnings.length === 0) throw new RangeError('middlePoses: expected frames at which sets may begin, received none.')
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
  const further = whole ? { edge_index: meshEdges(mesh) } : {}
  return selections({ where: 'middlePoses', count, size, element: [points, 3], noise, seed, draw, further })
}

/** Point clouds moved and scaled as one. */
function together(clouds: readonly Float32Array[]): Float32Array[] {
  const all = clouds.flatMap((cloud) => [...cloud])
  const centre = [0, 1, 2].map((k) => (3 * all.reduce((sum, v, i) => (i % 3 === k ? sum + v : sum), 0)) / all.length)
  const moved = clouds.map((cloud) => cloud.map((v, i) => v - centre[i % 3]!))
  let radius = 1e-12
  for (const cloud of moved)
    for (let i = 0; i < cloud.length; i += 3) radius = Math.max(radius, Math.hypot(cloud[i]!, cloud[i + 1]!, cloud[i + 2]!))
  return moved.map((cloud) => cloud.map((v) => v / radius))
}
