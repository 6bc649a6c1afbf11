import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readNumberList } from '../src/protocol/number-list.ts'

const read = (text: string, count: number, Numbers: Float32ArrayConstructor | Float64ArrayConstructor = Float64Array) =>
  readNumberList(Buffer.from(text), count, Numbers)

/** The reference: the result of `JSON.parse` if it is a flat list of `count` numbers. */
function parsed(text: string, count: number): Float64Array | undefined {
  try {
    const list = JSON.parse(text) as unknown
    const isList = Array.isArray(list) && list.length === count && list.every((each) => typeof each === 'number')
    return isList ? Float64Array.from(list as number[]) : undefined
  } catch {
    return undefined
  }
}

const space = fc.constantFrom('', '', '', ' ', '\n\t', '\r')
/** Numbers as programs write them: short, as float64, as float32 with the digits of float64, with any digits and exponent. */
const written = fc.oneof(
  fc.integer().map(String),
  fc.maxSafeInteger().map(String),
  fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.nat({ max: 30 })).map(([value, digits]) => value.toFixed(digits)),
  fc.tuple(fc.double({ min: -1e30, max: 1e30, noNaN: true }), fc.nat({ max: 25 })).map(([value, digits]) => value.toExponential(digits)),
  fc.tuple(fc.nat({ max: 999 }), fc.nat(), fc.integer({ min: -30, max: 30 })).map(([whole, part, power]) => `-${whole}.${part}E${power}`),
)

describe('numbers equal those of JSON.parse', () => {
  test('for random numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(space, written, space), { maxLength: 40 }), space, (numbers, inside) => {
        const text = `[${numbers.length === 0 ? inside : numbers.map((parts) => parts.join('')).join(',')}]`
        const expected = parsed(text, numbers.length) as Float64Array
        expect(read(text, numbers.length)).toEqual(expected)
        expect(read(text, numbers.length, Float32Array)).toEqual(Float32Array.from(expected))
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    '1.000000059604644775390625', // halfway between two float32 numbers
    '1.0000000596046447754',
    '1.0000000596046447753',
    '1.00000005960464477',
    '1.00000005960464478',
    '16777217',
    '16777217.000000001',
    '16777216.999999999999',
    '9007199254740967',
    '9007199254740993',
    '9007199254740992.5',
    '0.1',
    '-0',
    '-0.0e-7',
    '3.4028235677973366e38',
    '1e400',
    '1e-400',
    '0.00000000000000000000000000000000000000000000140129846432481707',
    '123456789012345678901234567890',
    '1e99999999999999999999',
  ])('%s, near a rounding boundary', (text) => {
    const expected = JSON.parse(text) as number
    expect(read(`[${text},-${text.replace('-', '')}]`, 2)?.[0]).toBe(expected)
    expect(read(`[${text}]`, 1, Float32Array)?.[0]).toBe(Math.fround(expected))
  })

  test('around halfway points, with the most digits that are read without Number', () => {
    fc.assert(
      fc.property(fc.float({ min: 2 ** -60, max: 2 ** 60, noNaN: true }), fc.integer({ min: -3, max: 3 }), (value, ulps) => {
        const next = new Float32Array(
          new Uint32Array([new Uint32Array(Float32Array.of(value).buffer)[0] as number]).map((bits) => bits + 1).buffer,
        )[0]
        const between = (value + (next as number)) / 2
        const near = between * (1 + ulps * 2 ** -52)
        for (const text of [near.toExponential(16), near.toExponential(18), near.toExponential(19), between.toExponential(15)]) {
          expect(read(`[${text}]`, 1, Float32Array)?.[0]).toBe(Math.fround(Number(text)))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('anything but a list of the right length is left to JSON.parse', () => {
  test.each([
    ['[]', 1],
    ['[1]', 0],
    ['[1,2]', 1],
    ['[1,2]', 3],
    ['[1,]', 2],
    ['[,1]', 2],
    ['[01]', 1],
    ['[-]', 1],
    ['[+1]', 1],
    ['[.5]', 1],
    ['[1.]', 1],
    ['[1.e5]', 1],
    ['[1e]', 1],
    ['[1e+]', 1],
    ['[0x10]', 1],
    ['[NaN]', 1],
    ['[1 2]', 2],
    ['[null]', 1],
    ['["1"]', 1],
    ['[1,2]', 1e9],
  ])('%s of %d', (text, count) => {
    expect(read(text, count)).toBeUndefined()
  })

  test('random strings of the characters of numbers', () => {
    const alphabet = fc.constantFrom(...'0012345,,,..--+eE \n')
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 12 }), fc.nat({ max: 4 }), (bytes, count) => {
        const text = `[${bytes.join('')}]`
        expect(read(text, count)).toEqual(parsed(text, count))
      }),
      { numRuns: 20_000 },
    )
  })
})
