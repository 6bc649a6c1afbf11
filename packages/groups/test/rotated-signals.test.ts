import {
  driscollHealyGrid,
  type EulerAngles,
  eulerAngles,
  randomRotation,
  realSphericalHarmonic,
  realWignerD,
  rotateRotationSignal,
  rotateSphereSignal,
  rotationMatrix,
  seededRandom,
} from '@equivar/groups'
import { expect, test } from 'vitest'

const random = seededRandom(77)

/** The product of the transpose of a 3 x 3 matrix and a matrix with three rows. */
function transposeTimes(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  const width = b.length / 3
  return Array.from({ length: b.length }, (_, at) => {
    const [i, j] = [Math.floor(at / width), at % width]
    return [0, 1, 2].reduce((sum, k) => sum + a[3 * k + i]! * b[k * width + j]!, 0)
  })
}

const matrixOf = ({ alpha, beta, gamma }: EulerAngles): Float64Array => rotationMatrix(alpha, beta, gamma)

function expectClose(received: Float64Array, expected: readonly number[]): void {
  expect(received).toHaveLength(expected.length)
  expected.forEach((value, k) => {
    expect(received[k]).toBeCloseTo(value, 12)
  })
}

test('a signal on the sphere is rotated to f(Q^-1 x), each signal of a batch for itself', () => {
  const b = 3
  const { beta, alpha } = driscollHealyGrid(b)
  const rotation = randomRotation(random)
  const weights = Array.from({ length: 2 }, () => Array.from({ length: b * b }, () => random() - 0.5))
  const points = [...beta].flatMap((polar) => [...alpha].map((azimuth) => [polar, azimuth] as const))
  const value = (signal: readonly number[], polar: number, azimuth: number): number => {
    let sum = 0
    for (let l = 0, k = 0; l < b; l++) for (let m = -l; m <= l; m++) sum += signal[k++]! * realSphericalHarmonic(l, m, polar, azimuth)
    return sum
  }
  const before = weights.flatMap((signal) => points.map(([polar, azimuth]) => value(signal, polar, azimuth)))
  const after = weights.flatMap((signal) =>
    points.map(([polar, azimuth]) => {
      const direction = [Math.sin(polar) * Math.cos(azimuth), Math.sin(polar) * Math.sin(azimuth), Math.cos(polar)]
      const [x, y, z] = transposeTimes(matrixOf(rotation), direction) as [number, number, number]
      return value(signal, Math.atan2(Math.hypot(x, y), z), Math.atan2(y, x))
    }),
  )
  expectClose(rotateSphereSignal(before, b, rotation), after)
})

test('a signal on SO(3) is rotated to f(Q^-1 R), each signal of a batch for itself', () => {
  const b = 2
  const { beta, alpha } = driscollHealyGrid(b)
  const rotation = randomRotation(random)
  const weights = Array.from({ length: 2 }, () => Array.from({ length: 10 }, () => random() - 0.5))
  const points = [...beta].flatMap((y) => [...alpha].flatMap((x) => [...alpha].map((z) => ({ alpha: x, beta: y, gamma: z }))))
  const value = (signal: readonly number[], at: EulerAngles): number => {
    const entries = [0, 1].flatMap((l) => [...realWignerD(l, at.alpha, at.beta, at.gamma)])
    return entries.reduce((sum, entry, k) => sum + entry * signal[k]!, 0)
  }
  const before = weights.flatMap((signal) => points.map((point) => value(signal, point)))
  const after = weights.flatMap((signal) =>
    points.map((point) => {
      const [x, y, z] = eulerAngles(transposeTimes(matrixOf(rotation), matrixOf(point)))
      return value(signal, { alpha: x, beta: y, gamma: z })
    }),
  )
  expectClose(rotateRotationSignal(before, b, rotation), after)
})

test('no signals are rotated to no signals', () => {
  expect(rotateSphereSignal([], 2, randomRotation(random))).toHaveLength(0)
})

test('a random rotation is uniform: the angles around the axes, and the cosine of the polar angle', () => {
  const draws = [0.125, 0.25, 0.75]
  expect(randomRotation(() => draws.shift()!)).toEqual({ alpha: Math.PI / 4, beta: Math.acos(0.5), gamma: 1.5 * Math.PI })
})
