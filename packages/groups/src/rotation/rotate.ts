import { DomainError } from '../errors.ts'
import type { RandomSource } from '../random.ts'
import type { ComplexArray } from './complex.ts'
import type { EulerAngles } from './points.ts'
import { inverseRotationTransform, rotationIndex, rotationTransform } from './rotation-transform.ts'
import { inverseSphereTransform, sphereIndex, sphereTransform } from './sphere-transform.ts'
import { wignerD } from './wigner.ts'

/** A random rotation, uniform with respect to the Haar measure. */
export function randomRotation(random: RandomSource): EulerAngles {
  return { alpha: 2 * Math.PI * random(), beta: Math.acos(1 - 2 * random()), gamma: 2 * Math.PI * random() }
}

/** Multiplies the coefficients of each degree l, a (2l + 1) x width(l) matrix that starts at start(l), by the Wigner matrix D^l or its conjugate, in place. */
function rotateSpectrum(
  spectrum: ComplexArray,
  degrees: number,
  { alpha, beta, gamma }: EulerAngles,
  { conjugate, start, width }: { conjugate: boolean; start: (l: number) => number; width: (l: number) => number },
): void {
  for (let l = 0; l < degrees; l++) {
    const size = 2 * l + 1
    const d = wignerD(l, alpha, beta, gamma)
    const columns = width(l)
    const block = { re: spectrum.re.slice(start(l), start(l) + size * columns), im: spectrum.im.slice(start(l), start(l) + size * columns) }
    for (let m = 0; m < size; m++)
      for (let c = 0; c < columns; c++) {
        let [re, im] = [0, 0]
        for (let n = 0; n < size; n++) {
          const [a, b] = [d.re[m * size + n]!, (conjugate ? -1 : 1) * d.im[m * size + n]!]
          const [x, y] = [block.re[n * columns + c]!, block.im[n * columns + c]!]
          re += a * x - b * y
          im += a * y + b * x
        }
        spectrum.re[start(l) + m * columns + c] = re
        spectrum.im[start(l) + m * columns + c] = im
      }
  }
}

/** Applies a map to every signal of a batch. */
function mapSignals(where: string, values: ArrayLike<number>, size: number, rotate: (signal: Float64Array) => Float64Array): Float64Array {
  const whole = size * Math.floor(values.length / size)
  if (values.length !== whole) throw new DomainError(where, `a multiple of ${size} numbers, the samples of one signal`, `${values.length}`)
  const all = Float64Array.from(values)
  for (let at = 0; at < all.length; at += size) all.set(rotate(all.slice(at, at + size)), at)
  return all
}

/**
 * Rotates signals on the sphere: g(x) = f(Q^-1 x). The rotation acts on the spectrum, so nothing is interpolated.
 *
 * Law: exact for signals of degree below b. For other signals, the degrees from b up are lost.
 *
 * @param values - real samples [..., 2b, 2b] (beta, alpha).
 * @param b - the bandwidth.
 * @returns float64 samples of the same shape.
 * @throws DomainError if the number of samples is not a multiple of (2b)^2.
 * @remarks Cost O(b^3) per signal; accuracy about 1e-14 at b = 64.
 */
export function rotateSphereSignal(values: ArrayLike<number>, b: number, rotation: EulerAngles): Float64Array {
  return mapSignals('rotateSphereSignal', values, 4 * b * b, (signal) => {
    const spectrum = sphereTransform(signal, b)
    rotateSpectrum(spectrum, b, rotation, { conjugate: false, start: (l) => sphereIndex(l, -l), width: () => 1 })
    return inverseSphereTransform(spectrum, b).re
  })
}

/**
 * Rotates signals on SO(3) from the left: g(R) = f(Q^-1 R).
 *
 * Law, arguments and errors as in rotateSphereSignal, with samples [..., 2b, 2b, 2b] (beta, alpha, gamma). Cost O(b^4) per signal.
 */
export function rotateRotationSignal(values: ArrayLike<number>, b: number, rotation: EulerAngles): Float64Array {
  return mapSignals('rotateRotationSignal', values, 8 * b ** 3, (signal) => {
    const spectrum = rotationTransform(signal, b)
    rotateSpectrum(spectrum, b, rotation, { conjugate: true, start: (l) => rotationIndex(l, -l, -l), width: (l) => 2 * l + 1 })
    return inverseRotationTransform(spectrum, b).re
  })
}
