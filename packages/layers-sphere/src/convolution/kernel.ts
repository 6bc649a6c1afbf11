import { type Initializer, type Parameter, parameter, uniform } from '@equivar/nn'
import { constant, matMul, reshape, type Tensor } from '@equivar/tensor'

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
  /** The harmonics at the points where the kernel has weights, [rows, points]; undefined if the weights are the spectrum. */
  readonly harmonics?: Float64Array
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
  const points = harmonics.length / rows
  const weight = parameter([points, inChannels, outChannels], { initializer: uniform(-1, 1) })
  const scaled = constant(
    harmonics.map((value) => value * scale),
    [rows, points],
  )
  const spectrum = (): Tensor =>
    reshape(matMul(scaled, reshape(weight, [points, inChannels * outChannels])), [rows, inChannels, outChannels])
  return { weight, spectrum }
}
