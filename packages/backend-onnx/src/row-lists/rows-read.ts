import { nodeOf, type Tensor } from '@equivar/tensor'

/** Rows of `source` [rows, ...row], which are read where `at`, int64, says. */
export interface RowsRead {
  readonly source: Tensor
  readonly at: Tensor
}

/** Which rows a tensor is, of what; undefined if it is nothing that was read along axis 0. */
export function rowsRead(x: Tensor): RowsRead | undefined {
  const read = nodeOf(x, 'Gather')
  return read?.attributes.axis === 0 ? { source: read.inputs[0], at: read.inputs[1] } : undefined
}
