export { tfjsBackend } from './backend.ts'
export { DeviceLostError } from './device.ts'
export { tfjsTarget } from './target.ts'
export type { TensorFlow } from './values.ts'
