/** Where Programs run. */
export type Device = 'cpu' | 'cuda' | 'tensorrt' | 'webgpu'

/** How ONNX Runtime is asked for a device, and what the device needs. */
export interface DeviceDescription {
  /** ONNX Runtime's execution providers, the first one first; what it does not have is left to the next, and at last to the cpu. */
  readonly providers: readonly string[]
  /** What must be there, as a sentence. */
  readonly needs: string
}

/**
 * What every device is made of. TensorRT compiles what it can of a graph and leaves the rest to CUDA, as ONNX Runtime advises.
 *
 * @see https://onnxruntime.ai/docs/execution-providers
 */
export const devices: Readonly<Record<Device, DeviceDescription>> = {
  cpu: { providers: ['cpu'], needs: 'It needs the package onnxruntime-node, complete: npm install onnxruntime-node.' },
  cuda: {
    providers: ['cuda'],
    needs:
      "It needs Linux on x64, an NVIDIA driver, CUDA 12, cuDNN 9, and ONNX Runtime's CUDA provider: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node, with the network on.",
  },
  tensorrt: {
    providers: ['tensorrt', 'cuda'],
    needs:
      "It needs what cuda needs, and TensorRT 10; ONNX Runtime's TensorRT provider comes with its CUDA provider: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node, with the network on.",
  },
  webgpu: {
    providers: ['webgpu'],
    needs: 'It needs a GPU with a Vulkan, Metal or Direct3D 12 driver, a software adapter, or a browser with WebGPU.',
  },
}

/** Where a user finds out what is missing. */
const advice = 'To see what is here and what is missing: npx equivar doctor (package @equivar/cli).'

/** What to do about a device that is not there. */
export function deviceRemedy(device: Device): string {
  return `${devices[device].needs} ${advice}`
}
