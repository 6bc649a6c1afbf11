import { onnxBackend } from '@equivar/backend-onnx'
import { add, constant, conv, mul, pad, reduceMean, relu, type Tensor } from '@equivar/tensor'
import { derivativeError, parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { bispectrumSize, type EulerAngles, oversampled, sphereBispectrum, spherePowerSpectrum } from '../src/index.ts'
import { applied, CHANNELS, type Family, families, inputShape } from './families.ts'
import { apply, bandLimited, difference, layerProgram, normals, rotated, rotations, run, type Value, valuesOf } from './shared.ts'

const named = families.map((family): [string, Family] => [family.name, family])

describe.each(named)('%s', (_, family) => {
  const { layer: make, from, to, most } = family

  test('commutes with every rotation, to 1e-10 in float64', () => {
    for (const b of [1, 2, 4, 8, 16, 32].filter((size) => size <= most)) {
      const layer = make(b)
      const x = bandLimited(from, b, CHANNELS, b, b > 8 ? 1 : 2)
      const y = run(layer, x)
      expect(y.data.some((v) => Math.abs(v) > 1e-3)).toBe(true)
      for (const q of rotations(b > 8 ? 1 : 3))
        expect(difference(run(layer, rotated(from, x, q)).data, rotated(to, y, q).data)).toBeLessThan(1e-10)
    }
  })

  test('commutes with rotations to 1e-4 on ONNX Runtime', async () => {
    const b = Math.min(8, most)
    const layer = make(b)
    const x = bandLimited(from, b, CHANNELS, b)
    const executable = await onnxBackend().compile(layerProgram(layer, x.shape), { values: valuesOf(layer) })
    const onDevice = async (value: Value): Promise<Value> => {
      const { y } = await executable.run({ x: { ...value, data: Float32Array.from(value.data) } })
      return { ...value, shape: y?.shape ?? [], data: Float64Array.from((await y?.data()) as Float32Array) }
    }
    const plain = await onDevice(x)
    for (const q of rotations(2))
      expect(difference((await onDevice(rotated(from, x, q))).data, rotated(to, plain, q).data)).toBeLessThan(1e-4)
    await executable.dispose()
  })

  test('its derivative agrees with central differences', () => {
    const layer = make(2)
    const x = normals(inputShape(family, 2, 2) as number[], 3)
    expect(derivativeError(layerProgram(layer, x.shape), { feeds: { x, ...valuesOf(layer) } })).toBeLessThan(1e-7)
  })

  test('ONNX Runtime gives the same for batches that the program does not name, none among them', async () => {
    const layer = make(3)
    const p = layerProgram(layer, inputShape(family, 3, 'batch'))
    for (const batch of [0, 1, 5]) {
      const x = normals(inputShape(family, 3, batch) as number[], batch + 1)
      for (const { error } of await parity(p, [onnxBackend()], { x, ...valuesOf(layer) })) expect(error).toBeLessThan(1e-5)
    }
  })

  test.runIf(family.linear)('is affine', () => {
    const layer = make(3)
    const at = (x: Value): Float64Array => run(layer, x).data
    const [x, y] = [normals(inputShape(family, 3, 1) as number[], 1), normals(inputShape(family, 3, 1) as number[], 2)]
    const zero = at({ ...x, data: new Float64Array(x.data.length) })
    const sum = at({ ...x, data: x.data.map((v, i) => 2 * v - 3 * (y.data[i] as number)) })
    const [fx, fy] = [at(x), at(y)]
    expect(
      difference(
        sum,
        fx.map((v, i) => 2 * v - 3 * (fy[i] as number) + 2 * (zero[i] as number)),
      ),
    ).toBeLessThan(1e-12)
  })
})

describe('negative controls', () => {
  const b = 8
  const errorOf = (build: (x: Tensor) => Tensor): number => {
    const layer = applied(build)
    const x = bandLimited('sphere', b, CHANNELS, 1)
    const [q] = rotations(1) as [EulerAngles]
    return difference(run(layer, rotated('sphere', x, q)).data, rotated('sphere', run(layer, x), q).data)
  }

  test('a planar convolution on the grid is found out, on the torus or not', () => {
    const kernel = normals([CHANNELS, CHANNELS, 3, 3], 7).data
    const planar = (x: Tensor, mode: 'wrap' | 'constant'): Tensor =>
      conv(pad(x, [0, 0, 1, 1, 0, 0, 1, 1], { mode }), constant(kernel, [CHANNELS, CHANNELS, 3, 3]))
    expect(errorOf((x) => planar(x, 'wrap'))).toBeGreaterThan(0.1)
    expect(errorOf((x) => planar(x, 'constant'))).toBeGreaterThan(0.1)
  })

  test('a mean over samples that forgets the area is found out', () => {
    expect(errorOf((x) => add(x, reduceMean(mul(x, x), { axis: [2, 3], keepDims: true })))).toBeGreaterThan(0.01)
  })

  test('a signal with degrees from b on aliases', () => {
    const x = { ...normals([1, 1, 2 * b, 2 * b], 1) }
    const [q] = rotations(1) as [EulerAngles]
    expect(
      difference(rotated('sphere', rotated('sphere', x, q), { alpha: -q.gamma, beta: -q.beta, gamma: -q.alpha }).data, x.data),
    ).toBeGreaterThan(0.1)
  })
})

test('relu aliases, and the less the finer the grid: a signal of full bandwidth 16, measured', () => {
  const x = bandLimited('sphere', 16, 1, 5, 1)
  const [q] = rotations(1) as [EulerAngles]
  const errors = [1, 2, 4, 8].map((factor) => {
    const f = (v: Value): Value => apply(v, (s) => oversampled(s, relu, factor))
    return difference(f(rotated('sphere', x, q)).data, rotated('sphere', f(x), q).data)
  })
  const [plain, twice, fourfold, eightfold] = errors as [number, number, number, number]
  expect(plain).toBeGreaterThan(0.1)
  expect(twice).toBeLessThan(0.04)
  expect(fourfold).toBeLessThan(0.01)
  expect(eightfold).toBeLessThan(0.001)
})

test('the bispectrum tells apart what the power spectrum does not', () => {
  const b = 4
  const x = normals([b * b, 1, 1], 1)
  // Every degree turned by another rotation: the powers stay, how degrees lie to each other does not.
  const turned = { ...x, data: x.data.slice() }
  for (const [l, q] of rotations(b).entries()) turned.data.set(rotated('spectrum', x, q).data.slice(l * l, (l + 1) ** 2), l * l)
  expect(difference(apply(turned, spherePowerSpectrum).data, apply(x, spherePowerSpectrum).data)).toBeLessThan(1e-12)
  expect(difference(apply(turned, sphereBispectrum).data, apply(x, sphereBispectrum).data)).toBeGreaterThan(0.1)
  expect(apply(x, sphereBispectrum).shape).toEqual([1, bispectrumSize(b)])
})
