import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, input, program } from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { expect, test } from 'vitest'
import { ClebschGordanProduct, DegreeLinear, type EulerAngles, spherePowerSpectrum } from '../src/index.ts'
import { applied } from './families.ts'
import { layerProgram, normals, rotated, rotations, type Value, valuesOf } from './shared.ts'

test('a network of DegreeLinear and ClebschGordanProduct layers at b = 16 is invariant to 1e-4 on ONNX Runtime', async () => {
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
