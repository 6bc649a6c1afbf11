import { circleHarmonics } from '@equivar/groups'
import { Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import { add, concat, type Dimension, matMul, mul, reshape, slice, sub, type Tensor, unsqueeze } from '@equivar/tensor'
import { bandwidthOf } from '../checks.ts'
import { joinBlocks } from '../spectrum/blocks.ts'
import { circleSignal, circleSpectrum } from '../spectrum/circle.ts'
import { type Kernel, kernel } from './kernel.ts'
import { type ConvolutionSizes, type HarmonicConvolutionOptions, sizesOf } from './options.ts'

/**
 * Evenly spaced angles from -maxAngle to maxAngle inclusive.
 *
 * @param options - by default maxAngle pi / 8 and 5 angles.
 */
export function circleNearIdentityGrid({ maxAngle = Math.PI / 8, angles = 5 }: { maxAngle?: number; angles?: number } = {}): number[] {
  if (!Number.isInteger(angles) || angles < 1)
    throw new RangeError(`circleNearIdentityGrid: expected angles to be a positive integer, received ${angles}.`)
  return Array.from({ length: angles }, (_, i) => (angles === 1 ? 0 : maxAngle * ((2 * i) / (angles - 1) - 1)))
}

/** The cosine coefficients and the sine coefficients of frequencies 1, 2, ..., each [degrees - 1, ...]. */
function pairs(spectrum: Tensor): [Tensor, Tensor] {
  const [rows = 0, ...rest] = spectrum.shape as [number, ...Dimension[]]
  const paired = reshape(slice(spectrum, { axis: 0, start: 1 }), [(rows - 1) / 2, 2, ...rest])
  const part = (kind: number): Tensor => reshape(slice(paired, { axis: 1, start: kind, end: kind + 1 }), [(rows - 1) / 2, ...rest])
  return [part(0), part(1)]
}

/** Options of CircleConvolution. The points of a kernel are angles; there is no `equatorial` grid. */
export interface CircleConvolutionOptions extends Omit<HarmonicConvolutionOptions<number>, 'kernel'> {
  readonly kernel?: 'nearIdentity' | 'spectral' | readonly number[]
}

/**
 * Correlation on the circle SO(2), from signals on the circle to signals on the circle.
 *
 * Law: with (L_t x)(u) = x(u - t), f(L_t x) = L_t f(x) for every angle t, exactly for signals with frequencies below the bandwidth.
 * y(u) = sum over channels of the mean over v of psi(v - u) x(v), plus bias. The circle is the group SO(2) itself, so this layer serves both as lifting and as
 * group convolution.
 *
 * Weights at angles are initially uniform in [-1, 1], times 1 / sqrt(angles x in x outBandwidth / bandwidth).
 */
export class CircleConvolution extends Module {
  /** [angles, in, out], or [2 degrees - 1, in, out] for a spectral kernel. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #kernel: Kernel
  readonly #sizes: ConvolutionSizes

  /** @throws RangeError if a size is out of range, or the kernel is unknown or empty. */
  constructor({ kernel: form = 'nearIdentity', bias = true, ...options }: CircleConvolutionOptions) {
    super()
    this.#sizes = sizesOf('CircleConvolution', options)
    const { bandwidth, outBandwidth, outChannels } = this.#sizes
    this.#kernel = kernel(form, this.#sizes, {
      name: 'CircleConvolution',
      grids: { nearIdentity: circleNearIdentityGrid },
      harmonicsAt: circleHarmonics,
      dimension: (l) => (l === 0 ? 1 : 2),
      fanIn: () => 1,
      spread: outBandwidth / bandwidth,
    })
    this.weight = this.#kernel.weight
    this.bias = bias ? parameter([outChannels], { initializer: zerosOf }) : undefined
  }

  /**
   * @param x - float32 [batch, in, 2b].
   * @returns float32 [batch, out, 2c], where c is the bandwidth of the output grid.
   * @throws ShapeError if x has a different shape.
   */
  forward(x: Tensor): Tensor {
    const { inChannels: channels, bandwidth, degrees, grid } = this.#sizes
    bandwidthOf('CircleConvolution.forward', x, 1, { channels, bandwidth })
    const signal = circleSpectrum(x, { degrees })
    const weights = this.#kernel.spectrum()
    const constant = matMul(slice(signal, { axis: 0, end: 1 }), slice(weights, { axis: 0, end: 1 }))
    if (degrees === 1) return circleSignal(joinBlocks([constant], this.bias), { bandwidth: grid })
    const [cosine, sine] = pairs(signal)
    const [even, odd] = pairs(weights)
    const y = concat(
      [add(matMul(cosine, even), matMul(sine, odd)), sub(matMul(sine, even), matMul(cosine, odd))].map((part) => unsqueeze(part, 1)),
      1,
    )
    return circleSignal(joinBlocks([constant, mul(y, Math.SQRT1_2)], this.bias), { bandwidth: grid })
  }
}
