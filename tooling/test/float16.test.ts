import { loadOnnx } from '@equivar/backend-onnx'
import { exportOnnx, importOnnx, inspectOnnx } from '@equivar/export-onnx'
import { Dss } from '@equivar/layers-dss'
import { CyclicConvolution } from '@equivar/layers-grids'
import { DeepSets } from '@equivar/layers-sets'
import { initialize } from '@equivar/nn'
import { evaluate, input, mul, program, Random, reduceMean, repeat, type TensorValue, tensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { expect, test } from 'vitest'

const random = new Random({ seed: 1 })
const normal = (...shape: number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )

async function expectClose(file: Uint8Array, feeds: Record<string, TensorValue>, expected: ArrayLike<number>): Promise<void> {
  const executable = await loadOnnx(file, { threads: 1 })
  const { y } = await executable.run(feeds)
  const scale = Math.max(...Array.from(expected, Math.abs))
  const numbers = (await y?.data()) as Float32Array
  expect(y?.dtype).toBe('float32')
  Array.from(expected).forEach((value, i) => {
    expect(Math.abs((numbers[i] as number) - value)).toBeLessThan(5e-3 * scale)
  })
  await executable.dispose()
}

test('a masked set network in float16: half the size, three digits, inputs and outputs as before', async () => {
  const [x, mask] = [input('x', 'float32', ['batch', 'n', 3]), input('mask', 'bool', ['batch', 'n'])]
  const model = new DeepSets({ channels: [3, 64, 64], outputs: 4, pool: 'max' })
  const p = inferenceProgram(model, { inputs: { x, mask }, outputs: () => ({ y: model.forward(x, mask) }) })
  const values = initialize(model, 1)
  const [whole, half] = [exportOnnx(p, { values }), exportOnnx(p, { values, float16: true })]
  expect(half.length).toBeLessThan(0.65 * whole.length)
  const { inputs, outputs, metadata } = inspectOnnx(half, 'half')
  expect([...inputs, ...outputs].map(({ dtype }) => dtype)).toEqual(['float32', 'bool', 'float32'])
  expect(metadata['equivar.float16']).toBe('true')
  const feeds = { x: normal(2, 6, 3), mask: tensorValue('bool', [2, 6], [1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]) }
  await expectClose(half, feeds, evaluate(p, { ...feeds, ...values }).y?.data ?? [])
})

test('convolutions, constants and a loop in float16', async () => {
  const x = input('x', 'float32', ['batch', 'set', 1, 'length'])
  const convolution = (): CyclicConvolution => new CyclicConvolution({ dimensions: 1, inChannels: 1, outChannels: 4, kernel: 3 })
  const layer = new Dss({ own: convolution(), shared: convolution(), aggregate: 'mean' })
  const p = inferenceProgram(layer, { inputs: { x }, outputs: () => ({ y: reduceMean(layer.forward(x), { axis: 3 }) }) })
  const values = initialize(layer, 1)
  const feeds = { x: normal(2, 3, 1, 10) }
  await expectClose(exportOnnx(p, { values, float16: true }), feeds, evaluate(p, { ...feeds, ...values }).y?.data ?? [])

  const [i, state] = [input('i', 'int64', []), input('state', 'float32', [2])]
  const body = program({ inputs: [i, state], outputs: { next: mul(state, 0.5) } })
  const start = input('start', 'float32', [2])
  const loop = program({ inputs: [start], outputs: { y: repeat(body, { count: 3, states: [start] })[0] as typeof start } })
  await expectClose(exportOnnx(loop, { float16: true }), { start: tensorValue('float32', [2], [8, 16]) }, [1, 2])
})

test('a value beyond float16 is refused by name', () => {
  const [x, w] = [input('x', 'float32', [2]), input('w', 'float32', [2])]
  const p = program({ inputs: [x, w], outputs: { y: mul(x, w) } })
  expect(() => exportOnnx(p, { values: { w: tensorValue('float32', [2], [1, 70000]) }, float16: true })).toThrow(
    'exportOnnx: expected values of "w" within +-65504, the range of float16, received 70000 at position 1. Export it in float32.',
  )
})

test('values in float16 come back as they were stored', () => {
  const [x, w] = [input('x', 'float32', [2]), input('w', 'float32', [2])]
  const p = program({ inputs: [x, w], outputs: { y: mul(x, w) } })
  const { values } = importOnnx(exportOnnx(p, { values: { w: tensorValue('float32', [2], [1, -2]) }, float16: true }))
  expect(values.w).toEqual({ dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) })
})
