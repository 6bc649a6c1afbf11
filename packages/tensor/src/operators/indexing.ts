import {
  gatherElements as gatherElementsReference,
  gatherND as gatherNDReference,
  gather as gatherReference,
  oneHot as oneHotReference,
  scatterElements as scatterElementsReference,
  scatterND as scatterNDReference,
} from '../evaluate/indexing.ts'
import { normalizeAxis } from '../expression/axes.ts'
import { type Dimension, type DimensionLike, dimension, printShape, sameShape } from '../expression/dimension.ts'
import { ShapeError, TypeMismatchError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { type DataType, isInteger } from '../expression/value.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import { demandSameType } from './pointwise.ts'
import type { ScatterReduction } from './signatures.ts'

/** @throws TypeMismatchError if they are no integers. */
export function demandIndices(where: string, indices: Tensor): void {
  if (!isInteger(indices.dtype)) throw new TypeMismatchError(where, 'int64 or int32 indices', indices.dtype, "Use cast(x, 'int64').")
}

/** Entry of Gather. */
export const gatherOperator: OperatorOf<'Gather'> = /* @__PURE__ */ operator('Gather', {
  arity: 2,
  traits: ['indexing', 'rearranging'],
  infer: ([x, indices], { axis }) => {
    demandIndices('Gather', indices)
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }]
  },
  reference: gatherReference,
})

/**
 * Picks slices along an axis.
 *
 * @param indices - integers of any shape, which replaces the axis; -1 is the last.
 * @see ONNX Gather. Indices out of bounds are an error of the backend.
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply(gatherOperator, [x, indices], { axis: normalizeAxis('Gather', axis, x.rank) })
}

/** Entry of GatherElements. */
export const gatherElementsOperator: OperatorOf<'GatherElements'> = /* @__PURE__ */ operator('GatherElements', {
  arity: 2,
  traits: ['indexing', 'rearranging'],
  infer: ([x, indices]) => {
    demandIndices('GatherElements', indices)
    if (x.rank !== indices.rank)
      throw new ShapeError('GatherElements', 'indices of the rank of x', `${printShape(indices.shape)} for ${printShape(x.shape)}`)
    return [{ dtype: x.dtype, shape: indices.shape }]
  },
  reference: gatherElementsReference,
})

/** y[i][j] = x[indices[i][j]][j] for axis 0, and so on. @see ONNX GatherElements. */
export function gatherElements(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply(gatherElementsOperator, [x, indices], { axis: normalizeAxis('GatherElements', axis, x.rank) })
}

/** The shape that gatherND reads and scatterND writes. */
function rowsShape(where: string, x: Tensor, indices: Tensor): Dimension[] {
  demandIndices(where, indices)
  const depth = indices.shape.at(-1)
  if (typeof depth !== 'number' || depth < 1 || depth > x.rank) {
    throw new ShapeError(where, `indices of shape [..., 1 to ${x.rank}]`, printShape(indices.shape))
  }
  return [...indices.shape.slice(0, -1), ...x.shape.slice(depth)]
}

/** Entry of GatherND. */
export const gatherNDOperator: OperatorOf<'GatherND'> = /* @__PURE__ */ operator('GatherND', {
  arity: 2,
  traits: ['plain', 'indexing', 'rearranging'],
  infer: ([x, indices]) => [{ dtype: x.dtype, shape: rowsShape('GatherND', x, indices) }],
  reference: gatherNDReference,
})

/** y[i] = x[indices[i]], the last axis of indices being a position in the first axes of x. @see ONNX GatherND. */
export function gatherND(x: Tensor, indices: Tensor): Tensor {
  return apply(gatherNDOperator, [x, indices], {})
}

/** Entry of ScatterElements. */
export const scatterElementsOperator: OperatorOf<'ScatterElements'> = /* @__PURE__ */ operator('ScatterElements', {
  arity: 3,
  traits: ['indexing'],
  infer: ([data, indices, updates]) => {
    demandIndices('ScatterElements', indices)
    demandSameType('ScatterElements', data, updates)
    if (data.rank !== indices.rank || !sameShape(indices.shape, updates.shape)) {
      throw new ShapeError(
        'ScatterElements',
        'indices and updates of one shape and the rank of data',
        `${printShape(indices.shape)} and ${printShape(updates.shape)} for ${printShape(data.shape)}`,
      )
    }
    return [data]
  },
  reference: scatterElementsReference,
})

/**
 * data with y[indices[i][j]][j] (axis 0) combined with updates[i][j].
 *
 * @param options - reduction none (indices must differ), add, mul, max, min.
 * @see ONNX ScatterElements.
 */
export function scatterElements(
  data: Tensor,
  indices: Tensor,
  updates: Tensor,
  { axis = 0, reduction = 'none' }: { axis?: number; reduction?: ScatterReduction } = {},
): Tensor {
  return apply(scatterElementsOperator, [data, indices, updates], { axis: normalizeAxis('ScatterElements', axis, data.rank), reduction })
}

/** Entry of ScatterND. */
export const scatterNDOperator: OperatorOf<'ScatterND'> = /* @__PURE__ */ operator('ScatterND', {
  arity: 3,
  traits: ['indexing'],
  infer: ([data, indices, updates]) => {
    const expected = rowsShape('ScatterND', data, indices)
    demandSameType('ScatterND', data, updates)
    if (!sameShape(expected, updates.shape))
      throw new ShapeError('ScatterND', `updates of shape ${printShape(expected)}`, printShape(updates.shape))
    return [data]
  },
  reference: scatterNDReference,
})

/**
 * data with the rows at `indices` combined with updates.
 *
 * @param options - reduction none (indices must differ), add, mul, max, min.
 * @see ONNX ScatterND.
 */
export function scatterND(
  data: Tensor,
  indices: Tensor,
  updates: Tensor,
  { reduction = 'none' }: { reduction?: ScatterReduction } = {},
): Tensor {
  return apply(scatterNDOperator, [data, indices, updates], { reduction })
}

/** Entry of OneHot. */
export const oneHotOperator: OperatorOf<'OneHot'> = /* @__PURE__ */ operator('OneHot', {
  traits: ['indexing'],
  infer: ([indices], { depth, axis, dtype }) => {
    demandIndices('OneHot', indices)
    return [{ dtype, shape: indices.shape.toSpliced(axis, 0, depth) }]
  },
  reference: oneHotReference,
})

/** 1 at the index, 0 elsewhere, along a new axis; zeros for an index outside [-depth, depth). @see ONNX OneHot. */
export function oneHot(
  indices: Tensor,
  depth: DimensionLike,
  { axis = -1, dtype = 'float32' }: { axis?: number; dtype?: DataType } = {},
): Tensor {
  return apply(oneHotOperator, [indices], { depth: dimension(depth), axis: normalizeAxis('OneHot', axis, indices.rank + 1), dtype })
}
