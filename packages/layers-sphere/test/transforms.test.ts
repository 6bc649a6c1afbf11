import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import {
  driscollHealyGrid,
  realSphericalHarmonic,
  realWignerD,
  rotationIndex,
  rotationMatrix,
  rotationSpectrumSize,
  rotationTransform,
  sphereIndex,
  sphereTransform,
} from '@equivar/groups'
import { input } from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  circleSignal,
  circleSpectrum,
  type EulerAngles,
  resample,
  rotateRotationSignal,
  rotateSphereSignal,
  rotationSignal,
  rotationSpectrum,
  sphereSignal,
  sphereSpectrum,
} from '../src/index.ts'
import { apply, bandLimited, normals, rotations, type Value } from './shared.ts'

const squares = (values: ArrayLike<number>, weight: (i: number) => number): number =>
  Array.from(values).reduce((sum, v, i) => sum + weight(i) * v * v, 0)

describe.each([
  { space: 'circle', rows: (b: number) => 2 * b - 1, spectrum: circleSpectrum, signal: circleSignal, bandwidths: [1, 2, 3, 64] },
  { space: 'sphere', rows: (b: number) => b * b, spectrum: sphereSpectrum, signal: sphereSignal, bandwidths: [1, 2, 3, 8, 30, 64] },
  { space: 'rotations', rows: rotationSpectrumSize, spectrum: rotationSpectrum, signal: rotationSignal, bandwidths: [1, 2, 3, 4, 8, 16] },
])('$space', ({ rows, spectrum, signal, bandwidths }) => {
  test.each(bandwidths)('the transforms are inverse to each other, b = %i', (b) => {
    const given = normals([rows(b), 1, 2], b)
    expect(relativeError(apply(given, (x) => spectrum(signal(x))).data, given.data)).toBeLessThan(1e-12)
    const samples = apply(given, (x) => signal(x))
    expect(relativeError(apply(samples, (x) => signal(spectrum(x))).data, samples.data)).toBeLessThan(1e-12)
  })

  test('work with finer grids and fewer degrees', () => {
    const given = normals([rows(4), 3, 2], 1)
    const fine = apply(given, (x) => signal(x, { bandwidth: 6 }))
    expect(relativeError(apply(fine, (x) => spectrum(x, { degrees: 4 })).data, given.data)).toBeLessThan(1e-12)
    const low = apply(fine, (x) => spectrum(x, { degrees: 3 })).data
    expect(relativeError(low, given.data.slice(0, rows(3) * 6))).toBeLessThan(1e-12)
    expect(relativeError(apply(fine, (x) => resample(x, 4)).data, apply(given, (x) => signal(x)).data)).toBeLessThan(1e-12)
    expect(relativeError(apply(fine, (x) => resample(resample(x, 3), 6)).data, fine.data)).toBeGreaterThan(0.1)
  })
})

test('coefficients agree with the quadrature of their definition, b = 3 and 4', () => {
  for (const b of [3, 4]) {
    const { alpha, beta, weights } = driscollHealyGrid(b)
    const onSphere = normals([1, 1, 2 * b, 2 * b], b)
    const onRotations = normals([1, 1, 2 * b, 2 * b, 2 * b], b)
    const sphere = new Float64Array(b * b)
    const group = new Float64Array(rotationSpectrumSize(b))
    for (let j = 0; j < 2 * b; j++)
      for (let k = 0; k < 2 * b; k++) {
        const weight = (weights[j] as number) / 2 / (2 * b)
        const [polar, azimuth] = [beta[j] as number, alpha[k] as number]
        for (let l = 0; l < b; l++)
          for (let m = -l; m <= l; m++)
            sphere[sphereIndex(l, m)]! +=
              weight *
              (onSphere.data[j * 2 * b + k] as number) *
              realSphericalHarmonic(l, m, polar, azimuth) *
              Math.sqrt((4 * Math.PI) / (2 * l + 1))
        for (let i = 0; i < 2 * b; i++)
          for (let l = 0; l < b; l++)
            realWignerD(l, azimuth, polar, alpha[i] as number).forEach((value, q) => {
              group[rotationIndex(l, -l, -l) + q]! += (weight / (2 * b)) * value * (onRotations.data[(j * 2 * b + k) * 2 * b + i] as number)
            })
      }
    expect(relativeError(apply(onSphere, (x) => sphereSpectrum(x)).data, sphere)).toBeLessThan(1e-12)
    expect(relativeError(apply(onRotations, (x) => rotationSpectrum(x)).data, group)).toBeLessThan(1e-12)
  }
})

