import { Module, type Parameter, parameter, uniform, zerosOf } from '@equivar/nn'
import { concat, type Dimension, matMul, printShape, reshape, ShapeError, split, type Tensor, times } from '@equivar/tensor'
import { bandwidthOf, degreesOf, demandBandwidth, demandCount } from '../checks.ts'
import { blocksOf, joined } from '../spectrum/blocks.ts'
import { sphereSignal, sphereSpectrum } from '../spectrum/sphere.ts'
import { type ConvolutionSizes, type HarmonicConvolutionOptions, sizesOf } from './options.ts'

/** Channels of each degree times a matrix of their own: blocks [2l + 1, batch, in] by weight [degrees, in, out]. */
function mixDegrees(spectrum: Tensor, weight: Parameter): Tensor[] {
  const [degrees = 0, inChannels = 0, outChannels = 0] = weight.sizes
  const weights = degrees === 1 ? [weight] : split(weight, new Array<number>(degrees).fill(1), 0)
  return blocksOf(spectrum, (l) => 2 * l + 1).map((block, l) => {
    const batch = block.shape[1] as Dimension
    const mixed = matMul(reshape(block, [times(2 * l + 1, batch), inChannels]), reshape(weights[l] as Tensor, [inChannels, outChannels]))
    return reshape(mixed, [2 * l + 1, batch, outChannels])
  })
}

/** [degrees, in, out], uniform with variance 1 / in: the mean square is kept, degree by degree. */
function degreeWeight(degrees: number, inChannels: number, outChannels: number): Parameter {
  const bound = Math.sqrt(3 / inChannels)
  return parameter([degrees, inChannels, outChannels], { initializer: uniform(-bound, bound) })
}

/** Settings of a DegreeLinear. */
export interface DegreeLinearOptions {
  readonly degrees: number
  readonly inChannels: number
  readonly outChannels: number
}

/**
 * All linear maps between spectra of signals on the sphere that commute with rotations: one matrix of channels a degree.
 *
 * Law: f(D x) = D f(x) for the block diagonal matrix D of every realWignerD^l(Q); by Schur's lemma there are no others. Y^l_M = X^l_M W_l.
 */
export class DegreeLinear extends Module {
  /** [degrees, in, out]. */
  readonly weight: Parameter

  /** @throws RangeError if a size is out of range. */
  constructor({ degrees, inChannels, outChannels }: DegreeLinearOptions) {
    super()
    demandBandwidth('DegreeLinear', 'degrees', degrees)
    demandCount('DegreeLinear', 'inChannels', inChannels)
    demandCount('DegreeLinear', 'outChannels', outChannels)
    this.weight = degreeWeight(degrees, inChannels, outChannels)
  }

  /** @param spectrum - float32 [degrees^2, batch, in]. @returns float32 [degrees^2, batch, out]. @throws ShapeError if it has other degrees or channels. */
  forward(spectrum: Tensor): Tensor {
    const [degrees = 0, inChannels = 0] = this.weight.sizes
    const found = degreesOf('DegreeLinear.forward', spectrum, (l) => l * l, 'degrees^2')
    if (found !== degrees || spectrum.shape[2] !== inChannels)
      throw new ShapeError(
        'DegreeLinear.forward',
        `a spectrum [${degrees * degrees}, batch, ${inChannels}] (${degrees} degrees)`,
        printShape(spectrum.shape),
      )
    return concat(mixDegrees(spectrum, this.weight), 0)
  }
}

/**
 * Convolution on the sphere with kernels that are symmetric about their axis: from the sphere to the sphere.
 *
 * Law: f(x o Q^-1) = f(x) o Q^-1 for every rotation Q, exactly for signals without degrees from the bandwidth on; with the bias, all affine maps
 * of such signals that do. Y^l_M = X^l_M W_l, + bias: one weight a degree and pair of channels.
 *
 * @see Esteves, Allen-Blanchette, Makadia, Daniilidis 2018, "Learning SO(3) equivariant representations with spherical CNNs".
 */
export class ZonalConvolution extends Module {
  /** [degrees, in, out]. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #sizes: ConvolutionSizes

  /** @throws RangeError if a size is out of range. */
  constructor({ bias = true, ...options }: Omit<HarmonicConvolutionOptions<never>, 'kernel'>) {
    super()
    this.#sizes = sizesOf('ZonalConvolution', options)
    const { degrees, inChannels, outChannels } = this.#sizes
    this.weight = degreeWeight(degrees, inChannels, outChannels)
    this.bias = bias ? parameter([outChannels], { initializer: zerosOf }) : undefined
  }

  /** @param x - float32 [batch, in, 2b, 2b] (beta, alpha). @returns float32 [batch, out, 2c, 2c], c the output's grid. @throws ShapeError if x has another shape. */
  forward(x: Tensor): Tensor {
    const { inChannels: channels, bandwidth, degrees, grid } = this.#sizes
    bandwidthOf('ZonalConvolution.forward', x, 2, { channels, bandwidth })
    const blocks = mixDegrees(sphereSpectrum(x, { degrees }), this.weight)
    return sphereSignal(joined(blocks, this.bias), { bandwidth: grid })
  }
}
