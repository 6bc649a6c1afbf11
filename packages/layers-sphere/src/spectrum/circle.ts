import { constant, gather, matMul, mul, reshape, swapAxes, type Tensor, times } from '@equivar/tensor'
import { bandwidthOf, degreesOf, requireBandwidth } from '../checks.ts'
import { cached } from '../constants/cache.ts'
import { wavesByFrequency } from '../constants/waves.ts'

/** Options of the transforms from signals to spectra. */
export interface AnalysisOptions {
  /** The transform computes degrees 0 to degrees - 1. The default and the maximum are the bandwidth of the samples. */
  readonly degrees?: number
}

/** Options of the transforms from spectra to signals. */
export interface SynthesisOptions {
  /** The bandwidth of the grid. The default and the minimum are the number of degrees of the spectrum. */
  readonly bandwidth?: number
}

/** The number of degrees that a transform computes. @throws RangeError if it exceeds the bandwidth. */
export function keptDegrees(where: string, b: number, { degrees = b }: AnalysisOptions): number {
  if (requireBandwidth(where, 'degrees', degrees) <= b) return degrees
  throw new RangeError(`${where}: expected at most ${b} degrees from samples of bandwidth ${b}, received ${degrees}.`)
}

/** The bandwidth of the grid. @throws RangeError if it is smaller than the number of degrees. */
export function gridBandwidth(where: string, degrees: number, { bandwidth = degrees }: SynthesisOptions): number {
  if (requireBandwidth(where, 'bandwidth', bandwidth) >= degrees) return bandwidth
  throw new RangeError(`${where}: expected a bandwidth of at least ${degrees}, the degrees of the spectrum, received ${bandwidth}.`)
}

/** The norms of the waves: 1 for the constant, sqrt(2) for all others, [2 degrees - 1, 1]. */
function waveNorms(degrees: number): Tensor {
  return cached('wave norms', [degrees], () =>
    constant(
      Float64Array.from({ length: 2 * degrees - 1 }, (_, i) => (i === 0 ? 1 : Math.SQRT2)),
      [2 * degrees - 1, 1],
    ),
  )
}

/** The orthonormal waves 1, sqrt(2) cos, sqrt(2) sin, sqrt(2) cos 2 ... on the grid: [2 degrees - 1, 2b]. */
function orthonormalWaves(degrees: number, b: number): Tensor {
  const kept = Array.from({ length: 2 * degrees - 1 }, (_, i) => (i === 0 ? 0 : i + 1))
  return mul(gather(wavesByFrequency(degrees, b), constant(BigInt64Array.from(kept, BigInt))), waveNorms(degrees))
}

/**
 * The Fourier coefficients of real signals on the circle: the means of f times the orthonormal waves 1, sqrt(2) cos m theta, sqrt(2) sin m theta.
 *
 * Law: for signals with frequencies below b, the mean of f^2 is the sum of the squared coefficients (Parseval), and circleSignal recovers f.
 *
 * @param x - float32 [batch, channels, 2b] at theta_k = 2 pi k / 2b.
 * @returns float32 [2 degrees - 1, batch, channels]: the constant, then cosine and sine of frequency 1, 2, ...
 * @throws ShapeError if x has a different shape; RangeError if `degrees` exceeds b.
 */
export function circleSpectrum(x: Tensor, options: AnalysisOptions = {}): Tensor {
  const b = bandwidthOf('circleSpectrum', x, 1)
  const degrees = keptDegrees('circleSpectrum', b, options)
  const [batch = 0, channels = 0] = x.shape
  const rows = matMul(mul(orthonormalWaves(degrees, b), 1 / (2 * b)), swapAxes(reshape(x, [times(batch, channels), 2 * b]), 0, 1))
  return reshape(rows, [2 * degrees - 1, batch, channels])
}

/**
 * Real signals on the circle from their Fourier coefficients. Inverse of circleSpectrum.
 *
 * @param spectrum - float32 [2 degrees - 1, batch, channels].
 * @returns float32 [batch, channels, 2b].
 */
export function circleSignal(spectrum: Tensor, options: SynthesisOptions = {}): Tensor {
  const degrees = degreesOf('circleSignal', spectrum, (l) => 2 * l - 1, '2 degrees - 1')
  const b = gridBandwidth('circleSignal', degrees, options)
  const [, batch = 0, channels = 0] = spectrum.shape
  const rows = reshape(spectrum, [2 * degrees - 1, times(batch, channels)])
  return reshape(matMul(swapAxes(rows, 0, 1), orthonormalWaves(degrees, b)), [batch, channels, 2 * b])
}
