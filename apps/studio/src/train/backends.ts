import { onnxBackend } from '@equivar/backend-onnx'
import { DeviceLostError, tfjsBackend } from '@equivar/backend-tfjs'
import type { Backend } from '@equivar/tensor'
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'
import { messageOf } from '../parts/message-of.ts'
import { runtime } from '../parts/onnx-runtime.ts'
import { type BackendName, backendTitles } from './backend-titles.ts'

/** A backend that was opened, and the name of its GPU if it has one. */
export interface OpenedBackend {
  readonly backend: Backend
  readonly device?: string
}

/** What the backends of TensorFlow.js for GPUs know of theirs. */
interface Gpu {
  readonly gpgpu?: { readonly gl: WebGL2RenderingContext }
  readonly adapterInfo?: { readonly vendor: string; readonly architecture: string }
}

/** The name of a GPU, and of what only pretends to be one. */
function deviceName({ gpgpu, adapterInfo }: Gpu): { device?: string } {
  const info = gpgpu?.gl.getExtension('WEBGL_debug_renderer_info')
  const known = info
    ? gpgpu?.gl.getParameter(info.UNMASKED_RENDERER_WEBGL)
    : `${adapterInfo?.vendor ?? ''} ${adapterInfo?.architecture ?? ''}`
  const name = String(known ?? '').trim()
  if (/swiftshader|llvmpipe|basic render/i.test(name)) return { device: 'SwiftShader or alike: a GPU in software, slow' }
  return name === '' ? {} : { device: name }
}

async function openTensorFlow(name: 'wasm' | 'webgl' | 'webgpu'): Promise<OpenedBackend> {
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
  return { backend: tfjsBackend(tf), ...deviceName(tf.backend() as Gpu) }
}

/** Loads a backend, and nothing of the others. @throws Error if it is not there. */
export async function openBackend(name: BackendName): Promise<OpenedBackend> {
  if (name === 'onnx-wasm') return { backend: onnxBackend({ runtime }) }
  return openTensorFlow(name.slice('tfjs-'.length) as 'wasm')
}

/** What a visitor is told of an error. */
export function explain(error: unknown): string {
  if (error instanceof DeviceLostError)
    return 'The GPU was lost: its driver was reset, or the browser took it away. What was learned on it is gone. Reset and train again, or choose another backend.'
  return messageOf(error)
}
