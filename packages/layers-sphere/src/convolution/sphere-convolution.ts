import { type SpherePoint, sphereHarmonics } from '@equivar/groups'
import { Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import { matMul, type Tensor, unsqueeze } from '@equivar/tensor'
import { bandwidthOf } from '../checks.ts'
import { blocksOf, joinBlocks } from '../spectrum/blocks.ts'
import { rotationSignal } from '../spectrum/rotations.ts'
import { sphereSpectrum } from '../spectrum/sphere.ts'
import { type Kernel, kernel } from './kernel.ts'
import { sphereEquatorialGrid, sphereNearIdentityGrid } from './kernel-grid.ts'
import { type ConvolutionSizes, gridOf, type HarmonicConvolutionOptions, sizesOf } from './options.ts'

/**
 * Correlation on the sphere, from signals on the sphere to signals on SO(3).
 *
 * Law: f(x o Q^-1)(R) = f(x)(Q^-1 R) for every rotation Q, exactly for signals of degree below the bandwidth.
 * y(R) = sum over channels of the mean over the sphere of psi(R^-1 p) x(p), plus bias; in the spectrum, Y^l_MN = X^l_M Psi^l_N.
 *
 * Like every lifting convolution, it maps to functions on the group. A mean over gamma, to return to the sphere, would make all kernels zonal (see
 * ZonalConvolution).
 *
 * Weights at points are initially uniform in [-1, 1], times 1 / sqrt(points x in x outBandwidth^4 / bandwidth^2), as published.
 *
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs", equations 4 and 8.
 */
export class SphereConvolution extends Module {
  /** [points, in, out], or [degrees^2, in, out] for a spectral kernel. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #kernel: Kernel
  readonly #sizes: ConvolutionSizes

  /** @throws RangeError if a size is out of range, or the kernel is unknown or empty. */
  constructor({ kernel: form = 'nearIdentity', bias = true, ...options }: HarmonicConvolutionOptions<SpherePoint>) {
    super()
    this.#sizes = sizesOf('SphereConvolution', options)
    const { bandwidth, outBandwidth, outChannels } = this.#sizes
    this.#kernel = kernel(form, this.#sizes, {
      name: 'SphereConvolution',
      grids: { nearIdentity: sphereNearIdentityGrid, equatorial: sphereEquatorialGrid },
      harmonicsAt: sphereHarmonics,
      dimension: (l) => 2 * l + 1,
      fanIn: (l) => 2 * l + 1,
      spread: outBandwidth ** 4 / bandwidth ** 2,
    })
    this.weight = this.#kernel.weight
    this.bias = bias ? parameter([outChannels], { initializer: zerosOf }) : undefined
  }

  /**
   * @param x - float32 [batch, in, 2b, 2b] (beta, alpha), where b is the bandwidth of the layer or larger.
   * @param options - `oversampling` overrides that of the layer.
   * @returns float32 [batch, out, 2c, 2c, 2c] (beta, alpha, gamma), where c is the bandwidth of the output grid.
   * @throws ShapeError if x has a different shape.
   */
  forward(x: Tensor, options: { readonly oversampling?: number } = {}): Tensor {
    const { inChannels: channels, bandwidth, degrees } = this.#sizes
    const grid = gridOf('SphereConvolution.forward', this.#sizes, options)
    bandwidthOf('SphereConvolution.forward', x, 2, { channels, bandwidth })
    const rows = (l: number): number => 2 * l + 1
    const signal = blocksOf(sphereSpectrum(x, { degrees }), rows)
    const weights = blocksOf(this.#kernel.spectrum(), rows)
    // [M, 1, batch, in] times [1, N, in, out].
    const blocks = signal.map((f, l) => matMul(unsqueeze(f, 1), unsqueeze(weights[l] as Tensor, 0)))
    return rotationSignal(joinBlocks(blocks, this.bias), { bandwidth: grid })
  }
}
