import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { exportOnnx } from '../src/index.ts'
import { byteScale, int8Plan, int8Weights } from '../src/int8.ts'
import { written } from './written-files.ts'

const x = t.input('x', 'float32', ['n', 16])
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i * i + 1))
const weights = (...shape: number[]): t.TensorValue => t.tensorValue('float32', shape, numbers(shape.reduce((n, d) => n * d, 1)))
/** How many products of a Program are computed in int8, and of how many activations ranges must be known. */
function planOf(y: t.Tensor, values: Readonly<Record<string, t.TensorValue>>, inputs: readonly t.Input[]): [number, number] {
  const { products, activations } = int8Plan(t.program({ inputs, outputs: { y } }), values)
  return [products.length, activations.length]
}

describe('what is computed in int8', () => {
  const product = (columns: number, value = weights(16, columns)): [number, number] => {
    const w = t.input('w', 'float32', [16, columns])
    return planOf(t.matMul(x, w), { w: value }, [x, w])
  }
  test('matrices of 256 numbers or more', () => {
    expect([product(15), product(16)]).toEqual([
      [0, 0],
      [1, 1],
    ])
  })

  test('weights that lose at most 5 % of their norm, and those of zeros', () => {
    expect(product(16, t.tensorValue('float32', [16, 16], new Array(256).fill(0)))).toEqual([1, 1])
    const spikes = (size: number): t.TensorValue => {
      const data = Float32Array.from({ length: 16 * 256 }, (_, i) => (i < 16 ? 1 : size))
      return t.tensorValue('float32', [256, 16], data)
    }
    const wide = t.input('wide', 'float32', ['n', 256])
    const w = t.input('w', 'float32', [256, 16])
    const plan = (size: number): [number, number] => planOf(t.matMul(wide, w), { w: spikes(size) }, [wide, w])
    // 255 numbers of `size` are lost: size sqrt(255) of the norm.
    expect([plan(0.003), plan(0.0033)]).toEqual([
      [1, 1],
      [0, 0],
    ])
  })

  test('products with a fixed matrix on the right; convolutions write int8 too', () => {
    const [w, v, other] = [t.input('w', 'float32', [16, 16]), t.input('v', 'float32', [16, 16]), t.input('other', 'float32', ['n', 16])]
    const values = { w: weights(16, 16), v: weights(16, 16) }
    expect(planOf(t.matMul(t.matMul(x, w), v), values, [x, w, v])).toEqual([2, 2])
    expect(planOf(t.add(t.matMul(x, w), t.matMul(x, v)), values, [x, w, v])).toEqual([2, 1])
    expect(planOf(t.matMul(x, t.matMul(w, v)), values, [x, w, v])).toEqual([1, 1])
    expect(planOf(t.matMul(x, w), {}, [x, w])).toEqual([0, 0])
    expect(planOf(t.matMul(t.transpose(w), t.transpose(x)), values, [x, w])).toEqual([0, 0])
    expect(planOf(t.matMul(x, t.transpose(other)), values, [x, other])).toEqual([0, 0])
    const batch = t.input('batch', 'float32', [2, 16, 16])
    expect(planOf(t.matMul(x, batch), { batch: weights(2, 16, 16) }, [x, batch])).toEqual([0, 0])
    const [image, kernel] = [t.input('image', 'float32', ['n', 8, 9]), t.input('kernel', 'float32', [8, 8, 5])]
    expect(planOf(t.conv(image, kernel), { kernel: weights(8, 8, 5) }, [image, kernel])).toEqual([1, 2])
  })
})

test('bytes: a scale for each entry of an axis, the first, the middle or the last', () => {
  const data = [1, -2, 4, 8, 0.5, -16, 3, 5]
  const bytes = (axis: number, shape: number[]): number[][] => {
    const found = int8Weights(t.tensorValue('float32', shape, data), axis)
    return [[...found.scales].map((scale) => scale * 64), [...found.bytes]]
  }
  expect(bytes(0, [2, 4])).toEqual([
    [8, 16],
    [8, -16, 32, 64, 2, -64, 12, 20],
  ])
  expect(bytes(1, [2, 4])).toEqual([
    [1, 16, 4, 8],
    [64, -8, 64, 64, 32, -64, 48, 40],
  ])
  expect(bytes(1, [2, 2, 2])).toEqual([
    [16, 8],
    [4, -8, 32, 64, 2, -64, 24, 40],
  ])
  expect([byteScale(-1, 2), byteScale(-3, 0), byteScale(0, 0.5)]).toEqual([
    { scale: Math.fround(3 / 255), zero: 85 },
    { scale: Math.fround(3 / 255), zero: 255 },
    { scale: Math.fround(0.5 / 255), zero: 0 },
  ])
})

