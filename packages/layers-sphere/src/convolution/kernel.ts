import { rotationSpectrumSize } from '@equivar/groups'
import { type Initializer, type Parameter, parameter, uniform } from '@equivar/nn'
import { constant, matMul, reshape, type Tensor } from '@equivar/tensor'

/** Whether kernels are given by their values at some points, or by their coefficients. */
export type KernelForm<Point> = 'nearIdentity' | 'equatorial' | 'spectral' | readonly Point[]

/** What a kernel is made from. */
interface KernelDescription {
  readonly degrees: number
  readonly inChannels: number
  readonly outChannels: number
  /** Rows of its spectrum. */
  readonly rows: number
  /** The harmonics at the points where the kernel has weights, [rows, points]; undefined if the weights are the spectrum. */
  readonly harmonics?: Float64Array
  /** Factor of weights at points, which start uniform in [-1, 1]. */
  readonly scale: number
}

/** The degree of a row of a spectrum that has (2l + 1) or (2l + 1)^2 rows a degree. */
function degreeOfRow(row: number, rows: number, degrees: number): number {
  const before = rows === degrees * degrees ? (l: number): number => l * l : rotationSpectrumSize
  let l = 0
  while (before(l + 1) <= row) l++
  return l
}

/** Uniform with variance 1 / ((2l + 1) in): the signal's mean square is kept, degree by degree. */
function spectralInitializer(rows: number, degrees: number): Initializer {
  return (shape, random) => {
    const [, inChannels = 1, outChannels = 1] = shape
    const numbers = uniform(-1, 1)(shape, random)
    return numbers.map((value, i) => {
      const l = degreeOfRow(Math.floor(i / (inChannels * outChannels)), rows, degrees)
      return value * Math.sqrt(3 / ((2 * l + 1) * inChannels))
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
export function kernel({ degrees, inChannels, outChannels, rows, harmonics, scale }: KernelDescription): Kernel {
  if (harmonics === undefined) {
    const weight = parameter([rows, inChannels, outChannels], { initializer: spectralInitializer(rows, degrees) })
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
