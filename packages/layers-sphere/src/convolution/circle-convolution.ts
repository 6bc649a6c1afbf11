import { circleHarmonics } from '@equivar/groups'
import { Module, type Parameter, parameter, zerosOf } from '@equivar/nn'
import { add, concat, type Dimension, matMul, mul, reshape, slice, sub, type Tensor, unsqueeze } from '@equivar/tensor'
import { bandwidthOf } from '../checks.ts'
import { joined } from '../spectrum/blocks.ts'
import { circleSignal, circleSpectrum } from '../spectrum/circle.ts'
import { type Kernel, kernel } from './kernel.ts'
import { type ConvolutionSizes, type HarmonicConvolutionOptions, sizesOf } from './options.ts'

/** Evenly spaced angles from -maxAngle to maxAngle, both included. @param options - maxAngle pi / 8 and 5 angles if left out. */
export function circleNearIdentityGrid({ maxAngle = Math.PI / 8, angles = 5 }: { maxAngle?: number; angles?: number } = {}): number[] {
  if (!Number.isInteger(angles) || angles < 1)
    throw new RangeError(`circleNearIdentityGrid: expected angles as a positive integer, received ${angles}.`)
  return Array.from({ length: angles }, (_, i) => (angles === 1 ? 0 : maxAngle * ((2 * i) / (angles - 1) - 1)))
}

/** Cosine and sine coefficients of the frequencies from 1 on, [degrees - 1, ...] each. */
function pairs(spectrum: Tensor): [Tensor, Tensor] {
  const [rows = 0, ...rest] = spectrum.shape as [number, ...Dimension[]]
  const paired = reshape(slice(spectrum, { axis: 0, start: 1 }), [(rows - 1) / 2, 2, ...rest])
  const part = (kind: number): Tensor => reshape(slice(paired, { axis: 1, start: kind, end: kind + 1 }), [(rows - 1) / 2, ...rest])
  return [part(0), part(1)]
}

/** Settings of a CircleConvolution; points of a kernel are angles, and there is no equator. */
export interface CircleConvolutionOptions extends Omit<HarmonicConvolutionOptions<number>, 'kernel'> {
  readonly kernel?: 'nearIdentity' | 'spectral' | readonly number[]
}

/**
 * Correlation on the circle, which is SO(2): from signals on the circle to signals on the circle.
 *
 * Law: with (L_t x)(u) = x(u - t), f(L_t x) = L_t f(x) for every angle t, exactly for signals without frequencies from the bandwidth on.
 * y(u) = sum over channels of the mean over v of psi(v - u) x(v), + bias. SO(2) is commutative, so lifting and group convolution are one layer.
 *
 * Weights at angles start uniform in [-1, 1], times 1 / sqrt(angles in outBandwidth / bandwidth).
 */
export class CircleConvolution extends Module {
  /** [angles, in, out], or [2 degrees - 1, in, out] for a spectral kernel. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #kernel: Kernel
  readonly #sizes: ConvolutionSizes

  /** @throws RangeError if a size is out of range, or there is no such kernel. */
  constructor({ kernel: form = 'nearIdentity', bias = true, ...options }: CircleConvolutionOptions) {
    super()
    this.#sizes = sizesOf('CircleConvolution', options)
    const { bandwidth, outBandwidth, outChannels } = this.#sizes
    this.#kernel = kernel(form, this.#sizes, {
      name: 'CircleConvolution',
      grids: { nearIdentity: circleNearIdentityGrid },
      harmonicsAt: circleHarmonics,
      dimension: (l) => (l === 0 ? 1 : 2),
      fan: () => 1,
      spread: outBandwidth / bandwidth,
    })
    this.weight = this.#kernel.weight
    this.bias = bias ? parameter([outChannels], { initializer: zerosOf }) : undefined
  }

  /** @param x - float32 [batch, in, 2b]. @returns float32 [batch, out, 2c], c the output's grid. @throws ShapeError if x has another shape. */
  forward(x: Tensor): Tensor {
    const { inChannels: channels, bandwidth, degrees, grid } = this.#sizes
    bandwidthOf('CircleConvolution.forward', x, 1, { channels, bandwidth })
    const signal = circleSpectrum(x, { degrees })
    const weights = this.#kernel.spectrum()
    const constant = matMul(slice(signal, { axis: 0, end: 1 }), slice(weights, { axis: 0, end: 1 }))
    if (degrees === 1) return circleSignal(joined([constant], this.bias), { bandwidth: grid })
    const [cosine, sine] = pairs(signal)
    const [even, odd] = pairs(weights)
    const y = concat(
      [add(matMul(cosine, even), matMul(sine, odd)), sub(matMul(sine, even), matMul(cosine, odd))].map((part) => unsqueeze(part, 1)),
      1,
    )
    return circleSignal(joined([constant, mul(y, Math.SQRT1_2)], this.bias), { bandwidth: grid })
  }
}
