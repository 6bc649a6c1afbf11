import { type SpherePoint, sphereHarmonics } from '@equivar/groups'
import { Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import { matMul, type Tensor, unsqueeze } from '@equivar/tensor'
import { bandwidthOf } from '../checks.ts'
import { blocksOf, joined } from '../spectrum/blocks.ts'
import { rotationSignal } from '../spectrum/rotations.ts'
import { sphereSpectrum } from '../spectrum/sphere.ts'
import { type Kernel, kernel } from './kernel.ts'
import { sphereEquatorialGrid, sphereNearIdentityGrid } from './kernel-grid.ts'
import { type ConvolutionSizes, gridOf, type HarmonicConvolutionOptions, sizesOf } from './options.ts'

/**
 * Correlation on the sphere, from signals on the sphere to signals on SO(3).
 *
 * Law: f(x o Q^-1)(R) = f(x)(Q^-1 R) for every rotation Q, exactly for signals without degrees from the bandwidth on.
 * y(R) = sum over channels of the mean over the sphere of psi(R^-1 p) x(p), + bias; Y^l_MN = X^l_M Psi^l_N.
 *
 * The output lies on SO(3), not on the sphere, as the output of a lifting convolution lies on the group: a mean over gamma would leave zonal
 * kernels only (see ZonalConvolution).
 *
 * Weights at points start uniform in [-1, 1], times 1 / sqrt(points in outBandwidth^4 / bandwidth^2), as published.
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

  /** @throws RangeError if a size is out of range, or there is no such kernel. */
  constructor({ kernel: form = 'nearIdentity', bias = true, ...options }: HarmonicConvolutionOptions<SpherePoint>) {
    super()
    this.#sizes = sizesOf('SphereConvolution', options)
    const { bandwidth, outBandwidth, outChannels } = this.#sizes
    this.#kernel = kernel(form, this.#sizes, {
      name: 'SphereConvolution',
      grids: { nearIdentity: sphereNearIdentityGrid, equatorial: sphereEquatorialGrid },
      harmonicsAt: sphereHarmonics,
      dimension: (l) => 2 * l + 1,
      fan: (l) => 2 * l + 1,
      spread: outBandwidth ** 4 / bandwidth ** 2,
    })
    this.weight = this.#kernel.weight
    this.bias = bias ? parameter([outChannels], { initializer: zerosOf }) : undefined
  }

  /**
   * @param x - float32 [batch, in, 2b, 2b] (beta, alpha), b the bandwidth, or on a finer grid.
   * @param options - `oversampling`: of the output here, instead of the layer's.
   * @returns float32 [batch, out, 2c, 2c, 2c] (beta, alpha, gamma), c the output's grid.
   * @throws ShapeError if x has another shape.
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
    return rotationSignal(joined(blocks, this.bias), { bandwidth: grid })
  }
}
