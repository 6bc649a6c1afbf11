import { DomainError } from '../errors.ts'
import type { RandomSource } from '../random.ts'
import type { ComplexArray } from './complex.ts'
import type { EulerAngles } from './points.ts'
import { inverseRotationTransform, rotationIndex, rotationTransform } from './rotation-transform.ts'
import { inverseSphereTransform, sphereIndex, sphereTransform } from './sphere-transform.ts'
import { wignerD } from './wigner.ts'

/** A rotation drawn uniformly, by the Haar measure. @param random - numbers in [0, 1). */
export function randomRotation(random: RandomSource): EulerAngles {
  return { alpha: 2 * Math.PI * random(), beta: Math.acos(1 - 2 * random()), gamma: 2 * Math.PI * random() }
}

/** Applies a matrix to the columns of each degree of a spectrum, in place: entries of a column are `stride` apart from `start(l)` on. */
function turnDegrees(
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

/** Applies a map of samples to every signal of a list. */
function eachSignal(where: string, values: ArrayLike<number>, size: number, turn: (signal: Float64Array) => Float64Array): Float64Array {
  const whole = size * Math.floor(values.length / size)
  if (values.length !== whole) throw new DomainError(where, `${whole} numbers of signals of ${size} samples`, `${values.length}`)
  const all = Float64Array.from(values)
  for (let at = 0; at < all.length; at += size) all.set(turn(all.slice(at, at + size)), at)
  return all
}

/**
 * Signals on the sphere, turned: g(x) = f(Q^-1 x), in the spectrum, so that nothing is interpolated.
 *
 * Law: exact for signals without degrees from b on; of others it drops these degrees.
 *
 * @param values - [..., 2b, 2b] (beta, alpha), real. @param b - the bandwidth.
 * @returns float64 of as many samples.
 * @throws DomainError if the samples are not those of whole signals.
 * @remarks Cost O(b^3) a signal; accuracy about 1e-14 at b = 64.
 */
export function rotateSphereSignal(values: ArrayLike<number>, b: number, rotation: EulerAngles): Float64Array {
  return eachSignal('rotateSphereSignal', values, 4 * b * b, (signal) => {
    const spectrum = sphereTransform(signal, b)
    turnDegrees(spectrum, b, rotation, { conjugate: false, start: (l) => sphereIndex(l, -l), width: () => 1 })
    return inverseSphereTransform(spectrum, b).re
  })
}

/** Signals on SO(3), turned from the left: g(R) = f(Q^-1 R). Arguments and law as in rotateSphereSignal; samples [..., 2b, 2b, 2b] (beta, alpha, gamma). Cost O(b^4) a signal. */
export function rotateRotationSignal(values: ArrayLike<number>, b: number, rotation: EulerAngles): Float64Array {
  return eachSignal('rotateRotationSignal', values, 8 * b ** 3, (signal) => {
    const spectrum = rotationTransform(signal, b)
    turnDegrees(spectrum, b, rotation, { conjugate: true, start: (l) => rotationIndex(l, -l, -l), width: (l) => 2 * l + 1 })
    return inverseRotationTransform(spectrum, b).re
  })
}
