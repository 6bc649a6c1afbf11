import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { onnxBackend } from '@equivar/backend-onnx'
import type { TensorFlow } from '@equivar/backend-tfjs'
import { type Backend, input, matMul, program } from '@equivar/tensor'
import { UsageError } from './errors.ts'

/** What computes, and where. */
export interface BackendChoice {
  readonly backend: 'onnx' | 'tfjs'
  readonly device: 'cpu' | 'cuda' | 'webgpu'
  /** Threads; 0 leaves the choice to the runtime. */
  readonly threads: number
}

/** TensorFlow.js from native code, if `@tensorflow/tfjs-node` is installed and was built for this machine. */
export async function nativeTensorFlow(): Promise<TensorFlow> {
  const native = '@tensorflow/tfjs-node'
  return (await import(native)) as TensorFlow
}

/** TensorFlow.js from wasm, if its packages are installed. */
export async function wasmTensorFlow(): Promise<TensorFlow> {
  const tf = await import('@tensorflow/tfjs-core')
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  await tf.setBackend('wasm')
  await tf.ready()
  return tf
}

async function loadTensorFlow(): Promise<TensorFlow> {
  try {
    return await nativeTensorFlow()
  } catch {
    // Not installed, or not built for this machine.
  }
  try {
    return await wasmTensorFlow()
  } catch (cause) {
    throw new UsageError(
      `--backend tfjs: expected TensorFlow.js, which could not be loaded (${cause instanceof Error ? cause.message.split('\n')[0] : cause}); npm install @equivar/backend-tfjs @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm, or @tensorflow/tfjs-node for native speed`,
    )
  }
}

/** What decides the speed of wasm. TensorFlow.js has no threads for it in Node, whatever `--threads` says. */
async function wasmFeatures(tf: TensorFlow): Promise<string> {
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')
  return ` (${simd ? 'SIMD' : 'no SIMD'}, one thread)`
}

/** Operations a second of a product of 512 x 512 matrices; the best of five. */
async function productSpeed(backend: Backend): Promise<number> {
  const [a, b] = [input('a', 'float32', [512, 512]), input('b', 'float32', [512, 512])]
  const executable = await backend.compile(program({ inputs: [a, b], outputs: { y: matMul(a, b) } }))
  const value = { dtype: 'float32', shape: [512, 512], data: new Float32Array(512 * 512).fill(1) } as const
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 5; i++) {
    const started = performance.now()
    const { y } = await executable.run({ a: value, b: value })
    await y?.data()
    best = Math.min(best, performance.now() - started)
    y?.dispose()
  }
  await executable.dispose()
  return (2 * 512 ** 3) / (best / 1000)
}

/**
 * The backend that was asked for, and for TensorFlow.js a line that says which one it is and how fast.
 *
 * @throws UsageError if TensorFlow.js is not installed, or is asked for on a device.
 */
export async function chooseBackend({ backend, device, threads }: BackendChoice): Promise<{ backend: Backend; line?: string }> {
  if (backend === 'onnx') return { backend: onnxBackend({ device, threads }) }
  if (device !== 'cpu')
    throw new UsageError(`--backend tfjs: expected --device cpu, received ${device}; use --backend onnx --device ${device}`)
  const tf = await loadTensorFlow()
  const { tfjsBackend } = await import('@equivar/backend-tfjs')
  const chosen = tfjsBackend(tf)
  const [here, there] = [await productSpeed(chosen), await productSpeed(onnxBackend({ threads }))]
  const speed = (rate: number): string => `${(rate / 1e9).toFixed(0)} GFLOP/s`
  const wasm = chosen.name === 'tfjs/wasm'
  const which = chosen.name + (wasm ? await wasmFeatures(tf) : '')
  const advice = wasm ? '; @tensorflow/tfjs-node, if installed, is used instead' : ''
  return { backend: chosen, line: `${which}: matrix products at ${speed(here)}, ONNX Runtime at ${speed(there)} here${advice}` }
}
