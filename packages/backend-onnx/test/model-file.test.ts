import { exportOnnx, onnxNodes } from '@equivar/export-onnx'
import {
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

const [edges, nodes, channels] = [20_000, 300, 64]
const x = input('x', 'float32', ['edges', channels])
const to = input('to', 'int64', ['edges'])
const sums = program({ inputs: { x, to }, outputs: { y: segmentSum(x, to, nodes) } })
const oneThread = (p: Program): boolean => needsOneThread(onnxNodes(exportOnnx(p), 'test'))

test('one thread is for what adds rows by index, derivatives too', () => {
  expect(oneThread(sums)).toBe(true)
  const gradient = differentiate(reduceSum(gather(x, to)), x)
  expect(oneThread(program({ inputs: { x, to }, outputs: { gradient } }))).toBe(true)
  expect(oneThread(program({ inputs: { x, to }, outputs: { y: scatterND(zeros([nodes, channels]), unsqueeze(to, 1), x) } }))).toBe(false)
  expect(oneThread(program({ inputs: { x }, outputs: { y: relu(x) } }))).toBe(false)
})

test('no message is lost, however many threads are asked for', async () => {
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
  const expected = evaluate(sums, feeds).y?.data as Float64Array
  const file = exportOnnx(sums)
  for (const executable of [await onnxBackend({ threads: 4 }).compile(sums), await loadOnnx(file, { threads: 4 })]) {
    for (let run = 0; run < 20; run++) {
      const { y } = await executable.run(feeds)
      expect(Array.from((await y?.data()) as Float32Array)).toEqual(Array.from(expected))
      y?.dispose()
    }
    await executable.dispose()
  }
})

test('a page whose threads are many is told to have one', async () => {
  const page = (wasm: { numThreads?: number }): Runtime => ({
    env: { wasm, versions: { web: '1' } },
    InferenceSession: { create: async () => ({ inputNames: [], outputNames: [], run: async () => ({}), release: async () => {} }) },
    Tensor: node.Tensor as unknown as Runtime['Tensor'],
  })
  const wasm: { numThreads?: number } = {}
  await onnxBackend({ runtime: page(wasm) }).compile(sums)
  expect(wasm.numThreads).toBe(1)
  await expect(onnxBackend({ runtime: page({ numThreads: 4 }) }).compile(sums)).rejects.toThrow(
    'expected one thread for a model that adds rows by index, as ONNX Runtime loses some with more, received 4 for the whole page.',
  )
  const other = { numThreads: 4 }
  await onnxBackend({ runtime: page(other) }).compile(program({ inputs: { x }, outputs: { y: relu(x) } }))
  expect(other.numThreads).toBe(4)
})
