import { elementCount, type TensorValue } from '@equivar/tensor'
import type { NumpyArray } from './npy.ts'

/** Converts half-precision bits to a number. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** A function from index to element; 64-bit integers remain bigints. */
function numbersOf({ dtype, data }: NumpyArray): (index: number) => number | bigint {
  return dtype === 'float16' ? (index) => fromHalf(data[index] as number) : (index) => data[index]!
}

const integerRanges = { int32: [-(2n ** 31n), 2n ** 31n - 1n], int64: [-(2n ** 63n), 2n ** 63n - 1n] } as const

/**
 * Converts a NumPy array to the type of a model input: float64 is rounded to float32, integers are widened or narrowed, and so on.
 *
 * @param array - a result of parseNpy or parseNpz.
 * @param dtype - the type of the model's input.
 * @param name - the name of the array in error messages.
 * @throws RangeError if an element cannot be represented: a fraction or a number out of range for int32 and int64, or a number other than 0 and 1 for bool.
 * Every number can be converted to float32, by rounding.
 */
export function toTensorValue(array: NumpyArray, dtype: 'float32' | 'int32' | 'int64' | 'bool', name: string = 'the array'): TensorValue {
  const { shape } = array
  const count = elementCount(shape)
  const at = numbersOf(array)
  const impossible = (index: number): RangeError =>
    new RangeError(
      `toTensorValue: ${name}: expected numbers of ${dtype}, received ${at(index)} at element ${index} of [${shape.join(', ')}].`,
    )
  if (dtype === 'float32') return { dtype, shape, data: Float32Array.from({ length: count }, (_, i) => Number(at(i))) }
  if (dtype === 'bool') {
    const bits = Uint8Array.from({ length: count }, (_, i) => (Number(at(i)) === 1 ? 1 : 0))
    for (let i = 0; i < count; i++) if (Number(at(i)) !== bits[i]) throw impossible(i)
    return { dtype, shape, data: bits }
  }
  const [least, most] = integerRanges[dtype]
  for (let i = 0; i < count; i++) {
    const number = at(i)
    if ((typeof number === 'number' && !Number.isInteger(number)) || number < least || number > most) throw impossible(i)
  }
  if (dtype === 'int32') return { dtype, shape, data: Int32Array.from({ length: count }, (_, i) => Number(at(i))) }
  return { dtype, shape, data: BigInt64Array.from({ length: count } as ArrayLike<bigint>, (_, i) => BigInt(at(i))) }
}
