import { type Initializer, type Parameter, parameter, uniform } from '@equivar/nn'
import { constant, matMul, mul, reshape, type Tensor } from '@equivar/tensor'
import { cached } from '../constants/cache.ts'
import type { ConvolutionSizes } from './options.ts'

/** The properties of kernels that depend on the kind of convolution. */
export interface KernelSpace<Point> {
  /** The name of the convolution in error messages. */
  readonly name: string
  /** The published grids, by name. */
  readonly grids: Readonly<Record<string, () => readonly Point[]>>
  /** The values of the harmonics at points, [rows, points]. */
  readonly harmonicsAt: (points: readonly Point[], degrees: number) => Float64Array
  /** The number of rows of the spectrum that belong to a degree. */
  readonly dimension: (l: number) => number
  /** The number of coefficients of the signal that contribute to one coefficient of the output, per channel. */
  readonly fanIn: (l: number) => number
  /** Weights at points are initially uniform in [-1, 1], times 1 / sqrt(points x in x spread). */
  readonly spread: number
}

/** Uniform with variance 1 / (fanIn of the degree x in), which preserves the mean square of each degree of a signal. */
function spectralInitializer(degreeOfRow: readonly number[], fanIn: (l: number) => number): Initializer {
  return (shape, random) => {
    const [, inChannels = 1, outChannels = 1] = shape
    return uniform(-1, 1)(shape, random).map((value, i) => {
      const l = degreeOfRow[Math.floor(i / (inChannels * outChannels))] as number
      return value * Math.sqrt(3 / (fanIn(l) * inChannels))
    })
  }
}

/** The weights of a kernel and its spectrum. */
export interface Kernel {
  /** [points, in, out], or [rows, in, out] for `spectral`. */
  readonly weight: Parameter
  /** [rows, in, out]. */
  readonly spectrum: () => Tensor
}

/** The harmonics at the points of a kernel, float32 [rows, points], shared by all kernels on the same published grid; undefined for `spectral`. */
function harmonicsOf<Point>(
  form: string | readonly Point[],
  { name, grids, harmonicsAt }: KernelSpace<Point>,
  degrees: number,
): Tensor | undefined {
  if (form === 'spectral') return undefined
  const make = (points: readonly Point[]): Tensor => {
    const data = harmonicsAt(points, degrees)
    return constant(data, [data.length / points.length, points.length])
  }
  const grid = typeof form === 'string' && Object.hasOwn(grids, form) ? grids[form] : undefined
  if (grid !== undefined) return cached(`${name} ${form as string}`, [degrees], () => make(grid()))
  if (typeof form !== 'string' && form.length > 0) return make(form)
  const names = Object.keys(grids).map((known) => `"${known}"`)
  throw new RangeError(
    `${name}: expected kernel to be ${names.join(', ')}, "spectral" or a nonempty list of points, received ${typeof form === 'string' ? `"${form}"` : 'an empty list'}.`,
  )
}

/**
 * Creates the weights of a kernel.
 *
 * @param form - how the kernel is parameterized.
 * @throws RangeError if the list of points is empty, or there is no grid of that name.
 */
export function kernel<Point>(form: string | readonly Point[], sizes: ConvolutionSizes, space: KernelSpace<Point>): Kernel {
  const { degrees, inChannels, outChannels } = sizes
  const { dimension, fanIn, spread } = space
  const harmonics = harmonicsOf(form, space, degrees)
  const degreeOfRow = Array.from({ length: degrees }, (_, l) => new Array<number>(dimension(l)).fill(l)).flat()
  const rows = degreeOfRow.length
  if (harmonics === undefined) {
    const weight = parameter([rows, inChannels, outChannels], { initializer: spectralInitializer(degreeOfRow, fanIn) })
    return { weight, spectrum: () => weight }
  }
  const points = harmonics.shape[1] as number
  const scale = 1 / Math.sqrt(points * inChannels * spread)
  const weight = parameter([points, inChannels, outChannels], { initializer: uniform(-1, 1) })
  const spectrum = (): Tensor =>
    reshape(matMul(harmonics, mul(reshape(weight, [points, inChannels * outChannels]), scale)), [rows, inChannels, outChannels])
  return { weight, spectrum }
}
