import { onnxBackend } from '@equivar/backend-onnx'
import { tfjsBackend } from '@equivar/backend-tfjs'
import type { Backend } from '@equivar/tensor'
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'

/** ONNX Runtime in the browser; the bundler puts its wasm file beside the script. */
export const runtime = () => import('onnxruntime-web/wasm')

async function tensorFlow(): Promise<Backend> {
  const [tf, { setWasmPaths }] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-backend-wasm')])
  setWasmPaths({ 'tfjs-backend-wasm.wasm': plain, 'tfjs-backend-wasm-simd.wasm': simd, 'tfjs-backend-wasm-threaded-simd.wasm': threaded })
  await tf.setBackend('wasm')
  await tf.ready()
  return tfjsBackend(tf)
}

/** What can compute. Each is loaded when it is chosen. */
export const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  'TensorFlow.js': tensorFlow,
  'ONNX Runtime': async () => onnxBackend({ runtime }),
}
