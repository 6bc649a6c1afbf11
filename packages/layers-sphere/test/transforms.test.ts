import { driscollHealyGrid, realWignerD, rotationIndex, rotationSpectrumSize } from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { circleSignal, circleSpectrum, rotationSignal, rotationSpectrum, sphereSignal, sphereSpectrum } from '../src/index.ts'
import { apply, difference, normals } from './shared.ts'

describe('inverse', () => {
  test.each([1, 2, 3, 8, 30, 64])('sphere, b = %i', (b) => {
    const spectrum = normals([b * b, 1, 2], b)
    const back = apply(spectrum, (x) => sphereSpectrum(sphereSignal(x)))
    expect(difference(back.data, spectrum.data as Float64Array)).toBeLessThan(1e-12)
  })
  test.each([1, 2, 3, 4, 8, 12])('rotations, b = %i', (b) => {
    const spectrum = normals([rotationSpectrumSize(b), 1, 1], b)
    const back = apply(spectrum, (x) => rotationSpectrum(rotationSignal(x)))
    expect(difference(back.data, spectrum.data as Float64Array)).toBeLessThan(1e-12)
  })
  test.each([1, 2, 3, 64])('circle, b = %i', (b) => {
    const spectrum = normals([2 * b - 1, 1, 1], b)
    const back = apply(spectrum, (x) => circleSpectrum(circleSignal(x)))
    expect(difference(back.data, spectrum.data as Float64Array)).toBeLessThan(1e-12)
  })
})

test('quadrature', () => {
  const b = 3
  const { alpha, beta, weights } = driscollHealyGrid(b)
  const x = normals([1, 1, 2 * b, 2 * b, 2 * b], 5)
  const got = apply(x, (v) => rotationSpectrum(v)).data
  const want = new Float64Array(got.length)
  let at = 0
  for (let j = 0; j < 2 * b; j++)
    for (let k = 0; k < 2 * b; k++)
      for (let i = 0; i < 2 * b; i++) {
        const w = (weights[j] as number) / 2 / (4 * b * b)
        for (let l = 0; l < b; l++) {
          const d = realWignerD(l, alpha[k] as number, beta[j] as number, alpha[i] as number)
          d.forEach((v, q) => {
            want[rotationIndex(l, -l, -l) + q]! += w * v * (x.data as Float64Array)[at]!
          })
        }
        at++
      }
  expect(difference(got, want)).toBeLessThan(1e-12)
})
