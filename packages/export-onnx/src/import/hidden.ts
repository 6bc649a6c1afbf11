import type { Tensor } from '@equivar/tensor'
import type { NodeProto, TensorProto } from '../generated/onnx_pb.ts'
import { OnnxFormatError } from '../inspect.ts'

/** An operator, or a setting of it, that Equivar cannot read, though ONNX Runtime can run it. */
export class UnreadError extends OnnxFormatError {
  constructor(message: string) {
    super(message)
    this.name = 'UnreadError'
  }
}

/** A value that Equivar has no tensor for: its type or its rank is not known, or it lacks such a type. It exists within a region only. */
export interface HiddenValue {
  readonly nodes: readonly NodeProto[]
  readonly constants: readonly TensorProto[]
  /** What its nodes read, by the names of the file. */
  readonly reads: ReadonlyMap<string, Tensor>
  readonly reason: string
}

/** The hidden value of numbers whose type Equivar lacks. */
export const hiddenNumbers = (proto: TensorProto, reason: string): HiddenValue => ({
  nodes: [],
  constants: [proto],
  reads: new Map(),
  reason,
})
