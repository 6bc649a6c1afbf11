import { onnxBackend } from '@equivar/backend-onnx'
import { tfjsBackend } from '@equivar/backend-tfjs'
import type { Backend } from '@equivar/tensor'
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'

/** What can compute, and how the page calls it. */
export const backendTitles = {
  'tfjs-wasm': 'TensorFlow.js, WebAssembly',
  'tfjs-webgl': 'TensorFlow.js, WebGL',
  'tfjs-webgpu': 'TensorFlow.js, WebGPU',
  'onnx-wasm': 'ONNX Runtime, WebAssembly',
} as const

export type BackendName = keyof typeof backendTitles

/** ONNX Runtime in the browser; the bundler puts its wasm file beside the script. */
export const runtime = () => import('onnxruntime-web/wasm')

async function openTensorFlow(name: 'wasm' | 'webgl' | 'webgpu'): Promise<Backend> {
  const tf = await import('@tensorflow/tfjs-core')
  if (name === 'wasm') {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
    setWasmPaths({ 'tfjs-backend-wasm.wasm': plain, 'tfjs-backend-wasm-simd.wasm': simd, 'tfjs-backend-wasm-threaded-simd.wasm': threaded })
  }
  if (name === 'webgl') await import('@tensorflow/tfjs-backend-webgl')
  if (name === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu')
  if (tf.findBackendFactory(name) === undefined || !(await tf.setBackend(name)))
    throw new Error(`${backendTitles[`tfjs-${name}`]} is not available in this browser. Choose another backend.`)
  await tf.ready()
  return tfjsBackend(tf)
}

/** Loads a backend, and nothing of the others. @throws Error if it is not there. */
export async function openBackend(name: BackendName): Promise<Backend> {
  if (name === 'onnx-wasm') return onnxBackend({ runtime })
  return openTensorFlow(name.slice('tfjs-'.length) as 'wasm')
}
