import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { onnxBackend } from '@equivar/backend-onnx'
import type { TensorFlow } from '@equivar/backend-tfjs'
import { type Backend, input, matMul, program } from '@equivar/tensor'
import { UsageError } from './errors.ts'

/** The choice of a backend and its device. */
export interface BackendChoice {
  readonly backend: 'onnx' | 'tfjs'
  readonly device: 'cpu' | 'cuda' | 'webgpu'
  /** Number of threads; 0: the runtime chooses. */
  readonly threads: number
}

/** Native TensorFlow.js. @throws if `@tensorflow/tfjs-node` is not installed or was not built for this machine. */
export async function nativeTensorFlow(): Promise<TensorFlow> {
  const native = '@tensorflow/tfjs-node'
  return (await import(native)) as TensorFlow
}

/** TensorFlow.js on wasm. @throws if its packages are not installed. */
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
      `--backend tfjs: TensorFlow.js could not be loaded (${cause instanceof Error ? cause.message.split('\n')[0] : cause}); npm install @equivar/backend-tfjs @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm, or @tensorflow/tfjs-node for native speed`,
    )
  }
}

/** The features that determine the speed of wasm. In Node, TensorFlow.js runs wasm on one thread, whatever `--threads` says. */
async function wasmFeatures(tf: TensorFlow): Promise<string> {
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')
  return ` (${simd ? 'SIMD' : 'no SIMD'}, one thread)`
}

/** Floating-point operations per second of a product of 512 x 512 matrices; the best of five runs. */
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
 * The chosen backend. For TensorFlow.js, also a line that names it and its speed.
 *
 * @throws UsageError if TensorFlow.js is not installed, or a device other than the CPU is chosen for it.
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
  const advice = wasm ? '; install @tensorflow/tfjs-node for native speed' : ''
  return { backend: chosen, line: `${which}: matrix products at ${speed(here)}, ONNX Runtime: ${speed(there)}${advice}` }
}
