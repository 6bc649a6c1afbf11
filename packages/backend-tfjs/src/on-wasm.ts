/**
 * What wasm does faster on its heap than by its kernels (4.22). Processor milliseconds of one thread, kernel → here:
 *
 * | | |
 * |---|---|
 * | part of a tensor: tf.slice copies all of it first | |
 * | 2,000,000 ones (tf.fill) | 11 → 0.2 |
 * | an axis of 17,920 rows padded (tf.pad) | 8 → 1 |
 * | 2,048 rows of 64, taken by index (tf.gather) | 9 → 0.3 |
 * | [4000, 1] stretched to [4000, 200] (tf.broadcastTo) | 88 → 0.5 |
 * | [64, 64] times 8 matrices [64, 1024] (tf.matMul goes number by number where there is more than one matrix) | 132 → 24 |
 *
 * Until: `on-wasm.test.ts` compares both, and a step of `equivar train --backend tfjs` takes no longer without one of them.
 */
import { elementCount, FeedError } from '@equivar/tensor'
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow, TfTensor, TfType } from './values.ts'

type Numbers = Float32Array | Int32Array | Uint8Array

/** What the backend for wasm has beside its kernels. */
interface WasmHeap {
  makeOutput(shape: number[], dtype: DataType): TensorInfo
  /** The numbers of a tensor where they lie. A new tensor may move them. */
  typedArrayFromHeap(x: TensorInfo): Numbers
}

/** A new tensor, and its numbers with those of others, to be written before any other tensor is made. */
type Writing = (to: Numbers, ...from: Numbers[]) => void

/** Writes tensors on the heap of wasm. */
export interface OnHeap {
  write(shape: readonly number[], dtype: TfType, from: readonly TfTensor[], writing: Writing): TfTensor
}

const hasHeap = (backend: object): backend is WasmHeap => 'makeOutput' in backend && 'typedArrayFromHeap' in backend

/** The heap, where the backend is wasm. */
export function heapOf(tf: TensorFlow): OnHeap | undefined {
  const backend = tf.backend()
  if (tf.getBackend() !== 'wasm' || !hasHeap(backend)) return undefined
  return {
    write(shape, dtype, from, writing) {
      const made = backend.makeOutput([...shape], dtype)
      if (elementCount(shape) > 0)
        writing(backend.typedArrayFromHeap(made), ...from.map((x) => (x.size === 0 ? new Float32Array(0) : backend.typedArrayFromHeap(x))))
      return tf.engine().makeTensorFromTensorInfo(made)
    },
  }
}

/** A box of numbers in a larger one: where it begins there. */
interface Place {
  readonly shape: readonly number[]
  readonly begin: readonly number[]
}

/** Copies a box of `size` from one tensor's place to another's, run by run. */
export function copyBox(from: Numbers, source: Place, to: Numbers, target: Place, size: readonly number[]): void {
  // Behind this axis the box is as large as both: a run is one row of it.
  const cut = Math.max(
    0,
    size.findLastIndex((one, axis) => one !== source.shape[axis] || one !== target.shape[axis]),
  )
  const inner = elementCount(size.slice(cut + 1))
  const length = (size[cut] ?? 1) * inner
  const copy = (axis: number, read: number, written: number): void => {
    const [first, at] = [(source.begin[axis] ?? 0) + read, (target.begin[axis] ?? 0) + written]
    if (axis === cut) {
      to.set(from.subarray(first * inner, first * inner + length), at * inner)
      return
    }
    const [rows, places] = [source.shape[axis + 1] as number, target.shape[axis + 1] as number]
    for (let i = 0; i < (size[axis] as number); i++) copy(axis + 1, (first + i) * rows, (at + i) * places)
  }
  copy(0, 0, 0)
}

/**
 * Rows along an axis: the tensor as [before, rows, after].
 *
 * @throws FeedError if an index is out of range.
 */
export function copyRows(from: Numbers, to: Numbers, indices: Numbers, [before, rows, after]: readonly [number, number, number]): void {
  let at = 0
  for (let block = 0; block < before; block++)
    for (const row of indices) {
      if (row < 0 || row >= rows) throw new FeedError(`gather: expected indices below ${rows} on an axis of that size, received ${row}.`)
      const start = (block * rows + row) * after
      to.set(from.subarray(start, start + after), at)
      at += after
    }
}

/** Stretches axes of size 1. Both shapes have the same number of axes. */
export function stretch(from: Numbers, shape: readonly number[], to: Numbers, wide: readonly number[]): void {
  const steps = shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
  const strides = wide.map((_, axis) => elementCount(wide.slice(axis + 1)))
  // From this axis on all is copied as it lies, or one number is repeated.
  const copied = 1 + shape.findLastIndex((size, axis) => size !== wide[axis])
  const repeated = 1 + shape.findLastIndex((size) => size !== 1)
  const last = Math.min(copied, repeated)
  const walk = (axis: number, read: number, at: number): void => {
    if (axis >= last) {
      const length = axis === 0 ? elementCount(wide) : (strides[axis - 1] as number)
      if (axis >= copied) to.set(from.subarray(read, read + length), at)
      else to.fill(from[read] as number, at, at + length)
      return
    }
    for (let i = 0; i < (wide[axis] as number); i++)
      walk(axis + 1, shape[axis] === 1 ? read : read + i * (steps[axis] as number), at + i * (strides[axis] as number))
  }
  walk(0, 0, 0)
}
