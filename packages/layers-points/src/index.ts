export { type Edges, edgesOf } from './edges.ts'
export { Egnn, type EgnnOptions } from './egnn/egnn.ts'
export { type EgnnInputs, EgnnLayer, type EgnnLayerOptions, type EgnnOutputs } from './egnn/egnn-layer.ts'
export { Features, features, scalars } from './features.ts'
export { type EdgeFeatures, InteractionBlock, type InteractionOptions } from './field/interaction.ts'
export {
  GatedPointNetwork,
  type GatedPointNetworkOptions,
  PointConvolution,
  type PointConvolutionOptions,
} from './field/point-convolution.ts'
export { RadialNetwork, type RadialNetworkOptions } from './field/radial-network.ts'
export { TensorFieldNetwork, type TensorFieldNetworkOptions } from './field/tensor-field-network.ts'
export { type EnergyAndForces, type EnergyInputs, energyAndForces, type PeriodicEnergy } from './forces/energy-and-forces.ts'
export {
  FrameAveraging,
  type FrameAveragingInputs,
  type FrameAveragingOptions,
  type FramedInputs,
  type FramedNetwork,
  type FramedOutputs,
} from './frames/frame-averaging.ts'
export { type FrameGroup, type FrameOptions, type Frames, principalFrames } from './frames/principal-frames.ts'
export { PointGraphNetwork, type PointGraphNetworkOptions } from './graph-network/point-graph-network.ts'
export { coupling } from './irreps/coupling.ts'
export { compareIrreps, Irrep, LARGEST_DEGREE, type Parity } from './irreps/irrep.ts'
export { harmonicIrreps, Irreps, type IrrepsLike, irreps, type Summand } from './irreps/irreps.ts'
export {
  type HarmonicNormalization,
  type HarmonicOptions,
  LARGEST_HARMONIC,
  lengths,
  sphericalHarmonics,
  unitVectors,
} from './irreps/spherical-harmonics.ts'
export { IrrepsLinear, type IrrepsLinearOptions } from './irreps-linear.ts'
export { Mace, type MaceOptions } from './mace/mace.ts'
export { ProductBlock, type ProductBlockOptions } from './mace/product-block.ts'
export {
  type NeighbourOptions,
  type Neighbours,
  nearestNeighbours,
  radiusGraph,
} from './neighbours/neighbours.ts'
export {
  IrrepsBatchNorm,
  type IrrepsBatchNormOptions,
  IrrepsLayerNorm,
  type IrrepsNormOptions,
} from './nonlinear/batch-norm.ts'
export { Gate, type GateOptions, reachableGate } from './nonlinear/gate.ts'
export { IrrepsDropout } from './nonlinear/irreps-dropout.ts'
export { copyNorms, NormActivation, type NormActivationOptions } from './nonlinear/norm-activation.ts'
export { type ScalarActivation, scalarActivation, secondMomentFactor } from './nonlinear/normalized-activation.ts'
export { PaiNn, PaiNnMessage, type PaiNnMessageOptions, type PaiNnOptions, type PaiNnOutputs, PaiNnUpdate } from './painn/painn.ts'
export type {
  IrrepNormalization,
  Path,
  PathMode,
  PathNormalization,
} from './product/paths.ts'
export {
  DepthwiseTensorProduct,
  ElementwiseTensorProduct,
  FullyConnectedTensorProduct,
  type ProductOptions,
} from './product/products.ts'
export { SymmetricContraction, type SymmetricContractionOptions } from './product/symmetric-contraction.ts'
export { TensorProduct, type TensorProductOptions } from './product/tensor-product.ts'
export {
  besselBasis,
  gaussianBasis,
  type RadialBasisName,
  type RadialBasisOptions,
  radialBasis,
} from './radial/bases.ts'
export { cutBessel } from './radial/cut-bessel.ts'
export { cosineCutoff, polynomialCutoff, smoothCutoff } from './radial/cutoffs.ts'
export {
  type AtomInputs,
  type CutoffFunction,
  SchNet,
  SchNetInteraction,
  type SchNetInteractionOptions,
  type SchNetOptions,
  shiftedSoftplus,
  structureReadout,
} from './schnet/schnet.ts'
export {
  VectorBatchNorm,
  VectorInvariants,
  VectorLinearRelu,
  type VectorLinearReluOptions,
  VectorMaxPooling,
  VectorRelu,
  type VectorReluOptions,
} from './vectors/vector-neurons.ts'
