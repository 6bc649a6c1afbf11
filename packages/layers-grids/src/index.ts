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
export { type GridActions, gridActions } from './grid-actions.ts'
export { GroupConvolution, type GroupConvolutionOptions, LiftingConvolution } from './group-convolution.ts'
export { GroupEquivariantNetwork, type GroupEquivariantNetworkOptions } from './group-equivariant-network.ts'
export { CosetPooling, type CosetPoolingOptions, type GroupPool, GroupPooling } from './group-pooling.ts'
export { PointGroup, type PointGroupName, pointGroup } from './point-group.ts'
export { BlurPool, type BlurPoolOptions, type PoolingLaw, SpatialPooling, type SpatialPoolingOptions } from './pooling.ts'
export { circularSoftArgmax, PosePredictor, type PosePredictorOptions, softArgmax } from './pose-predictor.ts'
export type { Padding, PerAxis, SlidingWindowOptions } from './sliding-window.ts'
export {
  FieldActivation,
  type FieldActivationOptions,
  FieldGate,
  FieldNormActivation,
} from './steerable/field-activations.ts'
export { FieldBatchNorm, type FieldBatchNormOptions } from './steerable/field-batch-norm.ts'
export { FieldPooling } from './steerable/field-pooling.ts'
export { type FieldSummand, FieldType, irrepFields, joinFields, regularFields, scalarFields } from './steerable/field-type.ts'
export { type FrequencyLimit, type KernelBasis, kernelBasis, publishedLimit } from './steerable/kernel-basis.ts'
export { type PlanarElement, PlanarGroup, type PlanarGroupName, type PlanarIrrep, planarGroup } from './steerable/planar-group.ts'
export {
  irrepRepresentation,
  PlaneRepresentation,
  regularRepresentation,
  trivialRepresentation,
} from './steerable/plane-representation.ts'
export { SteerableConvolution, type SteerableConvolutionOptions } from './steerable/steerable-convolution.ts'
export { type SteerableLayerOptions, SteerableNetwork, type SteerableNetworkOptions } from './steerable/steerable-network.ts'
