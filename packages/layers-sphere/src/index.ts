export {
  type EulerAngles,
  randomRotation,
  realClebschGordan,
  rotateRotationSignal,
  rotateSphereSignal,
  type SpherePoint,
} from '@equivar/groups'
export * from './convolution/circle-convolution.ts'
export { ClebschGordanProduct, type ClebschGordanProductOptions } from './convolution/clebsch-gordan-product.ts'
export * from './convolution/degree-linear.ts'
export {
  type RingOptions,
  type RotationRingOptions,
  rotationEquatorialGrid,
  rotationNearIdentityGrid,
  sphereEquatorialGrid,
  sphereNearIdentityGrid,
} from './convolution/kernel-grid.ts'
export type { HarmonicConvolutionOptions, KernelForm } from './convolution/options.ts'
export * from './convolution/rotation-convolution.ts'
export * from './convolution/sphere-convolution.ts'
export * from './invariant/haar-normalization.ts'
export * from './invariant/pooling.ts'
export * from './invariant/spectra.ts'
export * from './signal/atoms.ts'
export { type GridOptions, type SphereSampler, sphereSampler } from './signal/directions.ts'
export { imageProjector, type ProjectionOptions, projectImage } from './signal/images.ts'
export { type EquirectangularOptions, resampleEquirectangular } from './signal/maps.ts'
export * from './signal/shapes.ts'
export { type AnalysisOptions, circleSignal, circleSpectrum, type SynthesisOptions } from './spectrum/circle.ts'
export { rotationSignal, rotationSpectrum } from './spectrum/rotations.ts'
export { oversampledActivation, resample } from './spectrum/space.ts'
export { sphereSignal, sphereSpectrum } from './spectrum/sphere.ts'
export * from './spherical-network.ts'
