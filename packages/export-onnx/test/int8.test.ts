import {
  add,
  clip,
  constant,
  conv,
  div,
  evaluate,
  type Input,
  input,
  matMul,
  mul,
  type Program,
  program,
  Random,
  relu,
  round,
  sub,
  type Tensor,
  type TensorValue,
  tensorValue,
  transpose,
} from '@equivar/tensor'
import * as runtime from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { calibrationProgram, exportOnnx, type Int8Ranges, inspectOnnx } from '../src/index.ts'
import { byteScale, int8Weights } from '../src/int8.ts'

const random = new Random({ seed: 3 })
const normal = (...shape: number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )

async function run(file: Uint8Array, feeds: Record<string, TensorValue>, level: 'all' | 'disabled' = 'all'): Promise<Float32Array> {
  const session = await runtime.InferenceSession.create(file, { graphOptimizationLevel: level, intraOpNumThreads: 1 })
  const given = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape, data }]) => [
      name,
      new runtime.Tensor(dtype as 'float32', data as Float32Array, shape),
    ]),
  )
  const { y } = await session.run(given)
  await session.release()
  return y?.data as Float32Array
}

function rangesOf(p: Program, values: Record<string, TensorValue>, feeds: Record<string, TensorValue>): Int8Ranges {
  const { least, most } = evaluate(calibrationProgram(p, values), { ...values, ...feeds })
  return { least: least?.data ?? [], most: most?.data ?? [] }
}

/** x as it is after a byte has held it. */
function throughByte(x: Tensor, least: number, most: number): Tensor {
  const { scale, zero } = byteScale(least, most)
  return mul(sub(clip(add(round(div(x, scale)), zero), 0, 255), zero), scale)
}

/** Weights as they are after a signed byte has held them. */
function weightsThroughByte({ shape, data }: TensorValue, axis: number): Tensor {
  const { bytes, scales } = int8Weights({ dtype: 'float32', shape, data }, axis)
  const inner = shape.slice(axis + 1).reduce((n, d) => n * d, 1)
  return constant(
    Array.from(bytes, (byte, i) => byte * (scales[Math.floor(i / inner) % scales.length] as number)),
    shape,
  )
}

function expectClose(received: Float32Array, expected: ArrayLike<number>, tolerance: number): void {
  const scale = Math.max(...Array.from(expected, Math.abs))
  expect(received.length).toBe(expected.length)
  Array.from(expected).forEach((value, i) => {
    expect(Math.abs((received[i] as number) - value) / scale, `element ${i}`).toBeLessThan(tolerance)
  })
}

/** The type of every operator in a file, by ONNX's own names. */
const operatorsOf = (file: Uint8Array): string => new TextDecoder('latin1').decode(file)

const x = input('x', 'float32', ['batch', 'n', 24])
const w = input('w', 'float32', [24, 16])
const v = input('v', 'float32', [16, 32])

test('two matrix products: the numbers of the float64 reference of quantization, on ONNX Runtime with and without its own rewriting', async () => {
  const p = program({ inputs: [x, w, v], outputs: { y: matMul(relu(matMul(x, w)), v) } })
  const values = { w: normal(24, 16), v: normal(16, 32) }
  const feeds = { x: normal(3, 5, 24) }
  const ranges = rangesOf(p, values, feeds)
  const file = exportOnnx(p, { values, int8: ranges })
  const [a, b] = [0, 1].map((i) => [ranges.least[i] as number, ranges.most[i] as number]) as [[number, number], [number, number]]
  const hidden = relu(matMul(throughByte(x, ...a), weightsThroughByte(values.w, 1)))
  const reference = program({ inputs: [x], outputs: { y: matMul(throughByte(hidden, ...b), weightsThroughByte(values.v, 1)) } })
  const expected = evaluate(reference, feeds).y?.data ?? []
  // A number within float32's error of the middle between two bytes may go to the other one.
  const step = byteScale(...b).scale * Math.max(...(values.v.data as Float32Array).map(Math.abs))
  const tolerance = 1e-5 + step / Math.max(...Array.from(expected, Math.abs))
  expectClose(await run(file, feeds), expected, tolerance)
  expectClose(await run(file, feeds, 'disabled'), expected, tolerance)
  expectClose(await run(file, feeds), evaluate(p, { ...values, ...feeds }).y?.data ?? [], 0.03)
  expect(inspectOnnx(file, 'file')).toMatchObject({
    inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 'n', 24] }],
    outputs: [{ name: 'y', dtype: 'float32' }],
    metadata: { 'equivar.int8': 'true' },
  })
})

test.each([
  ['one axis, in groups', [2, 8, 20], [8, 4, 9], 2],
  ['two axes', [2, 6, 7, 9], [8, 6, 3, 3], 1],
] as const)('a convolution along %s', async (_, shape, kernel, groups) => {
  const image = input('x', 'float32', ['batch', shape[1], ...shape.slice(2).map((_, i) => `side${i}`)])
  const weight = input('w', 'float32', kernel)
  const p = program({ inputs: [image, weight], outputs: { y: conv(image, weight, { groups }) } })
  const values = { w: normal(...kernel) }
  const feeds = { x: normal(...shape) }
  const ranges = rangesOf(p, values, feeds)
  expect(ranges.least.length).toBe(2)
  const file = exportOnnx(p, { values, int8: ranges })
  const within = conv(throughByte(image, ranges.least[0] as number, ranges.most[0] as number), weightsThroughByte(values.w, 0), { groups })
  const [least, most] = [ranges.least[1] as number, ranges.most[1] as number]
  const expected = evaluate(program({ inputs: [image], outputs: { y: throughByte(within, least, most) } }), feeds).y?.data ?? []
  const largest = Math.max(...Array.from(expected, Math.abs))
  expectClose(await run(file, feeds), expected, 1e-5 + byteScale(least, most).scale / largest)
})

