import { planeRotation, translations } from '@equivar/groups'
import {
  bilinearSample,
  CyclicConvolution,
  pixelCentres,
  pointGroup,
  regularFields,
  SteerableConvolution,
  scalarFields,
} from '@equivar/layers-grids'
import { evaluate, input, matMul, optimize, type Program, program, tanh } from '@equivar/tensor'
import type { Kind } from '../kind.ts'
import { Chain, compile, type Network } from '../network.ts'
import { readNumber } from '../number-in-address.ts'

/** Exchanges left and right if `mirror`, then turns counterclockwise by degrees, then shifts around the edges. */
export interface PlaneMotion {
  readonly mirror: boolean
  readonly angle: number
  readonly down: number
  readonly right: number
}

/** Pixels on a side. */
export const SIZE = 20

const square = pointGroup('p4m')

/** Each pixel at the place to which a permutation takes it. */
const permuted = (images: ArrayLike<number>, pixels: Float64Array): Float64Array => {
  const moved = new Float64Array(pixels.length)
  pixels.forEach((value, i) => {
    moved[images[i] as number] = value
  })
  return moved
}

let sampler: Program<'y'> | undefined

/** The image turned by any angle, read between its pixels; what comes from outside is 0. */
function sampled(pixels: Float64Array, degrees: number): Float64Array {
  if (sampler === undefined) {
    const image = input('image', 'float32', [1, 1, SIZE, SIZE])
    const back = input('back', 'float32', [2, 2])
    sampler = optimize(program({ inputs: { image, back }, outputs: { y: bilinearSample(image, matMul(pixelCentres(SIZE, SIZE), back)) } }))
  }
  const feeds = {
    image: { dtype: 'float32', shape: [1, 1, SIZE, SIZE], data: pixels },
    // Rows are points: p times this matrix is the point turned back.
    back: { dtype: 'float32', shape: [2, 2], data: planeRotation(1, (degrees * Math.PI) / 180) },
  } as const
  return Float64Array.from(evaluate(sampler, feeds).y.data as ArrayLike<number>)
}

const wrapped = (degrees: number): number => ((degrees % 360) + 360) % 360

/** Whether the grid has the turn itself. */
const isRight = ({ angle }: PlaneMotion): boolean => wrapped(angle) % 90 === 0

function move(g: PlaneMotion, pixels: Float64Array): Float64Array {
  const mirrored = g.mirror ? permuted(square.images(4, SIZE), pixels) : pixels
  const quarter = isRight(g) ? wrapped(g.angle) / 90 : undefined
  const turned = quarter === undefined ? sampled(mirrored, g.angle) : permuted(square.images(quarter, SIZE), mirrored)
  const [rows, columns] = translations(SIZE, SIZE).generators
  return permuted(rows!.power(g.down).compose(columns!.power(g.right)).images, turned)
}

/** Rows and columns of strokes that make the letter F in the middle. */
const strokes = [
  [5, 15, 6, 8],
  [5, 7, 6, 13],
  [9, 11, 6, 12],
] as const
/** Each pixel shared with its neighbours, a quarter to each side along an axis. */
function softened(pixels: Float64Array): Float64Array {
  const along = (values: Float64Array, step: number): Float64Array =>
    values.map((value, at) => value / 2 + ((values[at - step] ?? 0) + (values[at + step] ?? 0)) / 4)
  return along(along(pixels, 1), SIZE)
}

const letter: Float64Array = Float64Array.from({ length: SIZE ** 2 }, (_, at) => {
  const [row, column] = [Math.floor(at / SIZE), at % SIZE]
  return strokes.some(([top, bottom, left, right]) => row >= top && row < bottom && column >= left && column < right) ? 1 : 0
})
const start = softened(letter)

/** How strong one touch of the brush is. */
const TOUCH = 0.5

/** The image with a soft dot added at a pixel, or taken away. */
export function touched(pixels: Float64Array, pixel: number, adds: boolean): Float64Array {
  const dot = softened(softened(Float64Array.from(pixels, (_, at) => (at === pixel ? (adds ? 4 : -4) * TOUCH : 0))))
  return pixels.map((value, at) => Math.max(0, Math.min(1, value + dot[at]!)))
}

const feeds = (pixels: Float64Array) => ({ x: { dtype: 'float32', shape: [1, 1, SIZE, SIZE], data: pixels } as const })

const network = (layers: () => ConstructorParameters<typeof Chain>[0]) => (): Network => {
  const x = input('x', 'float32', [1, 1, SIZE, SIZE])
  const module = new Chain(layers(), tanh)
  return { module, inputs: { x }, output: module.forward(x) }
}

const symmetric = compile(
  network(() => {
    const [outer, inner] = [scalarFields('D8', 1), regularFields('D8', 1)]
    const settings = { padding: 'cyclic', bias: false } as const
    return [
      new SteerableConvolution({ input: outer, output: inner, kernel: 5, ...settings }),
      new SteerableConvolution({ input: inner, output: outer, kernel: 3, ...settings }),
    ]
  }),
  feeds,
  start,
)

const plain = compile(
  network(() => {
    const settings = { dimensions: 2, bias: false } as const
    return [
      new CyclicConvolution({ inChannels: 1, outChannels: 6, kernel: 5, ...settings }),
      new CyclicConvolution({ inChannels: 6, outChannels: 1, kernel: 3, ...settings }),
    ]
  }),
  feeds,
  start,
)

/** Whether a pixel stays in the image however it is turned. */
function isInDisc(pixel: number): boolean {
  const centre = (SIZE - 1) / 2
  return Math.hypot(Math.floor(pixel / SIZE) - centre, (pixel % SIZE) - centre) <= centre - 1
}

const identity: PlaneMotion = { mirror: false, angle: 0, down: 0, right: 0 }

/** An image that is turned, mirrored and shifted, and an image as the output. */
export const image: Omit<Kind<Float64Array, PlaneMotion>, 'Picture' | 'Controls'> = {
  name: 'image',
  words: {
    hint: 'Paint on x. Drag g·x, and the handle around it. On a grid of pixels, only right angles are exact.',
    symmetric: 'steerable convolutions (D8)',
    plain: 'convolutions (CNN)',
    output: 'an image',
    legend: 'pixels: g·f(x), dots in them: f(g·x)',
  },
  start,
  identity,
  first: { ...identity, angle: 90 },
  symmetric,
  plain,
  move,
  moveOutput: move,
  between: (from, to, share) => ({ ...to, angle: from.angle + share * (to.angle - from.angle) }),
  read: (state) => ({
    mirror: readNumber(state, 'mirror', 0, { least: 0, most: 1 }) === 1,
    angle: readNumber(state, 'angle', 90, { least: 0, most: 360 }),
    down: readNumber(state, 'down', 0, { least: 0, most: SIZE - 1 }),
    right: readNumber(state, 'right', 0, { least: 0, most: SIZE - 1 }),
  }),
  write: ({ mirror, angle, down, right }) => ({
    mirror: mirror ? '1' : '',
    angle: String(wrapped(Math.round(angle))),
    down: down === 0 ? '' : String(down),
    right: right === 0 ? '' : String(right),
  }),
  compares: (g) => (isRight(g) ? () => true : isInDisc),
  whyNearly: (g) => (isRight(g) ? undefined : 'the grid has no such turn'),
  whyPlain: 'convolutions commute with shifts',
}
