import { rotationIndex, rotationSpectrumSize } from '@equivar/groups'
import { constant, gather, matMul, mul, reduceSum, reshape, swapAxes, type Tensor, times } from '@equivar/tensor'
import { bandwidthOf, degreesOf, requireTable } from '../checks.ts'
import { cached } from '../constants/cache.ts'
import { dimensionsOf, polarWeights, rotationPolar } from '../constants/polar.ts'
import { wavesByKind, wavesByPartner } from '../constants/waves.ts'
import { type AnalysisOptions, gridBandwidth, keptDegrees, type SynthesisOptions } from './circle.ts'
import { atSlots } from './sphere.ts'

/** The index of the slot (m, parity, n, slot, l) of the coefficient (l, M, N); see rotationPolar. */
function slotOf(l: number, m: number, n: number, degrees: number): number {
  const parity = m < 0 !== n < 0 ? 1 : 0
  const second = n < 0 ? 1 : 0
  return (((Math.abs(m) * 2 + parity) * degrees + Math.abs(n)) * 2 + second) * degrees + l
}

/** The slot of each coefficient, in the order of rotationIndex. */
function slotsOfSpectrum(degrees: number): Tensor {
  return cached('rotation slots', [degrees], () => {
    const slots = new BigInt64Array(rotationSpectrumSize(degrees))
    // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
    for (let l = 0; l < degrees; l++)
      for (let m = -l; m <= l; m++) for (let n = -l; n <= l; n++) slots[rotationIndex(l, m, n)] = BigInt(slotOf(l, m, n, degrees))
    return constant(slots)
  })
}

/**
 * The Fourier transform of real signals on SO(3): F^l_MN is the mean over all rotations R of f(R) realWignerD^l_MN(R).
 *
 * Law, for signals of degree below b: if g(R) = f(Q^-1 R), then G^l = realWignerD^l(Q) F^l; if g(R) = f(R Q), then G^l = F^l realWignerD^l(Q)^T. The mean of
 * f^2 is the sum over l of (2l + 1) |F^l|^2 (Parseval).
 *
 * Three products with constants, for gamma, alpha and beta, each contract the last axis and make the result the first axis, so no transpose is needed.
 *
 * @param x - float32 [batch, channels, 2b, 2b, 2b] (beta, alpha, gamma) on driscollHealyGrid(b).
 * @returns float32 [degrees (4 degrees^2 - 1) / 3, batch, channels]; F^l_MN is row rotationIndex(l, M, N).
 * @throws ShapeError if x has a different shape; RangeError if `degrees` exceeds b.
 * @remarks Cost 16 degrees b^3 + 16 degrees^2 b^2 + 16 degrees^3 b multiplications per signal. A file contains 2 degrees^3 b numbers and 4 degrees^3 / 3
 * indices, shared by all transforms of equal size. A runtime expands them to 16 degrees^3 b numbers when it loads the file (10 MiB at b = 20, 1 GiB at b = 64).
 */
export function rotationSpectrum(x: Tensor, options: AnalysisOptions = {}): Tensor {
  const b = bandwidthOf('rotationSpectrum', x, 3)
  const degrees = keptDegrees('rotationSpectrum', b, options)
  requireTable('rotationSpectrum', degrees, b, 2)
  const [batch = 0, channels = 0] = x.shape
  const signals = times(batch, channels)
  const gamma = matMul(wavesByKind(degrees, b), swapAxes(reshape(x, [times(signals, 4 * b * b), 2 * b]), 0, 1))
  const rings = reshape(gamma, [2, times(signals, degrees * 2 * b), 2 * b])
  const alpha = reshape(matMul(wavesByPartner(degrees, b), swapAxes(rings, 1, 2)), [2, 2 * degrees * degrees, signals, 2 * b])
  const polar = mul(rotationPolar(degrees, b), polarWeights(b, 4 * b * b))
  const slots = reshape(reduceSum(matMul(polar, swapAxes(alpha, 2, 3)), { axis: 0 }), [4 * degrees ** 3, signals])
  return reshape(gather(slots, slotsOfSpectrum(degrees)), [rotationSpectrumSize(degrees), batch, channels])
}

/**
 * Real signals on SO(3) from their coefficients: f(R) = sum over l, M and N of (2l + 1) F^l_MN realWignerD^l_MN(R). Inverse of rotationSpectrum.
 *
 * @param spectrum - float32 [degrees (4 degrees^2 - 1) / 3, batch, channels].
 * @returns float32 [batch, channels, 2b, 2b, 2b] (beta, alpha, gamma).
 */
export function rotationSignal(spectrum: Tensor, options: SynthesisOptions = {}): Tensor {
  const degrees = degreesOf('rotationSignal', spectrum, rotationSpectrumSize, 'degrees (4 degrees^2 - 1) / 3')
  const b = gridBandwidth('rotationSignal', degrees, options)
  requireTable('rotationSignal', degrees, b, 2)
  const [rows = 0, batch = 0, channels = 0] = spectrum.shape
  const signals = times(batch, channels)
  const slots = atSlots(reshape(spectrum, [rows, signals]), slotsOfSpectrum(degrees), 4 * degrees ** 3)
  const polar = mul(rotationPolar(degrees, b), dimensionsOf(degrees, 2))
  const beta = matMul(swapAxes(reshape(slots, [2 * degrees * degrees, 2 * degrees, signals]), 1, 2), polar)
  const rings = reshape(beta, [2, 2 * degrees, times(signals, degrees * 2 * b)])
  const alpha = reshape(matMul(swapAxes(rings, 1, 2), wavesByPartner(degrees, b)), [2 * degrees, times(signals, 4 * b * b)])
  return reshape(matMul(swapAxes(alpha, 0, 1), wavesByKind(degrees, b)), [batch, channels, 2 * b, 2 * b, 2 * b])
}
