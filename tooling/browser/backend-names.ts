/** What a page can compute with. */
export const pageBackends = [
  'tfjs cpu',
  'tfjs wasm',
  'tfjs webgl',
  'tfjs webgpu',
  'onnxruntime-web wasm',
  'onnxruntime-web webgpu',
] as const

/** What computes in Node, where they are compared with the page's. */
export const nodeBackends = ['onnxruntime-node cpu', 'onnxruntime-node webgpu'] as const

export const backendNames = [...pageBackends, ...nodeBackends] as const

export type PageBackend = (typeof pageBackends)[number]
export type NodeBackend = (typeof nodeBackends)[number]
export type BackendName = PageBackend | NodeBackend
