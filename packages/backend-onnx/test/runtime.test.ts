import { input, program, relu, tensorValue } from '@equivar/tensor'
import * as runtime from 'onnxruntime-node'
import { afterEach, expect, test, vi } from 'vitest'
import { onnxBackend, type Runtime, RuntimeError } from '../src/index.ts'

const x = input('x', 'float32', ['n'])
const p = program({ inputs: [x], outputs: { y: relu(x) } })

afterEach(() => {
  vi.unstubAllGlobals()
})

test.each([
  ['a runtime', runtime as unknown as Runtime],
  ['what loads a runtime', async () => runtime as unknown as Runtime],
])('%s may be handed in', async (_, given) => {
  const executable = await onnxBackend({ runtime: given }).compile(p)
  const { y } = await executable.run({ x: tensorValue('float32', [2], [-1, 3]) })
  expect(await y?.data()).toEqual(Float32Array.of(0, 3))
  await executable.dispose()
})

test('a runtime for browsers is told where its files are, and how many threads it may have, before it opens a session', async () => {
  const wasm: { wasmPaths?: unknown; numThreads?: number } = {}
  const seen: unknown[] = []
  const web: Runtime = {
    env: { wasm, versions: { web: '1' } },
    InferenceSession: {
      create: async (_, options) => {
        seen.push({ ...wasm }, options)
        return { inputNames: [], outputNames: [], run: async () => ({}), release: async () => {} }
      },
    },
    Tensor: runtime.Tensor as unknown as Runtime['Tensor'],
  }
  await onnxBackend({ runtime: web, wasmPaths: '/ort/', threads: 2, device: 'webgpu' }).compile(p)
  expect(seen).toEqual([
    { wasmPaths: '/ort/', numThreads: 2 },
    expect.objectContaining({ executionProviders: ['webgpu'], preferredOutputLocation: 'gpu-buffer' }),
  ])
})

test('a browser without a runtime is told how to hand one in', async () => {
  vi.stubGlobal('process', undefined)
  const refused = onnxBackend().compile(p)
  await expect(refused).rejects.toThrow(RuntimeError)
  await expect(refused).rejects.toThrow("Hand one in: onnxBackend({ runtime: () => import('onnxruntime-web/wasm') }).")
})
