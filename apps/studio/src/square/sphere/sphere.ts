import { driscollHealyGrid, eulerAngles, rotateSphereSignal } from '@equivar/groups'
import { CyclicConvolution } from '@equivar/layers-grids'
import { resample, ZonalConvolution } from '@equivar/layers-sphere'
import { evaluate, input, optimize, type Program, program, tanh } from '@equivar/tensor'
import type { Kind } from '../kind.ts'
import { Chain, compile, type Network } from '../network.ts'
import { readNumber } from '../number-in-address.ts'
import { fromDegrees, partOfTheWay, type Rotation, rotate, toDegrees } from './rotation.ts'

/** A signal on the sphere, made of bumps. */
export interface Bumps {
  /** Three numbers for each bump. */
  readonly directions: Float64Array
  /** [2b, 2b] (beta, alpha), of degrees below b. */
  readonly samples: Float64Array
}

/** The bandwidth b of signals. */
const BANDWIDTH = 8
/** The bandwidth of the grid on which they are drawn. */
export const FINE = 16

/** The height of each bump, and how narrow it is. */
const heights = [1, -1, 0.7]
const SHARPNESS = 7

const grid = driscollHealyGrid(BANDWIDTH)
const unmoved = { alpha: 0, beta: 0, gamma: 0 }

/** The signal that bumps at these directions make, without the degrees that the grid cannot hold. */
export function bumpsAt(directions: Float64Array): Bumps {
  const samples = Float64Array.from({ length: 4 * BANDWIDTH ** 2 }, (_, at) => {
    const [beta, alpha] = [grid.beta[Math.floor(at / (2 * BANDWIDTH))]!, grid.alpha[at % (2 * BANDWIDTH)]!]
    const point = [Math.sin(beta) * Math.cos(alpha), Math.sin(beta) * Math.sin(alpha), Math.cos(beta)]
    return heights.reduce((sum, height, i) => {
      const cosine = point.reduce((inner, value, axis) => inner + value * directions[3 * i + axis]!, 0)
      return sum + height * Math.exp(SHARPNESS * (cosine - 1))
    }, 0)
  })
  return { directions, samples: rotateSphereSignal(samples, BANDWIDTH, unmoved) }
}

const unit = (x: number, y: number, z: number): number[] => [x, y, z].map((value) => value / Math.hypot(x, y, z))
const start: Bumps = bumpsAt(Float64Array.from([unit(0.8, -0.6, 0.5), unit(0.9, 0.5, 0.1), unit(0.7, -0.1, -0.8)].flat()))

const rotated = (rotation: Rotation, samples: Float64Array): Float64Array => {
  const [alpha, beta, gamma] = eulerAngles(rotation)
  return rotateSphereSignal(samples, BANDWIDTH, { alpha, beta, gamma })
}

let finer: Program<'y'> | undefined

/** Samples on the finer grid on which they are drawn. */
export function refined(samples: Float64Array): Float64Array {
  const shape = [1, 1, 2 * BANDWIDTH, 2 * BANDWIDTH]
  if (finer === undefined) {
    const x = input('x', 'float32', shape)
    finer = optimize(program({ inputs: { x }, outputs: { y: resample(x, FINE) } }))
  }
  return Float64Array.from(evaluate(finer, { x: { dtype: 'float32', shape, data: samples } }).y.data as ArrayLike<number>)
}

const feeds = ({ samples }: Bumps) => ({ x: { dtype: 'float32', shape: [1, 1, 2 * BANDWIDTH, 2 * BANDWIDTH], data: samples } as const })

const network = (layers: () => ConstructorParameters<typeof Chain>[0]) => (): Network => {
  const x = input('x', 'float32', [1, 1, 2 * BANDWIDTH, 2 * BANDWIDTH])
  const module = new Chain(layers(), tanh)
  // Degrees that the grid cannot hold are left out of every output, as rotations leave them out.
  return { module, inputs: { x }, output: resample(module.forward(x), BANDWIDTH) }
}

const symmetric = compile(
  network(() => [
    new ZonalConvolution({ bandwidth: BANDWIDTH, inChannels: 1, outChannels: 4, oversampling: 2 }),
    new ZonalConvolution({ bandwidth: 2 * BANDWIDTH, outBandwidth: BANDWIDTH, inChannels: 4, outChannels: 1 }),
  ]),
  feeds,
  start,
)

const plain = compile(
  network(() => [
    new CyclicConvolution({ dimensions: 2, inChannels: 1, outChannels: 6, kernel: 5 }),
    new CyclicConvolution({ dimensions: 2, inChannels: 6, outChannels: 1, kernel: 5 }),
  ]),
  feeds,
  start,
)

/** A signal on the sphere that rotates, and a signal on the sphere as the output. */
export const sphere: Omit<Kind<Bumps, Rotation>, 'Picture' | 'Controls'> = {
  name: 'sphere',
  words: {
    hint: 'Drag the bumps of x. Drag g·x to rotate the sphere.',
    symmetric: 'spherical convolutions',
    plain: 'convolutions on the flat map (CNN)',
    output: 'a signal on the sphere',
    legend: 'ground: g·f(x), dots on it: f(g·x)',
  },
  start,
  identity: fromDegrees(0, 0, 0),
  first: fromDegrees(70, 50, 300),
  symmetric,
  plain,
  move: (rotation, { directions, samples }) => ({ directions: rotate(rotation, directions), samples: rotated(rotation, samples) }),
  moveOutput: rotated,
  between: partOfTheWay,
  read: (state) => {
    const angle = (name: string, first: number, most: number): number => readNumber(state, name, first, { least: 0, most })
    return fromDegrees(angle('alpha', 70, 360), angle('beta', 50, 180), angle('gamma', 300, 360))
  },
  write: (rotation) => {
    const [alpha, beta, gamma] = toDegrees(rotation)
    return { alpha: String(alpha), beta: String(beta), gamma: String(gamma) }
  },
  whyNearly: () => 'aliasing of tanh',
  whyPlain: 'the map has this turn about the poles',
}