test('the real coefficients agree with the complex transforms of @equivar/groups', () => {
  const b = 6
  const onSphere = bandLimited('sphere', b, 1, 3, 1)
  const real = apply(onSphere, (x) => sphereSpectrum(x)).data
  const complex = sphereTransform(onSphere.data, b)
  for (let l = 0; l < b; l++)
    for (let m = 0; m <= l; m++) {
      const scale = Math.sqrt(4 * Math.PI * (2 * l + 1))
      const sign = m === 0 ? 1 : (m % 2 === 0 ? 1 : -1) * Math.SQRT2
      expect((real[sphereIndex(l, m)] as number) * scale).toBeCloseTo(sign * (complex.re[sphereIndex(l, m)] as number), 11)
      if (m > 0) expect((real[sphereIndex(l, -m)] as number) * scale).toBeCloseTo(-sign * (complex.im[sphereIndex(l, m)] as number), 11)
    }
  const onRotations = bandLimited('rotations', b, 1, 3, 1)
  const blocks = apply(onRotations, (x) => rotationSpectrum(x)).data
  const whole = rotationTransform(onRotations.data, b)
  for (let l = 0; l < b; l++) {
    const square = (list: ArrayLike<number>): number =>
      squares(Array.from(list).slice(rotationIndex(l, -l, -l), rotationSpectrumSize(l + 1)), () => 1)
    expect(square(blocks) / (square(whole.re) + square(whole.im))).toBeCloseTo(1, 12)
  }
})

test('Parseval: the mean square is the sum of (2l + 1) times the power of degree l', () => {
  const b = 5
  const { weights } = driscollHealyGrid(b)
  const power = (spectrum: Value, rows: (l: number) => number): number => {
    let [l, end] = [0, rows(0)]
    return squares(spectrum.data, (i) => {
      while (i >= end) end += rows(++l)
      return 2 * l + 1
    })
  }
  const sphere = bandLimited('sphere', b, 1, 1, 1)
  const mean = squares(sphere.data, (i) => (weights[Math.floor(i / (2 * b))] as number) / 2 / (2 * b))
  expect(power(apply(sphere, sphereSpectrum), (l) => 2 * l + 1) / mean).toBeCloseTo(1, 12)
  const group = bandLimited('rotations', b, 1, 1, 1)
  const average = squares(group.data, (i) => (weights[Math.floor(i / (4 * b * b))] as number) / 2 / (4 * b * b))
  expect(power(apply(group, rotationSpectrum), (l) => (2 * l + 1) ** 2) / average).toBeCloseTo(1, 12)
})

describe('rotation of a signal', () => {
  const [q, r] = rotations(2) as [EulerAngles, EulerAngles]

  test('samples the function at the rotated points', () => {
    const b = 7
    const [x, y, z] = [0.3, -0.5, 0.81]
    const f = (p: readonly number[]): number =>
      1 + (p[0] as number) * x - (p[1] as number) ** 3 * y + (p[2] as number) ** 4 * z * (p[0] as number)
    const matrix = rotationMatrix(q.alpha, q.beta, q.gamma)
    const { alpha, beta } = driscollHealyGrid(b)
    const samples = (turn: boolean): Float64Array =>
      Float64Array.from({ length: 4 * b * b }, (_, i) => {
        const [polar, azimuth] = [beta[Math.floor(i / (2 * b))] as number, alpha[i % (2 * b)] as number]
        const p = [Math.sin(polar) * Math.cos(azimuth), Math.sin(polar) * Math.sin(azimuth), Math.cos(polar)] as const
        return f(turn ? [0, 1, 2].map((i) => [0, 1, 2].reduce((sum, k) => sum + (matrix[3 * k + i] as number) * (p[k] as number), 0)) : p)
      })
    expect(relativeError(rotateSphereSignal(samples(false), b, q), samples(true))).toBeLessThan(1e-12)
  })

  test('multiplies the spectra on the sphere and on SO(3) by realWignerD', () => {
    const b = 4
    for (const [x, spectrum, rotate, columns] of [
      [bandLimited('sphere', b, 1, 2, 1), sphereSpectrum, rotateSphereSignal, () => 1],
      [bandLimited('rotations', b, 1, 2, 1), rotationSpectrum, rotateRotationSignal, (l: number) => 2 * l + 1],
    ] as const) {
      const before = apply(x, (v) => spectrum(v)).data
      const after = apply({ ...x, data: rotate(x.data, b, q) }, (v) => spectrum(v)).data
      const expected = new Float64Array(before.length)
      let start = 0
      for (let l = 0; l < b; l++) {
        const d = realWignerD(l, q.alpha, q.beta, q.gamma)
        const [rows, width] = [2 * l + 1, columns(l)]
        for (let m = 0; m < rows; m++)
          for (let k = 0; k < rows; k++)
            for (let c = 0; c < width; c++)
              expected[start + m * width + c]! += (d[m * rows + k] as number) * (before[start + k * width + c] as number)
        start += rows * width
      }
      expect(relativeError(after, expected)).toBeLessThan(1e-12)
    }
  })

  test('is undone by the inverse rotation, to 1e-12', () => {
    const x = bandLimited('sphere', 20, 2, 4)
    const back = { alpha: -r.gamma, beta: -r.beta, gamma: -r.alpha }
    expect(relativeError(rotateSphereSignal(rotateSphereSignal(x.data, 20, r), 20, back), x.data)).toBeLessThan(1e-12)
    const y = bandLimited('rotations', 6, 1, 4, 1)
    expect(relativeError(rotateRotationSignal(rotateRotationSignal(y.data, 6, r), 6, back), y.data)).toBeLessThan(1e-12)
  })
})

