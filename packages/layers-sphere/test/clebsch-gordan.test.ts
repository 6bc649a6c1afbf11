import { onnxBackend } from '@equivar/backend-onnx'
import { clebschGordan, realWignerD } from '@equivar/groups'
import { evaluate, input, program } from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { expect, test } from 'vitest'
import { ClebschGordanProduct, DegreeLinear, type EulerAngles, realClebschGordan, spherePowerSpectrum } from '../src/index.ts'
import { applied } from './families.ts'
import { layerProgram, normals, rotated, rotations, type Value, valuesOf } from './shared.ts'

test('real coefficients hold a degree in the product of two, orthonormally', () => {
  for (const { alpha, beta, gamma } of rotations(2))
    for (const [l1, l2] of [
      [0, 0],
      [0, 2],
      [1, 1],
      [1, 2],
      [3, 2],
      [4, 4],
    ] as const)
      for (let l = Math.abs(l1 - l2); l <= l1 + l2; l++) {
        const [n1, n2, n] = [2 * l1 + 1, 2 * l2 + 1, 2 * l + 1]
        const c = realClebschGordan(l1, l2, l)
        const [a, b, d] = [l1, l2, l].map((degree) => realWignerD(degree, alpha, beta, gamma)) as [Float64Array, Float64Array, Float64Array]
        for (let m = 0; m < n; m++) {
          for (let k = 0; k < n; k++) {
            const inner = Array.from({ length: n1 * n2 }, (_, i) => (c[m * n1 * n2 + i] as number) * (c[k * n1 * n2 + i] as number))
            expect(inner.reduce((s, v) => s + v, 0)).toBeCloseTo(m === k ? 1 : 0, 12)
          }
          for (let i = 0; i < n1; i++)
            for (let j = 0; j < n2; j++) {
              let [left, right] = [0, 0]
              for (let p = 0; p < n1; p++)
                for (let q = 0; q < n2; q++)
                  left += (c[m * n1 * n2 + p * n2 + q] as number) * (a[p * n1 + i] as number) * (b[q * n2 + j] as number)
              for (let k = 0; k < n; k++) right += (d[m * n + k] as number) * (c[k * n1 * n2 + i * n2 + j] as number)
              expect(left).toBeCloseTo(right, 11)
            }
        }
      }
})

test('of order 0 they are the complex ones; beyond the triangle there are none', () => {
  expect(realClebschGordan(2, 3, 3)[3 * 35 + 2 * 7 + 3]).toBe(clebschGordan(2, 0, 3, 0, 3, 0))
  expect(realClebschGordan(2, 2, 4)[4 * 25 + 2 * 5 + 2]).toBeCloseTo(clebschGordan(2, 0, 2, 0, 4, 0), 14)
  expect(realClebschGordan(1, 1, 3).every((v) => v === 0)).toBe(true)
})

test('degree 1 with itself: the dot product and the cross product', () => {
  const dot = realClebschGordan(1, 1, 0)
  expect(
    relativeError(
      dot,
      [1, 0, 0, 0, 1, 0, 0, 0, 1].map((v) => v * (dot[0] as number)),
    ),
  ).toBeLessThan(1e-14)
  const cross = realClebschGordan(1, 1, 1)
  for (let m = 0; m < 3; m++)
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) expect(cross[m * 9 + i * 3 + j]).toBeCloseTo(-(cross[m * 9 + j * 3 + i] as number), 14)
})

test('a network of products and channel mixing at b = 16 is invariant to 1e-4 on ONNX Runtime', async () => {
  const [degrees, channels] = [16, 3]
  const [first, second] = [
    new DegreeLinear({ degrees, inChannels: 1, outChannels: channels }),
    new DegreeLinear({ degrees, inChannels: channels, outChannels: channels }),
  ]
  const product = new ClebschGordanProduct({ degrees, channels })
  const layer = applied((x) => {
    const h = first.forward(x)
    return spherePowerSpectrum(second.forward(product.forward(h)))
  })
  Object.assign(layer, { first, second, product })
  const x = normals([degrees ** 2, 1, 1], 1)
  const executable = await onnxBackend().compile(layerProgram(layer, x.shape), { values: valuesOf(layer) })
  const onDevice = async (value: Value): Promise<ArrayLike<number>> => {
    const { y } = await executable.run({ x: { ...value, data: Float32Array.from(value.data) } })
    return (await y?.data()) as Float32Array
  }
  const plain = await onDevice(x)
  for (const q of rotations(2)) expect(relativeError(await onDevice(rotated('spectrum', x, q)), plain)).toBeLessThan(1e-4)
  await executable.dispose()
})

test('the product of two spectra is bilinear', () => {
  const layer = new ClebschGordanProduct({ degrees: 3, channels: 2 })
  const [x, y] = [normals([9, 1, 2], 1), normals([9, 1, 2], 2)]
  const values = valuesOf(layer)
  const [left, right] = [input('x', 'float32', [9, 1, 2]), input('y', 'float32', [9, 1, 2])]
  const p = program({ inputs: { x: left, y: right, weight: layer.weight }, outputs: { z: layer.forward(left, right) } })
  const of = (a: Value, b: Value): Float64Array => evaluate(p, { x: a, y: b, weight: values.weight as Value }).z?.data as Float64Array
  const sum = { ...x, data: x.data.map((v, i) => 2 * v - (y.data[i] as number)) }
  const [plain, own, other] = [of(sum, y), of(x, y), of(y, y)]
  expect(
    relativeError(
      plain,
      own.map((v, i) => 2 * v - (other[i] as number)),
    ),
  ).toBeLessThan(1e-12)
  const [q] = rotations(1) as [EulerAngles]
  const turned = of(rotated('spectrum', x, q), rotated('spectrum', y, q))
  expect(relativeError(turned, rotated('spectrum', { ...x, data: own }, q).data)).toBeLessThan(1e-12)
  expect(relativeError(of(x, y), of(y, x))).toBeGreaterThan(0.01)
  expect(() => layer.forward(input('x', 'float32', [16, 'batch', 2]))).toThrow(
    'ClebschGordanProduct.forward: expected a spectrum [9, batch, 2] (3 degrees), received [16, batch, 2].',
  )
})
