import { printShape } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { squeeze } from './shape.ts'
import { slice } from './slicing.ts'

function edgeRow(edgeIndex: Tensor, row: 0 | 1, where: string): Tensor {
  if (edgeIndex.rank !== 2 || edgeIndex.shape[0] !== 2) {
    throw new ShapeError(
      where,
      'shape [2, edges], row 0 the source and row 1 the target of each edge',
      printShape(edgeIndex.shape),
      'Transpose a list of pairs.',
    )
  }
  return squeeze(slice(edgeIndex, { axis: 0, start: row, end: row + 1 }), 0)
}

/**
 * The source of each edge.
 *
 * @param edgeIndex - int64 [2, edges].
 * @param where - what the message of an error begins with.
 * @returns int64 [edges].
 * @throws ShapeError if it is not [2, edges].
 */
export function sourcesOf(edgeIndex: Tensor, where = 'edge_index'): Tensor {
  return edgeRow(edgeIndex, 0, where)
}

/** The target of each edge. Arguments and errors as `sourcesOf`. */
export function targetsOf(edgeIndex: Tensor, where = 'edge_index'): Tensor {
  return edgeRow(edgeIndex, 1, where)
}
