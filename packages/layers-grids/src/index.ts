export { bilinearSample, type Outside, pixelCentres, transformPoints } from './bilinear-sampling.ts'
export { CanonicalCoordinates, type CanonicalCoordinatesOptions, type GridAxis } from './canonical-coordinates.ts'
export { Convolution, type ConvolutionOptions, CyclicConvolution, type CyclicConvolutionOptions } from './convolution.ts'
export type { CoordinateSystemName } from './coordinate-systems.ts'
export {
  EquivariantTransformer,
  type EquivariantTransformerOptions,
  type TransformerResult,
  TransformerSequence,
  type TransformerSequenceResult,
} from './equivariant-transformer.ts'
export { FiniteGroupConvolution, type FiniteGroupConvolutionOptions } from './finite-group-convolution.ts'
export { GroupConvolution, type GroupConvolutionOptions, LiftingConvolution } from './group-convolution.ts'
export { GroupEquivariantNetwork, type GroupEquivariantNetworkOptions } from './group-equivariant-network.ts'
export { CosetPooling, type CosetPoolingOptions, type GroupPool, GroupPooling } from './group-pooling.ts'
export { type PlaneActions, planeActions } from './plane-actions.ts'
export { PointGroup, type PointGroupName, pointGroup } from './point-group.ts'
export { BlurPool, type BlurPoolOptions, type PoolingLaw, SpatialPooling, type SpatialPoolingOptions } from './pooling.ts'
export { circularSoftArgmax, PosePredictor, type PosePredictorOptions, softArgmax } from './pose-predictor.ts'
export type { Padding, PerAxis, SlidingWindowOptions } from './sliding-window.ts'
