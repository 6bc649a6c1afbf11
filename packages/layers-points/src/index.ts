export { Features, features, scalars } from './features.ts'
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
export {
  IrrepsBatchNorm,
  type IrrepsBatchNormOptions,
  IrrepsLayerNorm,
  type IrrepsNormOptions,
} from './nonlinear/batch-norm.ts'
export { Gate, type GateOptions } from './nonlinear/gate.ts'
export { IrrepsDropout } from './nonlinear/irreps-dropout.ts'
export { copyNorms, NormActivation, type NormActivationOptions } from './nonlinear/norm-activation.ts'
export { type ScalarActivation, scalarActivation, secondMomentFactor } from './nonlinear/normalized-activation.ts'
export {
  type IrrepNormalization,
  type Path,
  type PathMode,
  type PathNormalization,
} from './product/paths.ts'
export {
  DepthwiseTensorProduct,
  ElementwiseTensorProduct,
  FullyConnectedTensorProduct,
  type ProductOptions,
} from './product/products.ts'
export { TensorProduct, type TensorProductOptions } from './product/tensor-product.ts'
export {
  besselBasis,
  gaussianBasis,
  type RadialBasisName,
  type RadialBasisOptions,
  radialBasis,
} from './radial/bases.ts'
export { cosineCutoff, polynomialCutoff, smoothCutoff } from './radial/cutoffs.ts'
