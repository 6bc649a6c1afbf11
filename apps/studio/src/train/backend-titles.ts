/** What can compute, and how the page calls it. */
export const backendTitles = {
  'tfjs-wasm': 'TensorFlow.js, WebAssembly',
  'tfjs-webgl': 'TensorFlow.js, WebGL',
  'tfjs-webgpu': 'TensorFlow.js, WebGPU',
  'onnx-wasm': 'ONNX Runtime, WebAssembly',
} as const

export type BackendName = keyof typeof backendTitles

/** Whether a text names a backend. */
export const isBackend = (name: string): name is BackendName => Object.hasOwn(backendTitles, name)
