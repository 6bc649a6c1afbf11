import { roundToFloat16 } from '../expression/float16.ts'
import type { NumberArray } from '../expression/tensor.ts'
import type { DataType } from '../expression/value.ts'

/** The number of 64 bits that a whole number of any size leaves; a float64, so rounded beyond 2^53. */
const wrapped64 = (value: number): number => (Number.isSafeInteger(value) ? value : Number(BigInt.asIntN(64, BigInt(value))))

const wrapped32 = (value: number): number => (Number.isFinite(value) ? Number(BigInt.asIntN(32, BigInt(value))) : 0)

const storing: Readonly<Partial<Record<DataType, (value: number) => number>>> = {
  float16: roundToFloat16,
  int32: (value) => (value === (value | 0) ? value + 0 : wrapped32(value)),
  int64: (value) => (Number.isFinite(value) ? wrapped64(value) + 0 : 0),
}

/**
 * A result as its type holds it: float16 rounded to the nearest, integers wrapped around at 32 or 64 bits. Other types stay as they are: the
 * reference computes float32 in float64.
 */
export function stored(value: NumberArray): NumberArray {
  const store = storing[value.dtype]
  return store === undefined ? value : { ...value, data: value.data.map(store) }
}

/** f(a, b) of whole numbers, exactly where float64 would round it: by integers of any size. */
export function exactly(f: (a: number, b: number) => number, g: (a: bigint, b: bigint) => bigint): (a: number, b: number) => number {
  return (a, b) => {
    const result = f(a, b)
    if (Number.isSafeInteger(result) || !Number.isFinite(result)) return result
    return Number(BigInt.asIntN(64, g(BigInt(a), BigInt(b))))
  }
}
