import { type DataType, elementCount, type TensorValue } from '@equivar/tensor'
import type { RuntimeTensor } from './runtime.ts'

/** Rows of axis 0: from a first one, some. */
export interface Rows {
  readonly start: number
  readonly count: number
}

/** What has those rows of a tensor, without a copy. */
export function rowsOf({ type, dims, data }: RuntimeTensor, { start, count }: Rows): TensorValue {
  const each = elementCount(dims.slice(1))
  const numbers = (data as Float32Array).subarray(start * each, (start + count) * each)
  return { dtype: type as DataType, shape: [count, ...dims.slice(1)], data: numbers }
}

/** The parts of a batch, the first at least as large as the others. */
export function divideRows(batch: number, parts: number): Rows[] {
  const most = Math.ceil(batch / parts)
  return Array.from({ length: parts }, (_, i) => ({
    start: Math.min(i * most, batch),
    count: Math.max(0, Math.min(most, batch - i * most)),
  }))
}
