import { Module, type Parameter, parameter, uniform, zerosOf } from '@equivar/nn'
import { concat, type Dimension, matMul, printShape, reshape, ShapeError, split, type Tensor, times } from '@equivar/tensor'
import { bandwidthOf, degreesOf, requireBandwidth, requireCount } from '../checks.ts'
import { blocksOf, joinBlocks } from '../spectrum/blocks.ts'
import { sphereSignal, sphereSpectrum } from '../spectrum/sphere.ts'
import { type ConvolutionSizes, type HarmonicConvolutionOptions, sizesOf } from './options.ts'

/** Multiplies the channels of each degree l, [2l + 1, batch, in], by weight[l], where weight is [degrees, in, out]. */
function mixDegrees(spectrum: Tensor, weight: Parameter): Tensor[] {
  const [degrees = 0, inChannels = 0, outChannels = 0] = weight.sizes
  const weights = degrees === 1 ? [weight] : split(weight, new Array<number>(degrees).fill(1), 0)
  return blocksOf(spectrum, (l) => 2 * l + 1).map((block, l) => {
    const batch = block.shape[1] as Dimension
    const mixed = matMul(reshape(block, [times(2 * l + 1, batch), inChannels]), reshape(weights[l] as Tensor, [inChannels, outChannels]))
    return reshape(mixed, [2 * l + 1, batch, outChannels])
  })
}

/** A weight [degrees, in, out], initially uniform with variance 1 / in, which preserves the mean square of each degree. */
function degreeWeight(degrees: number, inChannels: number, outChannels: number): Parameter {
  const bound = Math.sqrt(3 / inChannels)
  return parameter([degrees, inChannels, outChannels], { initializer: uniform(-bound, bound) })
}

/** Options of DegreeLinear. */
export interface DegreeLinearOptions {
  readonly degrees: number
  readonly inChannels: number
  readonly outChannels: number
}

/**
 * All linear maps between spectra of signals on the sphere that commute with rotations: one matrix on the channels per degree.
 *
 * Law: f(D x) = D f(x) for every rotation Q, where D is the block-diagonal matrix of the realWignerD^l(Q). By Schur's lemma these are all such maps.
 * Y^l_M = X^l_M W_l.
 */
export class DegreeLinear extends Module {
  /** [degrees, in, out]. */
  readonly weight: Parameter

  /** @throws RangeError if a size is out of range. */
  constructor({ degrees, inChannels, outChannels }: DegreeLinearOptions) {
    super()
    requireBandwidth('DegreeLinear', 'degrees', degrees)
    requireCount('DegreeLinear', 'inChannels', inChannels)
    requireCount('DegreeLinear', 'outChannels', outChannels)
    this.weight = degreeWeight(degrees, inChannels, outChannels)
  }

  /**
   * @param spectrum - float32 [degrees^2, batch, in].
   * @returns float32 [degrees^2, batch, out].
   * @throws ShapeError if the spectrum has a different number of degrees or channels.
   */
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
 * Convolution with zonal kernels (symmetric about their axis), from the sphere to the sphere.
 *
 * Law: f(x o Q^-1) = f(x) o Q^-1 for every rotation Q, exactly for signals of degree below the bandwidth. Together with the bias, these are all affine maps of
 * such signals with this property.
 * Y^l_M = X^l_M W_l, plus bias: one weight per degree and pair of channels.
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

  /**
   * @param x - float32 [batch, in, 2b, 2b] (beta, alpha).
   * @returns float32 [batch, out, 2c, 2c], where c is the bandwidth of the output grid.
   * @throws ShapeError if x has a different shape.
   */
  forward(x: Tensor): Tensor {
    const { inChannels: channels, bandwidth, degrees, grid } = this.#sizes
    bandwidthOf('ZonalConvolution.forward', x, 2, { channels, bandwidth })
    const blocks = mixDegrees(sphereSpectrum(x, { degrees }), this.weight)
    return sphereSignal(joinBlocks(blocks, this.bias), { bandwidth: grid })
  }
}
