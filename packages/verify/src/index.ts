export { type ActionClaims, actionSymmetry } from './actions/action-symmetry.ts'
export type { AxisSize, GroupWord, SharedSizes, WordElement } from './actions/group-word.ts'
export { type ActionFactor, parseAction, type TensorAction } from './actions/parse-action.ts'
export { type AxisActions, permuteAxis } from './axes.ts'
export { type DerivativeOptions, derivativeError, expectDerivative } from './derivative.ts'
export {
  type EquivarianceOptions,
  type EquivarianceReport,
  elementReports,
  equivarianceError,
  expectEquivariant,
  symmetryError,
} from './equivariance.ts'
export { type WeightedSumProgram, weightedSumProgram } from './gradients.ts'
export type { DescribedInput, Range, Shapes } from './inputs/described-input.ts'
export { type RandomInputsOptions, randomInputs } from './inputs/random-inputs.ts'
export type { LayerCheck } from './laws/check.ts'
export type { LayerDescription, LayerSizes, MaskDescription, SpanDescription, Tolerances } from './layer.ts'
export { layerChecks } from './layer-checks.ts'
export type { Expression, ModuleLike } from './module-program.ts'
export { expectParity, type ParityOptions, type ParityReport, parity, parityError } from './parity.ts'
export { expectSpan, type SpanOptions, spanError } from './span.ts'
export { type AxisGroup, axisSymmetry, type GroupElement, type Symmetry } from './symmetry.ts'
export { type RelativeErrorOptions, relativeError, runToHost, type Values } from './values.ts'
