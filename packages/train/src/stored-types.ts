import type { DataType, TypedArray } from '@equivar/tensor'

/** Bytes of one number of each type of safetensors that can be read. */
export const storedBytes = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const

/** A type of safetensors that can be read. */
export type StoredType = keyof typeof storedBytes

export const isStoredType = (name: string): name is StoredType => Object.hasOwn(storedBytes, name)

interface Decoded {
  readonly dtype: DataType
  readonly data: TypedArray
}

const int32 = (data: ArrayLike<number>): Decoded => ({ dtype: 'int32', data: Int32Array.from(data) })

/** The upper half of a float32 each. */
function widened(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < bits.length; i++) bits[i] = (halves[i] ?? 0) << 16
  return new Float32Array(bits.buffer)
}

/** undefined if a finite number becomes infinite. */
function rounded(doubles: Float64Array): Float32Array | undefined {
  const floats = Float32Array.from(doubles)
  return floats.some((x, i) => Number.isFinite(doubles[i]) && !Number.isFinite(x)) ? undefined : floats
}

/**
 * Numbers of a safetensors file, in the nearest type that Equivar has.
 *
 * @param bytes - as many as whole numbers of that type take.
 * @returns undefined if a number is beyond that type: F64 beyond float32, U64 beyond int64.
 */
export function decodeStored(type: StoredType, bytes: Uint8Array): Decoded | undefined {
  // A copy: typed arrays must start at a multiple of their element size, and a Buffer is a view of shared memory.
  const { buffer } = new Uint8Array(bytes)
  switch (type) {
    case 'F32':
      return { dtype: 'float32', data: new Float32Array(buffer) }
    case 'F16':
      return { dtype: 'float16', data: new Uint16Array(buffer) }
    case 'BF16':
      return { dtype: 'float32', data: widened(new Uint16Array(buffer)) }
    case 'F64': {
      const data = rounded(new Float64Array(buffer))
      return data === undefined ? undefined : { dtype: 'float32', data }
    }
    case 'I64':
      return { dtype: 'int64', data: new BigInt64Array(buffer) }
    case 'U64': {
      const data = new BigInt64Array(buffer)
      return data.some((x) => x < 0n) ? undefined : { dtype: 'int64', data }
    }
    case 'U32':
      return { dtype: 'int64', data: BigInt64Array.from(new Uint32Array(buffer), BigInt) }
    case 'I32':
      return { dtype: 'int32', data: new Int32Array(buffer) }
    case 'I16':
      return int32(new Int16Array(buffer))
    case 'U16':
      return int32(new Uint16Array(buffer))
    case 'I8':
      return int32(new Int8Array(buffer))
    case 'U8':
      return int32(new Uint8Array(buffer))
    case 'BOOL':
      return { dtype: 'bool', data: new Uint8Array(buffer) }
  }
}
