import * as t from '@equivar/tensor'
import {
  constant,
  decodeFloat16,
  encodeFloat16,
  evaluate,
  FeedError,
  input,
  LARGEST_FLOAT16,
  program,
  roundToFloat16,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { getFloat16, setFloat16 } from '@petamoriken/float16'
import { describe, expect, test } from 'vitest'

const view = new DataView(new ArrayBuffer(2))

/** The library's bit pattern of a number. */
function bitsOf(value: number): number {
  setFloat16(view, 0, value)
  return view.getUint16(0)
}

/** The library's number of a bit pattern. */
function numberOf(bits: number): number {
  view.setUint16(0, bits)
  return getFloat16(view, 0)
}

const patterns = Array.from({ length: 65536 }, (_, bits) => bits)
const finite = patterns.filter((bits) => Number.isFinite(numberOf(bits)))

describe('conversions, against another library', () => {
  test('every bit pattern is decoded to its number', () => {
    expect(patterns.filter((bits) => !Object.is(decodeFloat16(bits), numberOf(bits)))).toEqual([])
  })

  test('every number that float16 holds is encoded to its bit pattern', () => {
    expect(finite.filter((bits) => encodeFloat16(numberOf(bits)) !== bits)).toEqual([])
    expect([Infinity, -Infinity, NaN].map(encodeFloat16)).toEqual([0x7c00, 0xfc00, 0x7e00])
  })

  test('halfway between neighbours to the even one; next to halfway to the nearer one', () => {
    const positive = finite.filter((bits) => bits < 0x7bff)
    const wrong = positive.flatMap((bits) => {
      const middle = (numberOf(bits) + numberOf(bits + 1)) / 2
      const near = [middle, -middle, middle * (1 - 2 ** -40), middle * (1 + 2 ** -40), -middle * (1 + 2 ** -40)]
      return near.filter((value) => encodeFloat16(value) !== bitsOf(value))
    })
    expect(wrong).toEqual([])
    expect(encodeFloat16((1 + numberOf(0x3c01)) / 2)).toBe(0x3c00)
  })

  test('random numbers of every magnitude, and the ends', () => {
    const random = new Random({ seed: 16 })
    const numbers = Array.from({ length: 20000 }, () => random.normal() * 2 ** (random.integer(50) - 30))
    const ends = [65519.99, 65520, 65504, 2 ** -24, 2 ** -25, 2 ** -25 * 1.0001, 2 ** -14 * (1 - 2 ** -12), 1e300, 5e-324, 0, -0]
    const all = [...numbers, ...ends, ...ends.map((value) => -value)]
    expect(all.filter((value) => encodeFloat16(value) !== bitsOf(value))).toEqual([])
    expect(roundToFloat16(LARGEST_FLOAT16)).toBe(LARGEST_FLOAT16)
    expect(roundToFloat16(2049)).toBe(2048)
  })
})

/** y of feeds x, as numbers. */
function run(y: Tensor, inputs: readonly t.Input[], feeds: Record<string, TensorValue>): number[] {
  return [...(evaluate(program({ inputs, outputs: { y } }), feeds).y?.data ?? [])]
}

describe('the reference reads float16 as numbers and rounds what it stores', () => {
  const x = input('x', 'float16', [2])

  test('feeds: bit patterns and numbers', () => {
    expect(run(t.mul(x, 1), [x], { x: tensorValue('float16', [2], [1, 2]) })).toEqual([1, 2])
    expect(run(t.mul(x, 1), [x], { x: { dtype: 'float16', shape: [2], data: Float32Array.of(1, 2) } })).toEqual([1, 2])
    expect(run(x, [x], { x: { dtype: 'float16', shape: [2], data: Float64Array.of(2049, 1e6) } })).toEqual([2048, Infinity])
  })

  test('constants: bit patterns and numbers', () => {
    const ones = constant(Uint16Array.of(0x3c00, 0x3c00))
    expect(run(t.mul(ones, 3), [], {})).toEqual([3, 3])
    expect(run(t.mul(constant([1, 0.5], [2], 'float16'), 3), [], {})).toEqual([3, 1.5])
  })

  test('each result is rounded', () => {
    const feeds = { x: tensorValue('float16', [2], [2048, 0.1]) }
    expect(run(t.add(x, 1), [x], feeds)).toEqual([2048, roundToFloat16(roundToFloat16(0.1) + 1)])
    expect(run(t.mul(x, 64), [x], feeds)[0]).toBe(Infinity)
    expect(run(t.cast(t.cast(x, 'float32'), 'float16'), [x], feeds)).toEqual([2048, roundToFloat16(0.1)])
  })
})

describe('integers', () => {
  const numbers = (dtype: 'int32' | 'int64', f: (a: Tensor, b: Tensor) => Tensor, a: number, b: number): number => {
    const [p, q] = [input('p', dtype, []), input('q', dtype, [])]
    return run(f(p, q), [p, q], { p: tensorValue(dtype, [], [a]), q: tensorValue(dtype, [], [b]) })[0] as number
  }

  test('int32 and int64 wrap around', () => {
    expect(numbers('int32', t.add, 2 ** 31 - 1, 1)).toBe(-(2 ** 31))
    expect(numbers('int32', t.sub, -(2 ** 31), 1)).toBe(2 ** 31 - 1)
    expect(numbers('int32', t.mul, 65537, 65537)).toBe(131073)
    expect(numbers('int32', (a) => t.neg(a), -(2 ** 31), 0)).toBe(-(2 ** 31))
    expect(numbers('int64', t.mul, 2 ** 32, 2 ** 32)).toBe(0)
    expect(numbers('int64', t.mul, 2 ** 32 + 1, 2 ** 32)).toBe(2 ** 32)
    expect(numbers('int64', t.pow, 3, 41)).toBe(Number(BigInt.asIntN(64, 3n ** 41n)))
  })

  test('quotients go towards zero, remainders have the sign of the divisor', () => {
    expect([7, -7].flatMap((a) => [2, -2].map((b) => numbers('int64', t.div, a, b)))).toEqual([3, -3, -3, 3])
    expect([7, -7].flatMap((a) => [3, -3].map((b) => numbers('int32', t.mod, a, b)))).toEqual([1, -2, 2, -1])
    expect(Object.is(numbers('int32', t.div, -1, 2), 0)).toBe(true)
  })

  test.each(['int32', 'int64'] as const)('%s: a divisor of 0 is an error', (dtype) => {
    expect(() => numbers(dtype, t.div, 1, 0)).toThrow(FeedError)
    expect(() => numbers(dtype, t.mod, 1, 0)).toThrow('Mod: expected integer divisors other than 0, received 0.')
  })

  test('casts truncate, and wrap around', () => {
    const x = input('x', 'float32', [5])
    const feeds = { x: { dtype: 'float32' as const, shape: [5], data: Float64Array.of(2.9, -2.9, 2 ** 31, Number.NaN, Infinity) } }
    expect(run(t.cast(x, 'int32'), [x], feeds)).toEqual([2, -2, -(2 ** 31), 0, 0])
    expect(run(t.cast(x, 'bool'), [x], feeds)).toEqual([1, 1, 1, 1, 1])
  })
})
