import { exportOnnx, onnxNodes } from '@equivar/export-onnx'
import {
  constant,
  type DeviceTensor,
  differentiate,
  evaluate,
  gather,
  input,
  type Program,
  program,
  reduceSum,
  relu,
  scatterND,
  segmentSum,
  tensorValue,
  unsqueeze,
  zeros,
} from '@equivar/tensor'
import * as node from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { loadOnnx, needsOneThread, onnxBackend, type Runtime } from '../src/index.ts'

const [nodes, channels] = [300, 64]
const x = input('x', 'float32', ['edges', channels])
const to = input('to', 'int64', ['edges'])
const sums = program({ inputs: { x, to }, outputs: { y: segmentSum(x, to, nodes) } })
const oneThread = (p: Program): boolean => needsOneThread(onnxNodes(exportOnnx(p), 'test'))

test('one thread is for files that add many rows by index, derivatives too', () => {
  expect(oneThread(sums)).toBe(true)
  const fixed = (rows: number): Program => {
    const [few, at] = [input('few', 'float32', [rows, channels]), input('at', 'int64', [rows])]
    return program({ inputs: { few, at }, outputs: { y: segmentSum(relu(few), at, nodes) } })
  }
  expect([10, 3_125, 3_126, 12_500, 12_501].map((rows) => oneThread(fixed(rows)))).toEqual([false, false, false, false, true])
  expect(needsOneThread(onnxNodes(exportOnnx(fixed(10), { shapes: false }), 'test'))).toBe(true)
  expect(needsOneThread(onnxNodes(exportOnnx(sums, { sums: 'all' }), 'test'))).toBe(false)
  const gradient = differentiate(reduceSum(gather(x, to)), x)
  expect(oneThread(program({ inputs: { x, to }, outputs: { gradient } }))).toBe(true)
  const wide = input('wide', 'float32', ['edges', 250_000])
  const picked = (...rows: number[]): Program => {
    const at = constant(BigInt64Array.from(rows, BigInt))
    return program({ inputs: { wide }, outputs: { y: differentiate(reduceSum(gather(wide, at)), wide) } })
  }
  expect([picked(2, 0, 1), picked(2, 0, 2), picked(2, -1)].map(oneThread)).toEqual([false, true, true])
  const threeRows = { wide: tensorValue('float32', [3, 250_000], new Float32Array(750_000)) }
  const picks = evaluate(picked(2, 0), threeRows).y?.data as Float64Array
  expect(picks.every((value, i) => value === (i < 250_000 || i >= 500_000 ? 1 : 0))).toBe(true)
  expect(oneThread(program({ inputs: { x, to }, outputs: { y: scatterND(zeros([nodes, channels]), unsqueeze(to, 1), x) } }))).toBe(false)
  expect(oneThread(program({ inputs: { x }, outputs: { y: relu(x) } }))).toBe(false)
})

test('no message is lost, however many threads are asked for: few in pieces, many in one thread, from a file', async () => {
  const compiled = await onnxBackend({ threads: 4 }).compile(sums)
  const loaded = await loadOnnx(exportOnnx(sums), { threads: 4 })
  for (const [executable, edges] of [
    [compiled, 8_000],
    [compiled, 20_000],
    [compiled, 12_500],
    [loaded, 20_000],
  ] as const) {
    const feeds = {
      x: tensorValue(
        'float32',
        [edges, channels],
        Float32Array.from({ length: edges * channels }, (_, i) => ((i * 7919) % 17) - 8),
      ),
      to: tensorValue(
        'int64',
        [edges],
        Array.from({ length: edges }, (_, i) => (i * 104_729) % nodes),
      ),
    }
    const expected = Float32Array.from(evaluate(sums, feeds).y?.data as Float64Array)
    for (let run = 0; run < 40; run++) {
      const { y } = await executable.run(feeds)
      expect((await (y as DeviceTensor).data()).every((value, i) => value === expected[i])).toBe(true)
      y?.dispose()
    }
  }
  await compiled.dispose()
  await loaded.dispose()
})

test('a page whose threads are many is told to have one', async () => {
  const page = (wasm: { numThreads?: number }): Runtime => ({
    env: { wasm, versions: { web: '1' } },
    InferenceSession: { create: async () => ({ inputNames: [], outputNames: [], run: async () => ({}), release: async () => {} }) },
    Tensor: node.Tensor as unknown as Runtime['Tensor'],
  })
  const wasm: { numThreads?: number } = {}
  const file = exportOnnx(sums)
  await loadOnnx(file, { runtime: page(wasm) })
  expect(wasm.numThreads).toBe(1)
  await expect(loadOnnx(file, { runtime: page({ numThreads: 4 }) })).rejects.toThrow(
    'expected one thread for a model that adds many rows by index, as ONNX Runtime loses some with more, received 4 for the whole page.',
  )
  const other = { numThreads: 4 }
  await onnxBackend({ runtime: page(other) }).compile(program({ inputs: { x }, outputs: { y: relu(x) } }))
  expect(other.numThreads).toBe(4)
})
