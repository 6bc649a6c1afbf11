import { eyeLike as eyeLikeReference, range as rangeReference } from '../evaluate/shape.ts'
import { type DimensionLike, dimension } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import type { DataType } from '../expression/value.ts'
import { constant } from './constant.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import { expand } from './shape.ts'

/** That number everywhere. */
export function full(value: number, shape: readonly DimensionLike[], dtype: DataType = 'float32'): Tensor {
  return expand(constant(value, [], dtype), shape)
}

/** Zeros of that shape. */
export function zeros(shape: readonly DimensionLike[], dtype: DataType = 'float32'): Tensor {
  return full(0, shape, dtype)
}

/** Ones of that shape. */
export function ones(shape: readonly DimensionLike[], dtype: DataType = 'float32'): Tensor {
  return full(1, shape, dtype)
}

/** Entry of Range. */
export const rangeOperator: OperatorOf<'Range'> = /* @__PURE__ */ operator('Range', {
  arity: 0,
  traits: ['generating'],
  infer: (_, { length }) => [{ dtype: 'int64', shape: [length] }],
  reference: rangeReference,
})

/** 0, 1, ..., length - 1. @returns int64 [length]. @see ONNX Range. */
export function range(length: DimensionLike): Tensor {
  return apply(rangeOperator, [], { length: dimension(length) })
}

/** Entry of EyeLike. */
export const eyeLikeOperator: OperatorOf<'EyeLike'> = /* @__PURE__ */ operator('EyeLike', {
  arity: 0,
  traits: ['generating'],
  infer: (_, { rows, columns, dtype }) => [{ dtype, shape: [rows, columns] }],
  reference: eyeLikeReference,
})

/** Ones on the k-th diagonal, zeros elsewhere. @returns [rows, columns]. @see ONNX EyeLike. */
export function eyeLike(
  rows: DimensionLike,
  columns: DimensionLike = rows,
  { k = 0, dtype = 'float32' }: { k?: number; dtype?: DataType } = {},
): Tensor {
  return apply(eyeLikeOperator, [], { rows: dimension(rows), columns: dimension(columns), k, dtype })
}
