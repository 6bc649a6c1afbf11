export * from './backend.ts'
export { type Device, type OnnxOptions, type Runtime, RuntimeError } from './runtime.ts'
