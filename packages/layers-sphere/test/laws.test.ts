import { onnxBackend } from '@equivar/backend-onnx'
import { add, constant, conv, mul, pad, reduceMean, relu, type Tensor } from '@equivar/tensor'
import { layerChecks, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { bispectrumSize, type EulerAngles, oversampledActivation, sphereBispectrum, spherePowerSpectrum } from '../src/index.ts'
import { applied, CHANNELS, described, families } from './families.ts'
import { apply, bandLimited, normals, rotated, rotations, run, type Value } from './shared.ts'

describe.each(families.map(described))('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})

describe('negative controls', () => {
  const b = 8
  const errorOf = (build: (x: Tensor) => Tensor): number => {
    const layer = applied(build)
    const x = bandLimited('sphere', b, CHANNELS, 1)
    const [q] = rotations(1) as [EulerAngles]
    return relativeError(run(layer, rotated('sphere', x, q)).data, rotated('sphere', run(layer, x), q).data)
  }

  test('a planar convolution on the grid is detected, with periodic or zero padding', () => {
    const kernel = normals([CHANNELS, CHANNELS, 3, 3], 7).data
    const planar = (x: Tensor, mode: 'wrap' | 'constant'): Tensor =>
      conv(pad(x, [0, 0, 1, 1, 0, 0, 1, 1], { mode }), constant(kernel, [CHANNELS, CHANNELS, 3, 3]))
    expect(errorOf((x) => planar(x, 'wrap'))).toBeGreaterThan(0.1)
    expect(errorOf((x) => planar(x, 'constant'))).toBeGreaterThan(0.1)
  })

  test('a mean over samples without area weights is detected', () => {
    expect(errorOf((x) => add(x, reduceMean(mul(x, x), { axis: [2, 3], keepDims: true })))).toBeGreaterThan(0.01)
  })

  test('a signal with degrees from b up aliases', () => {
    const x = { ...normals([1, 1, 2 * b, 2 * b], 1) }
    const [q] = rotations(1) as [EulerAngles]
    expect(
      relativeError(rotated('sphere', rotated('sphere', x, q), { alpha: -q.gamma, beta: -q.beta, gamma: -q.alpha }).data, x.data),
    ).toBeGreaterThan(0.1)
  })
})

test('the aliasing of relu decreases on finer grids: a signal of full bandwidth 16', () => {
  const x = bandLimited('sphere', 16, 1, 5, 1)
  const [q] = rotations(1) as [EulerAngles]
  const errors = [1, 2, 4, 8].map((factor) => {
    const f = (v: Value): Value => apply(v, (s) => oversampledActivation(s, relu, { oversampling: factor }))
    return relativeError(f(rotated('sphere', x, q)).data, rotated('sphere', f(x), q).data)
  })
  const [plain, twice, fourfold, eightfold] = errors as [number, number, number, number]
  expect(plain).toBeGreaterThan(0.1)
  expect(twice).toBeLessThan(0.04)
  expect(fourfold).toBeLessThan(0.01)
  expect(eightfold).toBeLessThan(0.001)
})

test('the bispectrum distinguishes signals with equal power spectra', () => {
  const b = 4
  const x = normals([b * b, 1, 1], 1)
  // A different rotation for every degree keeps the powers and changes the relation of the degrees.
  const turned = { ...x, data: x.data.slice() }
  for (const [l, q] of rotations(b).entries()) turned.data.set(rotated('spectrum', x, q).data.slice(l * l, (l + 1) ** 2), l * l)
  expect(relativeError(apply(turned, spherePowerSpectrum).data, apply(x, spherePowerSpectrum).data)).toBeLessThan(1e-12)
  expect(relativeError(apply(turned, sphereBispectrum).data, apply(x, sphereBispectrum).data)).toBeGreaterThan(0.1)
  expect(apply(x, sphereBispectrum).shape).toEqual([1, bispectrumSize(b)])
})
