import { sphereIndex } from '@equivar/groups'
import {
  constant,
  type Dimension,
  gather,
  matMul,
  mul,
  reshape,
  scatterND,
  swapAxes,
  type Tensor,
  times,
  unsqueeze,
  zeros,
} from '@equivar/tensor'
import { bandwidthOf, degreesOf, requireTable } from '../checks.ts'
import { cached } from '../constants/cache.ts'
import { dimensionsOf, polarWeights, spherePolar } from '../constants/polar.ts'
import { wavesByFrequency } from '../constants/waves.ts'
import { type AnalysisOptions, gridBandwidth, keptDegrees, type SynthesisOptions } from './circle.ts'

/** The index of each coefficient (l, M), in the order of sphereIndex, among the slots (m, cosine or sine, l). */
function slotsOfSpectrum(degrees: number): Tensor {
  return cached('sphere slots', [degrees], () => {
    const rows = new Array<number>(degrees * degrees).fill(0)
    for (let l = 0; l < degrees; l++)
      for (let m = -l; m <= l; m++) rows[sphereIndex(l, m)] = (2 * Math.abs(m) + (m < 0 ? 1 : 0)) * degrees + l
    return constant(BigInt64Array.from(rows, BigInt))
  })
}

/**
 * Puts rows into their slots and zeros into all others. A gather from the rows and one row of zeros would give the same result, but its derivative would sum
 * all unused slots.
 */
export function atSlots(rows: Tensor, slots: Tensor, count: number): Tensor {
  return scatterND(zeros([count, rows.shape[1] as Dimension]), unsqueeze(slots, 1), rows)
}

/**
 * The spherical Fourier transform of real signals: F^l_M is the mean over the sphere of f(x) R^l_M0(x).
 *
 * R^l_M0 = realSphericalHarmonic(l, M) sqrt(4 pi / (2l + 1)) is column 0 of realWignerD.
 * Law: for signals of degree below b, the coefficients of f o Q^-1 are realWignerD^l(Q) F^l, and the mean of f^2 is the sum over l of (2l + 1) |F^l|^2
 * (Parseval).
 *
 * @param x - float32 [batch, channels, 2b, 2b] (beta, alpha) on driscollHealyGrid(b).
 * @returns float32 [degrees^2, batch, channels]; F^l_M is row sphereIndex(l, M).
 * @throws ShapeError if x has a different shape; RangeError if `degrees` exceeds b.
 * @remarks Cost per signal: 8 degrees b^2 for the azimuth and 8 degrees^2 b for the polar angle. The constants have degrees (2 degrees + 4) b numbers.
 */
export function sphereSpectrum(x: Tensor, options: AnalysisOptions = {}): Tensor {
  const b = bandwidthOf('sphereSpectrum', x, 2)
  const degrees = keptDegrees('sphereSpectrum', b, options)
  requireTable('sphereSpectrum', degrees, b, 1)
  const [batch = 0, channels = 0] = x.shape
  const signals = times(batch, channels)
  const waves = matMul(wavesByFrequency(degrees, b), swapAxes(reshape(x, [times(signals, 2 * b), 2 * b]), 0, 1))
  const polar = mul(spherePolar(degrees, b), polarWeights(b, 2 * b))
  const slots = matMul(polar, swapAxes(reshape(waves, [degrees, 2, signals, 2 * b]), 2, 3))
  return reshape(gather(reshape(slots, [2 * degrees * degrees, signals]), slotsOfSpectrum(degrees)), [degrees * degrees, batch, channels])
}

/**
 * Real signals on the sphere from their coefficients: f(x) = sum over l and M of (2l + 1) F^l_M R^l_M0(x). Inverse of sphereSpectrum.
 *
 * @param spectrum - float32 [degrees^2, batch, channels].
 * @returns float32 [batch, channels, 2b, 2b] (beta, alpha).
 */
export function sphereSignal(spectrum: Tensor, options: SynthesisOptions = {}): Tensor {
  const degrees = degreesOf('sphereSignal', spectrum, (l) => l * l, 'degrees^2')
  const b = gridBandwidth('sphereSignal', degrees, options)
  requireTable('sphereSignal', degrees, b, 1)
  const [, batch = 0, channels = 0] = spectrum.shape
  const signals = times(batch, channels)
  const slots = atSlots(reshape(spectrum, [degrees * degrees, signals]), slotsOfSpectrum(degrees), 2 * degrees * degrees)
  const polar = mul(spherePolar(degrees, b), dimensionsOf(degrees, 1))
  const waves = matMul(swapAxes(reshape(slots, [degrees, 2, degrees, signals]), 2, 3), polar)
  const rows = swapAxes(reshape(waves, [2 * degrees, times(signals, 2 * b)]), 0, 1)
  return reshape(matMul(rows, wavesByFrequency(degrees, b)), [batch, channels, 2 * b, 2 * b])
}
