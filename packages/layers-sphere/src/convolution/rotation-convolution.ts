import { type EulerAngles, rotationHarmonics } from '@equivar/groups'
import { Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import { type Dimension, matMul, reshape, type Tensor, times, transpose } from '@equivar/tensor'
import { bandwidthOf } from '../checks.ts'
import { blocksOf, joinBlocks } from '../spectrum/blocks.ts'
import { rotationSignal, rotationSpectrum } from '../spectrum/rotations.ts'
import { type Kernel, kernel } from './kernel.ts'
import { rotationEquatorialGrid, rotationNearIdentityGrid } from './kernel-grid.ts'
import { type ConvolutionSizes, gridOf, type HarmonicConvolutionOptions, sizesOf } from './options.ts'

/** Reshapes the rows [(2l + 1)^2, a, b] of a degree, with row axes (M, N), to a matrix (M a) x (N b). */
function asMatrix(block: Tensor, l: number): Tensor {
  const [, a = 0, b = 0] = block.shape
  const size = 2 * l + 1
  return reshape(transpose(reshape(block, [size, size, a, b]), [0, 2, 1, 3]), [times(size, a), times(size, b)])
}

/** Y_(M batch)(K out) = sum over N and in of F_(M batch)(N in) Psi_(K in)(N out), where K, N are the row axes of the kernel. */
function degreeProduct(f: Tensor, psi: Tensor, l: number): Tensor {
  const size = 2 * l + 1
  const [, inChannels = 0, outChannels = 0] = psi.shape
  const batch = f.shape[1] as Dimension
  const weight = reshape(transpose(reshape(psi, [size, size, inChannels, outChannels]), [1, 2, 0, 3]), [
    times(size, inChannels),
    times(size, outChannels),
  ])
  return transpose(reshape(matMul(asMatrix(f, l), weight), [size, batch, size, outChannels]), [0, 2, 1, 3])
}

/**
 * Correlation on SO(3).
 *
 * Law: with (L_Q x)(R) = x(Q^-1 R), f(L_Q x) = L_Q f(x) for every rotation Q, exactly for signals of degree below the bandwidth.
 * y(R) = sum over channels of the mean over all Q of psi(R^-1 Q) x(Q), plus bias; in the spectrum, Y^l = X^l (Psi^l)^T.
 *
 * This is the analogue of GroupConvolution in layers-grids for a continuous group. There, sums run over the elements of a finite group, and every function on
 * the group is a signal. Here, signals have finite bandwidth, for which the quadrature over the group is exact; only pointwise nonlinearities leave this space.
 *
 * Weights at rotations are initially uniform in [-1, 1], times 1 / sqrt(rotations x in x outBandwidth^3 / bandwidth^3), as published.
 *
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs", equations 6 and 9.
 */
export class RotationConvolution extends Module {
  /** [rotations, in, out], or [degrees (4 degrees^2 - 1) / 3, in, out] for a spectral kernel. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #kernel: Kernel
  readonly #sizes: ConvolutionSizes

  /** @throws RangeError if a size is out of range, or the kernel is unknown or empty. */
  constructor({ kernel: form = 'nearIdentity', bias = true, ...options }: HarmonicConvolutionOptions<EulerAngles>) {
    super()
    this.#sizes = sizesOf('RotationConvolution', options)
    const { bandwidth, outBandwidth, outChannels } = this.#sizes
    this.#kernel = kernel(form, this.#sizes, {
      name: 'RotationConvolution',
      grids: { nearIdentity: rotationNearIdentityGrid, equatorial: rotationEquatorialGrid },
      harmonicsAt: rotationHarmonics,
      dimension: (l) => (2 * l + 1) ** 2,
      fanIn: (l) => 2 * l + 1,
      spread: outBandwidth ** 3 / bandwidth ** 3,
    })
    this.weight = this.#kernel.weight
    this.bias = bias ? parameter([outChannels], { initializer: zerosOf }) : undefined
  }

  /**
   * @param x - float32 [batch, in, 2b, 2b, 2b] (beta, alpha, gamma), where b is the bandwidth of the layer or larger.
   * @param options - `oversampling` overrides that of the layer.
   * @returns float32 [batch, out, 2c, 2c, 2c], where c is the bandwidth of the output grid.
   * @throws ShapeError if x has a different shape.
   */
  forward(x: Tensor, options: { readonly oversampling?: number } = {}): Tensor {
    const { inChannels: channels, bandwidth, degrees } = this.#sizes
    const grid = gridOf('RotationConvolution.forward', this.#sizes, options)
    bandwidthOf('RotationConvolution.forward', x, 3, { channels, bandwidth })
    const rows = (l: number): number => (2 * l + 1) ** 2
    const weights = blocksOf(this.#kernel.spectrum(), rows)
    const blocks = blocksOf(rotationSpectrum(x, { degrees }), rows).map((f, l) => degreeProduct(f, weights[l] as Tensor, l))
    return rotationSignal(joinBlocks(blocks, this.bias), { bandwidth: grid })
  }
}
