export type { InferenceResult, Parameters } from './answer.ts'
export {
  type CallOptions,
  type ClientOptions,
  type InferenceClient,
  type InferenceOptions,
  inferenceClient,
  type ModelOptions,
} from './client.ts'
export type { ArrayOf, Datatype, EquivarDataType, NumericArray } from './datatypes.ts'
export { type FailureDetails, type FailureKind, InferenceError } from './errors.ts'
export type { ModelMetadata, ServerMetadata, TensorMetadata } from './metadata.ts'
export type { Encoding } from './request.ts'
export type { InferenceInput, InferenceOutput } from './tensors.ts'