const relief = join(
  process.env.EQUIVAR_SHARED ?? join(dirname(fileURLToPath(import.meta.url)), '../../../../shared'),
  'data/sphere/srtmp300.msl.gz',
)

test.skipIf(!existsSync(relief))('the relief of the Earth up to degree 40: transforms and rotations are inverted to 1e-10', () => {
  const degrees = 41
  const spectrum = new Float64Array(degrees ** 2)
  for (const line of gunzipSync(readFileSync(relief)).toString().split('\n')) {
    const [l = 0, m = 0, c = 0, s = 0] = line.trim().split(/\s+/).map(Number)
    if (line.trim() === '' || l >= degrees) continue
    const scale = 1 / Math.sqrt(2 * l + 1)
    spectrum[sphereIndex(l, m)] = c * scale
    if (m > 0) spectrum[sphereIndex(l, -m)] = s * scale
  }
  expect(Math.abs(spectrum[0] as number)).toBeGreaterThan(100)
  const given: Value = { dtype: 'float32', shape: [degrees ** 2, 1, 1], data: spectrum }
  const samples = apply(given, (x) => sphereSignal(x))
  expect(relativeError(apply(samples, (x) => sphereSpectrum(x)).data, spectrum)).toBeLessThan(1e-10)
  const [r] = rotations(1) as [EulerAngles]
  const back = rotateSphereSignal(rotateSphereSignal(samples.data, degrees, r), degrees, {
    alpha: -r.gamma,
    beta: -r.beta,
    gamma: -r.alpha,
  })
  expect(relativeError(back, samples.data)).toBeLessThan(1e-10)
})

test('invalid shapes and sizes are refused, and the error says what was expected', () => {
  const sphere = input('x', 'float32', ['batch', 3, 8, 8])
  expect(() => sphereSpectrum(input('x', 'float32', ['batch', 3, 8, 6]))).toThrow(
    'sphereSpectrum: expected samples of shape [batch, channels, 2b, 2b], received [batch, 3, 8, 6].',
  )
  expect(() => rotationSpectrum(sphere)).toThrow('expected samples of shape [batch, channels, 2b, 2b, 2b], received [batch, 3, 8, 8]')
  expect(() => sphereSpectrum(sphere, { degrees: 5 })).toThrow('expected at most 4 degrees from samples of bandwidth 4, received 5.')
  expect(() => sphereSignal(input('s', 'float32', [10, 'batch', 3]))).toThrow(
    'sphereSignal: expected a spectrum [degrees^2, batch, channels], received [10, batch, 3].',
  )
  expect(() => sphereSignal(input('s', 'float32', [9, 'batch', 3]), { bandwidth: 2 })).toThrow('expected a bandwidth of at least 3')
  expect(() => sphereSignal(input('s', 'float32', [9, 'batch', 3]), { bandwidth: 2.5 })).toThrow(
    'to be an integer from 1 to 1024, received 2.5.',
  )
  expect(() => rotationSpectrum(input('x', 'float32', ['batch', 3, 144, 144, 144]))).toThrow(
    'for 72 degrees on the grid of bandwidth 72. Keep fewer degrees.',
  )
  expect(() => resample(input('x', 'float32', ['batch', 3]), 4)).toThrow('resample: expected samples [batch, channels, 2b] on the circle')
})
