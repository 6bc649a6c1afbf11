import { elementCount, type TensorValue } from '@equivar/tensor'

/** A float32 value that wraps an array without copying it. */
export function float32(shape: readonly number[], data: Float32Array): TensorValue {
  return { dtype: 'float32', shape, data }
}

/** A bool value that wraps an array of zeros and ones without copying it. */
export function bool(shape: readonly number[], data: Uint8Array): TensorValue {
  return { dtype: 'bool', shape, data }
}

/**
 * An int64 value of non-negative integers, filled by calls to `write`.
 *
 * Writing only the low 32 bits is several times faster than creating a bigint for every number.
 *
 * @param fill - calls write(index, value) with values from 0 to 2^31 - 1.
 */
export function int64(shape: readonly number[], fill: (write: (index: number, value: number) => void) => void): TensorValue {
  const data = new BigInt64Array(elementCount(shape))
  const halves = new Int32Array(data.buffer)
  const low = littleEndian() ? 0 : 1
  fill((index, value) => {
    halves[2 * index + low] = value
  })
  return { dtype: 'int64', shape, data }
}

/** The labels of some examples, as int64 [batch]. */
export function targets(labels: ArrayLike<number>, indices: ArrayLike<number>): TensorValue {
  return int64([indices.length], (write) => {
    for (let i = 0; i < indices.length; i++) write(i, labels[indices[i]!]!)
  })
}

/** Whether this machine is little-endian, as all machines in common use are. */
export function littleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
}