test('what is written: bytes with their scales and zeros, each input once', () => {
  const [w, v] = [t.input('w', 'float32', [16, 16]), t.input('v', 'float32', [16, 16])]
  const p = t.program({ inputs: [x, w, v], outputs: { y: t.add(t.matMul(x, w), t.matMul(x, v)) } })
  const values = { w: weights(16, 16), v: weights(16, 16) }
  const lines = written(exportOnnx(p, { values, int8: { least: [-1], most: [3] }, shapes: false, optimized: true }))
  expect(lines.filter((line) => /^[A-Z]/.test(line))).toEqual([
    'QuantizeLinear#3: QuantizeLinear(x, constant#0, bytes#1) -> quantizelinear#2',
    'DequantizeLinear#5: DequantizeLinear(quantizelinear#2, constant#0, bytes#1) -> dequantizelinear#4',
    'DequantizeLinear#10: DequantizeLinear(bytes#6, constant#7, bytes#8, axis=1) -> dequantizelinear#9',
    'MatMul#12: MatMul(dequantizelinear#4, dequantizelinear#9) -> matmul#11',
    'DequantizeLinear#16: DequantizeLinear(bytes#13, constant#7, bytes#14, axis=1) -> dequantizelinear#15',
    'MatMul#18: MatMul(dequantizelinear#4, dequantizelinear#15) -> matmul#17',
    'Add#20: Add(matmul#11, matmul#17) -> y',
  ])
  expect(lines.find((line) => line.startsWith('constant#0'))).toBe(`constant#0: float [] = ${Math.fround(4 / 255)}`)
  expect(lines.find((line) => line.startsWith('bytes#1:'))).toBe('bytes#1: uint8 [] = 64')
  expect(lines.find((line) => line.startsWith('bytes#6'))).toMatch(/^bytes#6: int8 \[16 16\] = /)
  for (const [int8, message] of [
    [
      { least: [0], most: [1, 2] },
      'expected ranges of 1 activations, received 1 and 2. Run calibrationProgram of the same Program and values.',
    ],
    [{ least: [0], most: [Infinity] }, 'expected finite ranges, received 0 to Infinity for activation 0. Is an input NaN?'],
    [{ least: [-Infinity], most: [0] }, 'expected finite ranges, received -Infinity to 0 for activation 0. Is an input NaN?'],
  ] as const)
    expect(() => exportOnnx(p, { values, int8, optimized: true })).toThrow(new RangeError(`exportOnnx: ${message}`))
})

test('float16: types within attributes and loops, bounds of constants, and inputs that keep theirs', () => {
  const [i, at] = [t.input('i', 'int64', [2]), t.input('at', 'float32', [2])]
  const outputs = {
    a: t.add(t.cast(i, 'float32'), at),
    b: t.oneHot(i, 3),
    c: t.eyeLike(2, 2),
    d: t.add(at, t.constant([1e6, -Infinity], [2])),
    e: t.cast(i, 'int32'),
  }
  const p = t.program({ inputs: [i, at], outputs })
  const lines = written(exportOnnx(p, { float16: true, shapes: false, optimized: true }))
  expect([lines[0], lines.at(-1)]).toEqual([
    'graph equivar(i: int64 [2], at: float [2])',
    'gives a: float [2], b: float [2 3], c: float [2 2], d: float [2], e: int32 [2]',
  ])
  const of = (type: string): string[] => lines.filter((line) => line.includes(`: ${type}(`)).map((line) => line.replace(/^.*?: |#\d+/g, ''))
  expect(of('Cast').sort()).toEqual([
    'Cast(add, to=1) -> a',
    'Cast(add, to=1) -> d',
    'Cast(at, to=10) -> cast',
    'Cast(eyelike, to=1) -> c',
    'Cast(i, to=10) -> cast',
    'Cast(i, to=6) -> e',
    'Cast(onehot, to=1) -> b',
  ])
  expect(of('EyeLike')).toEqual(['EyeLike(constantofshape, k=0, dtype=10) -> eyelike'])
  expect(lines.filter((line) => line.includes('float16')).map((line) => line.replace(/^\S+ /, ''))).toEqual([
    'float16 [2] = 0 15360',
    'float16 [2] = 31743 64512',
  ])
  const [k, state] = [t.input('k', 'int64', []), t.input('state', 'float32', [2])]
  const body = t.program({ inputs: [k, state], outputs: { next: t.mul(state, t.cast(k, 'float32')) } })
  const [last] = t.repeat(body, { count: 3, states: [at], captured: [] }) as [t.Tensor]
  const looped = written(
    exportOnnx(t.program({ inputs: [at], outputs: { last } }), { float16: 'inputs-and-outputs', shapes: false, optimized: true }),
  )
  expect([looped[0], looped.at(-1)]).toEqual(['graph equivar(at: float16 [2])', 'gives last: float16 [2]'])
  expect(looped.filter((line) => line.startsWith('  ')).join(' ')).toMatch(
    /state#\d+: float16 \[2\].*Cast\(iteration#\d+, to=10\).*mul#\d+: float16 \[2\]/,
  )
})
