import { type Device, onnxBackend } from '@equivar/backend-onnx'
import type { Backend } from '@equivar/tensor'
import { nativeTensorFlow, wasmTensorFlow } from '../backends.ts'

/** A backend on a device, as listed by `equivar doctor`. */
export interface Provider {
  readonly name: string
  /** The device, for ONNX Runtime. */
  readonly device?: Device
  /** Allowed relative difference from the float64 reference. GPUs may multiply in TF32, which has 10 bits. */
  readonly tolerance: number
  open(): Promise<Backend>
}

const onnx = (device: Device, tolerance: number): Provider => ({
  name: `onnx/${device}`,
  device,
  tolerance,
  open: async () => onnxBackend({ device }),
})

const tfjs = (name: string, load: () => Promise<Parameters<typeof import('@equivar/backend-tfjs')['tfjsBackend']>[0]>): Provider => ({
  name,
  tolerance: 1e-5,
  open: async () => {
    const tf = await load()
    const { tfjsBackend } = await import('@equivar/backend-tfjs')
    return tfjsBackend(tf)
  },
})

/** All providers for Node. */
export const providers: readonly Provider[] = [
  onnx('cpu', 1e-5),
  onnx('webgpu', 1e-4),
  onnx('cuda', 2e-3),
  onnx('tensorrt', 2e-3),
  tfjs('tfjs/wasm', wasmTensorFlow),
  tfjs('tfjs-node', nativeTensorFlow),
]
