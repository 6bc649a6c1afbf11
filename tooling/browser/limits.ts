import type { BackendName } from './backend-names.ts'

const sine = 'a GPU may be off by 2^-11 here (WGSL, Vulkan), and the software adapter is, by 2e-4'

const runtimeOnWebGpu = {
  sin: sine,
  cos: sine,
  isNaN: 'shaders may assume that there is no NaN',
  'conv 3d': 'ONNX Runtime 1.30 has no ConvTranspose of three dimensions on WebGPU, which the gradient needs',
  'convTranspose 2d groups': 'ONNX Runtime 1.30 computes other numbers where groups meet dilations',
}

/** What a backend does not do, with the reason. The tests see to it that nothing is listed that works. */
export const limits: Readonly<Partial<Record<BackendName, Readonly<Record<string, string>>>>> = {
  'onnxruntime-web webgpu': { ...runtimeOnWebGpu, 'matMul empty': 'ONNX Runtime 1.30 binds a buffer of no bytes' },
  'onnxruntime-node webgpu': { ...runtimeOnWebGpu, 'matMul empty': 'ONNX Runtime 1.30 binds a buffer of no bytes, and the process ends' },
}
