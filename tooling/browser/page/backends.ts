import { type LoadedOnnx, loadOnnx, onnxBackend } from '@equivar/backend-onnx'
import { tfjsBackend } from '@equivar/backend-tfjs'
import { importOnnx } from '@equivar/export-onnx'
import type { Executable, TensorValue } from '@equivar/tensor'
import type { PageBackend } from '../backend-names.ts'
import type { Opened } from '../opened.ts'

async function openTensorFlow(name: 'cpu' | 'wasm' | 'webgl' | 'webgpu'): Promise<Opened> {
  const tf = await import('@tensorflow/tfjs-core')
  if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu')
  if (name === 'webgl') await import('@tensorflow/tfjs-backend-webgl')
  if (name === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu')
  if (name === 'wasm') (await import('@tensorflow/tfjs-backend-wasm')).setWasmPaths('/tfjs/')
  // Small tensors would be computed by the cpu otherwise, and the kernels of the GPU stay untested.
  if (name === 'webgl' || name === 'webgpu') tf.env().set(`${name.toUpperCase()}_CPU_FORWARD`, false)
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js has no backend ${name} here`)
  await tf.ready()
  const backend = tfjsBackend(tf)
  const load = async (file: Uint8Array): Promise<Executable> => {
    const { program, values } = importOnnx(file)
    const executable = await backend.compile(program)
    return { run: (feeds) => executable.run({ ...(values as Record<string, TensorValue>), ...feeds }), dispose: () => executable.dispose() }
  }
  return { backend, alive: () => tf.memory().numTensors, load }
}

async function openRuntime(device: 'cpu' | 'webgpu'): Promise<Opened> {
  const options = { runtime: () => import('onnxruntime-web/webgpu'), device, wasmPaths: '/ort/' }
  return { backend: onnxBackend(options), alive: () => 0, load: (file): Promise<LoadedOnnx> => loadOnnx(file, options) }
}

/** Opens a backend by its name. */
export async function open(name: PageBackend): Promise<Opened> {
  if (name === 'onnxruntime-web wasm') return openRuntime('cpu')
  if (name === 'onnxruntime-web webgpu') return openRuntime('webgpu')
  return openTensorFlow(name.slice('tfjs '.length) as 'cpu')
}
