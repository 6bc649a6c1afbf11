import { elementCount, type TensorValue } from '@equivar/tensor'

/** A float32 value around an array, which is not copied. */
export function float32(shape: readonly number[], data: Float32Array): TensorValue {
  return { dtype: 'float32', shape, data }
}

/** A bool value around an array of zeros and ones, which is not copied. */
export function bool(shape: readonly number[], data: Uint8Array): TensorValue {
  return { dtype: 'bool', shape, data }
}

/**
 * An int64 value of integers that are not negative, filled through `write`.
 *
 * Writing the low halves of the 64 bits is several times faster than making a bigint of every number.
 *
 * @param write - puts the integer `value`, from 0 to 2^31 - 1, at the place `index`.
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

/** An int64 value of the labels of some examples: [batch]. */
export function targets(labels: ArrayLike<number>, indices: ArrayLike<number>): TensorValue {
  return int64([indices.length], (write) => {
    for (let i = 0; i < indices.length; i++) write(i, labels[indices[i]!]!)
  })
}

/** Whether the least significant byte of a number comes first in memory, as on every machine in common use. */
export function littleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
}
