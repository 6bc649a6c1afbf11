import { type DataType, elementCount, type TypedArray } from '@equivar/tensor'
import type { SharedLayout, SharedTensor } from './worker.ts'

/** What a tensor looks like. */
export interface TensorLike {
  readonly name: string
  readonly dtype: DataType
  readonly shape: readonly number[]
  /** Whether axis 0 has a row for each example that is run for some of them at a time; no if left out. */
  readonly isDivided?: boolean
}

/** Numbers start where any of them may. */
const ALIGNMENT = 64

const arrays = { float32: Float32Array, float16: Uint16Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array } as const

const roundUp = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

function placed(tensors: readonly TensorLike[], start: number): { readonly tensors: SharedTensor[]; readonly end: number } {
  let end = start
  const found = tensors.map((tensor) => {
    const offset = end
    end += roundUp(elementCount(tensor.shape) * arrays[tensor.dtype].BYTES_PER_ELEMENT)
    return { ...tensor, offset, isDivided: tensor.isDivided ?? false }
  })
  return { tensors: found, end }
}

/** Memory for what a worker is fed and what it makes. @param rows - of what is divided, and how many of them are run at a time. */
export function sharedLayout(inputs: readonly TensorLike[], outputs: readonly TensorLike[], rows?: SharedLayout['rows']): SharedLayout {
  const fed = placed(inputs, 0)
  const made = placed(outputs, fed.end)
  return {
    memory: new SharedArrayBuffer(Math.max(ALIGNMENT, made.end)),
    inputs: fed.tensors,
    outputs: made.tensors,
    ...(rows === undefined ? {} : { rows }),
  }
}

/** The numbers of a tensor in shared memory. */
export function sharedNumbers({ memory }: SharedLayout, { dtype, shape, offset }: SharedTensor): TypedArray {
  const numbers = new arrays[dtype as DataType](memory as unknown as ArrayBuffer, offset, elementCount(shape))
  return numbers as TypedArray
}
