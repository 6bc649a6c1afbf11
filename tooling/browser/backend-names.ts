/** What a page can compute with. */
export const backendNames = [
  'tfjs cpu',
  'tfjs wasm',
  'tfjs webgl',
  'tfjs webgpu',
  'onnxruntime-web wasm',
  'onnxruntime-web webgpu',
] as const

export type BackendName = (typeof backendNames)[number]
