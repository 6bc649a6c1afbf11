export * from './backend.ts'
export { type Device, type DeviceDescription, deviceRemedy, devices } from './devices.ts'
export { needsOneThread } from './model-file.ts'
export { DeviceError, type OnnxOptions, type Runtime, RuntimeError } from './runtime.ts'
