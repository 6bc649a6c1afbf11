export type { KernelForm } from './convolution/kernel.ts'
export {
  type EulerAngles,
  type RingOptions,
  type RotationRingOptions,
  rotationEquatorialGrid,
  rotationNearIdentityGrid,
  type SpherePoint,
  sphereEquatorialGrid,
  sphereNearIdentityGrid,
} from './convolution/kernel-grid.ts'
export type { ConvolutionOptions } from './convolution/options.ts'
export * from './convolution/rotation-convolution.ts'
export * from './convolution/sphere-convolution.ts'
export * from './invariant/pooling.ts'
export { type AnalysisOptions, circleSignal, circleSpectrum, type SynthesisOptions } from './spectrum/circle.ts'
export { rotationSignal, rotationSpectrum } from './spectrum/rotations.ts'
export { sphereSignal, sphereSpectrum } from './spectrum/sphere.ts'
export * from './spherical-network.ts'