test('weights that are computed from parameters are folded; what is small, shared or not fixed is left alone', async () => {
  const small = input('small', 'float32', [32, 4])
  const kernel = input('kernel', 'float32', [16, 24])
  const y = matMul(matMul(relu(matMul(x, transpose(kernel))), v), small)
  const p = program({ inputs: [x, kernel, v, small], outputs: { y } })
  const values = { kernel: normal(16, 24), v: normal(16, 32), small: normal(32, 4) }
  const feeds = { x: normal(2, 3, 24) }
  const ranges = rangesOf(p, values, feeds)
  expect(ranges.least.length).toBe(2)
  const file = exportOnnx(p, { values, int8: ranges })
  expect(operatorsOf(file)).not.toContain('Transpose')
  expectClose(await run(file, feeds), evaluate(p, { ...values, ...feeds }).y?.data ?? [], 0.03)
  // 384 + 512 weights are a byte each, 128 have four.
  expect(file.length).toBeLessThan(exportOnnx(p, { values }).length - 3 * 800 + 1800)
})

test('a quarter of the size, and the same results alone, in a batch, and in any order', async () => {
  const [wide, deep] = [input('w', 'float32', [24, 256]), input('v', 'float32', [256, 128])]
  const p = program({ inputs: [x, wide, deep], outputs: { y: matMul(relu(matMul(x, wide)), deep) } })
  const values = { w: normal(24, 256), v: normal(256, 128) }
  const feeds = { x: normal(4, 2, 24) }
  const file = exportOnnx(p, { values, int8: rangesOf(p, values, feeds) })
  expect(file.length).toBeLessThan(0.32 * exportOnnx(p, { values }).length)
  const together = await run(file, feeds)
  const numbers = feeds.x.data as Float32Array
  const alone = await run(file, { x: tensorValue('float32', [1, 2, 24], numbers.slice(0, 48)) })
  expect(alone).toEqual(together.slice(0, 256))
  const swapped = await run(file, { x: tensorValue('float32', [1, 2, 24], [...numbers.slice(24, 48), ...numbers.slice(0, 24)]) })
  expect(swapped).toEqual(Float32Array.of(...together.slice(128, 256), ...together.slice(0, 128)))
})

test('what cannot be done is refused', () => {
  const p = program({ inputs: [x, w], outputs: { y: matMul(x, w) } })
  const values = { w: normal(24, 16) }
  expect(() => exportOnnx(p, { values, int8: { least: [], most: [] } })).toThrow(
    'exportOnnx: expected ranges of 1 activations, received 0 and 0. Run calibrationProgram of the same Program and values.',
  )
  expect(() => exportOnnx(p, { values, int8: { least: [Number.NaN], most: [1] } })).toThrow('expected finite ranges, received NaN to 1')
  expect(() => exportOnnx(p, { values, int8: { least: [0], most: [1] }, float16: true })).toThrow('expected float16 or int8, received both')
  const free: Input = input('free', 'float32', [24, 16])
  expect(() => calibrationProgram(program({ inputs: [x, free], outputs: { y: matMul(x, free) } }), {})).toThrow(
    'calibrationProgram: expected matrix products or convolutions with fixed weights of at least 256 numbers, found none. Export it in float16.',
  )
})

test('scales: zero is exact, weights keep within what 16 bits can add', () => {
  expect(byteScale(-1, 3)).toEqual({ scale: Math.fround(4 / 255), zero: 64 })
  expect(byteScale(2, 4)).toEqual({ scale: Math.fround(4 / 255), zero: 0 })
  expect(byteScale(-4, -2)).toEqual({ scale: Math.fround(4 / 255), zero: 255 })
  expect(byteScale(0, 0)).toEqual({ scale: 1, zero: 0 })
  const { bytes, scales } = int8Weights(tensorValue('float32', [2, 3], [1, 0, -8, 0.5, 0, 4]), 1)
  expect([...bytes]).toEqual([64, 0, -64, 32, 0, 32])
  expect([...scales]).toEqual([1 / 64, 1, 1 / 8])
})

test('float16 outside as well', async () => {
  const p = program({ inputs: [x, w], outputs: { y: matMul(x, w) } })
  const file = exportOnnx(p, { values: { w: normal(24, 16) }, float16: 'inputs-and-outputs' })
  const { inputs, outputs } = inspectOnnx(file, 'file')
  expect([...inputs, ...outputs].map(({ dtype }) => dtype)).toEqual(['float16', 'float16'])
  const session = await runtime.InferenceSession.create(file)
  const { y } = await session.run({ x: new runtime.Tensor('float16', new Uint16Array(24).fill(0x3c00), [1, 1, 24]) })
  expect(y?.type).toBe('float16')
})
