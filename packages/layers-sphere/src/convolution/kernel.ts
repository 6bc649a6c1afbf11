import { type Initializer, type Parameter, parameter, uniform } from '@equivar/nn'
import { constant, matMul, mul, reshape, type Tensor } from '@equivar/tensor'
import { cached } from '../harmonics/cache.ts'

/** Whether kernels are given by their values at some points, or by their coefficients. */
export type KernelForm<Point> = 'nearIdentity' | 'equatorial' | 'spectral' | readonly Point[]

/** What a kernel is made from. */
interface KernelDescription {
  readonly degrees: number
  readonly inChannels: number
  readonly outChannels: number
  /** Rows of its spectrum that belong to a degree. */
  readonly dimension: (l: number) => number
  /** Coefficients of the signal that a coefficient of the product sums over, for a channel. */
  readonly fan: (l: number) => number
  /** The harmonics at the points where the kernel has weights, float32 [rows, points]; undefined if the weights are the spectrum. */
  readonly harmonics: Tensor | undefined
  /** Factor of weights at points, which start uniform in [-1, 1]. */
  readonly scale: number
}

/** Uniform with variance 1 / (fan of the degree times in): the signal's mean square is kept, degree by degree. */
function spectralInitializer(degreeOfRow: readonly number[], fan: (l: number) => number): Initializer {
  return (shape, random) => {
    const [, inChannels = 1, outChannels = 1] = shape
    return uniform(-1, 1)(shape, random).map((value, i) => {
      const l = degreeOfRow[Math.floor(i / (inChannels * outChannels))] as number
      return value * Math.sqrt(3 / (fan(l) * inChannels))
    })
  }
}

/** The weights of a kernel and the spectrum that they stand for. */
export interface Kernel {
  /** [points, in, out], or [rows, in, out] for the form `spectral`. */
  readonly weight: Parameter
  /** [rows, in, out]. */
  readonly spectrum: () => Tensor
}

/** Makes the weights of a kernel. */
export function kernel({ degrees, inChannels, outChannels, dimension, fan, harmonics, scale }: KernelDescription): Kernel {
  const degreeOfRow = Array.from({ length: degrees }, (_, l) => new Array<number>(dimension(l)).fill(l)).flat()
  const rows = degreeOfRow.length
  if (harmonics === undefined) {
    const weight = parameter([rows, inChannels, outChannels], { initializer: spectralInitializer(degreeOfRow, fan) })
    return { weight, spectrum: () => weight }
  }
  const points = harmonics.shape[1] as number
  const weight = parameter([points, inChannels, outChannels], { initializer: uniform(-1, 1) })
  const spectrum = (): Tensor =>
    reshape(matMul(harmonics, mul(reshape(weight, [points, inChannels * outChannels]), scale)), [rows, inChannels, outChannels])
  return { weight, spectrum }
}

/** The published grids of a space by name. */
export type Grids<Point> = Readonly<Record<string, () => readonly Point[]>>

/**
 * The harmonics at the points of a kernel, shared by all kernels on a published grid; undefined for a spectral one.
 *
 * @param evaluate - harmonics at points, [rows, points].
 * @throws RangeError if there are no points, or no grid of that name.
 */
export function harmonicsOf<Point>(
  where: string,
  form: string | readonly Point[],
  grids: Grids<Point>,
  degrees: number,
  evaluate: (points: readonly Point[], degrees: number) => Float64Array,
): Tensor | undefined {
  if (form === 'spectral') return undefined
  const make = (points: readonly Point[]): Tensor => {
    const data = evaluate(points, degrees)
    return constant(data, [data.length / points.length, points.length])
  }
  const grid = typeof form === 'string' && Object.hasOwn(grids, form) ? grids[form] : undefined
  if (grid !== undefined) return cached(`${where} ${form as string}`, [degrees], () => make(grid()))
  if (typeof form !== 'string' && form.length > 0) return make(form)
  const names = Object.keys(grids).map((name) => `"${name}"`)
  throw new RangeError(
    `${where}: expected the kernel as ${names.join(', ')}, "spectral" or a list of points, received ${typeof form === 'string' ? `"${form}"` : 'none'}.`,
  )
}
