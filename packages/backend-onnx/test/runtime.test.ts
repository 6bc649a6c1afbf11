import { input, program, relu, tensorValue } from '@equivar/tensor'
import * as runtime from 'onnxruntime-node'
import { afterEach, expect, test, vi } from 'vitest'
import { type Device, DeviceError, deviceRemedy, devices, onnxBackend, type Runtime, RuntimeError } from '../src/index.ts'

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

test('a device that is not there: what it needs, and who says more', async () => {
  const without = (reason: string): Runtime => ({
    env: {},
    InferenceSession: { create: () => Promise.reject(new Error(reason)) },
    Tensor: runtime.Tensor as unknown as Runtime['Tensor'],
  })
  const refused = onnxBackend({ runtime: without('Failed to load shared library'), device: 'cuda' }).compile(p)
  await expect(refused).rejects.toThrow(DeviceError)
  await expect(refused).rejects.toThrow(RuntimeError)
  await expect(refused).rejects.toThrow(
    'onnxBackend: the device "cuda" is not available here (Failed to load shared library). It needs Linux on x64, an NVIDIA driver, CUDA 12, cuDNN 9',
  )
  for (const device of Object.keys(devices) as Device[])
    expect(deviceRemedy(device)).toMatch(/^It needs .*\. To see what is here and what is missing: npx equivar doctor/)
  const model = onnxBackend({ runtime: without('No graph was found in the protobuf'), device: 'cuda' }).compile(p)
  await expect(model).rejects.toThrow('ONNX Runtime refused the model')
})

test('TensorRT leaves what it cannot compile to CUDA', async () => {
  const asked: unknown[] = []
  const recording: Runtime = {
    env: {},
    InferenceSession: {
      create: async (_, options) => {
        asked.push(options)
        return { inputNames: [], outputNames: [], run: async () => ({}), release: async () => {} }
      },
    },
    Tensor: runtime.Tensor as unknown as Runtime['Tensor'],
  }
  await onnxBackend({ runtime: recording, device: 'tensorrt' }).compile(p)
  expect(asked).toEqual([expect.objectContaining({ executionProviders: ['tensorrt', 'cuda'] })])
})
