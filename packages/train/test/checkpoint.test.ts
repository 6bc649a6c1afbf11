import { ownEntry, tensorValue } from '@equivar/tensor'
import { CheckpointError, decodeSafetensors, encodeSafetensors } from '@equivar/train'
import { expect, test } from 'vitest'

/** A file of that header, whatever it says, and that data. */
function file(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(Uint8Array.from(data), 8 + text.length)
  return bytes
}

const bytesOf = (data: Float64Array | Uint16Array | Int16Array | Int8Array | Uint32Array | BigUint64Array): Uint8Array =>
  new Uint8Array(data.buffer)

test.each(['__proto__', 'constructor', 'toString', '', 'a"b\n', '0'])('an entry named %j is kept', (name) => {
  const values = Object.fromEntries([[name, tensorValue('float32', [2], [1, 2])]])
  const metadata = Object.fromEntries([[name, 'text']])
  const read = decodeSafetensors(encodeSafetensors({ values, metadata }), 'file')
  expect(Object.keys(read.values)).toEqual([name])
  expect(Array.from(ownEntry(read.values, name)?.data ?? [], Number)).toEqual([1, 2])
  expect(ownEntry(read.metadata, name)).toBe('text')
})

test('the name of the metadata is no name of a value', () => {
  const values = { __metadata__: tensorValue('float32', [1], [1]) }
  expect(() => encodeSafetensors({ values, metadata: {} })).toThrow('encodeSafetensors: expected names other than __metadata__')
})

test.each<[string, Uint8Array, number[], string]>([
  ['BF16', bytesOf(Uint16Array.from([0x3f80, 0xc040, 0x7f80])), [1, -3, Number.POSITIVE_INFINITY], 'float32'],
  ['F64', bytesOf(Float64Array.from([0.5, -2, 0.1])), [0.5, -2, Math.fround(0.1)], 'float32'],
  ['U8', Uint8Array.of(0, 7, 255), [0, 7, 255], 'int32'],
  ['I8', bytesOf(Int8Array.from([-128, 0, 127])), [-128, 0, 127], 'int32'],
  ['U16', bytesOf(Uint16Array.from([1, 2, 65535])), [1, 2, 65535], 'int32'],
  ['I16', bytesOf(Int16Array.from([-32768, 2, 3])), [-32768, 2, 3], 'int32'],
  ['U32', bytesOf(Uint32Array.from([1, 2, 4294967295])), [1, 2, 4294967295], 'int64'],
  ['U64', bytesOf(BigUint64Array.from([1n, 2n, 3n])), [1, 2, 3], 'int64'],
  ['BOOL', Uint8Array.of(1, 0, 1), [1, 0, 1], 'bool'],
])('numbers of type %s are read', (dtype, data, numbers, as) => {
  const { values } = decodeSafetensors(file({ x: { dtype, shape: [3], data_offsets: [0, data.length] } }, data), 'file')
  expect(values.x?.dtype).toBe(as)
  expect(Array.from(values.x?.data ?? [], Number)).toEqual(numbers)
})

const entry = (start: number, end: number, shape: readonly number[] = [(end - start) / 4]): unknown => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
})
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0)

test.each<[string, Uint8Array, string]>([
  [
    'a type that is none of ours',
    file({ w: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, [0]),
    'received type "F8_E4M3". Convert it',
  ],
  [
    'a double beyond float32',
    file({ w: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } }, bytesOf(Float64Array.of(1e300))),
    'that fit float32',
  ],
  [
    'an integer beyond int64',
    file({ w: { dtype: 'U64', shape: [1], data_offsets: [0, 8] } }, zeros(8).fill(255)),
    'that fit float32 or int64',
  ],
  [
    'two values at one place',
    file({ a: entry(0, 8), b: entry(0, 8) }, zeros(8)),
    'expected "b" to start at 8, where what is before it ends',
  ],
  ['values that overlap', file({ a: entry(0, 8), b: entry(4, 12) }, zeros(12)), 'expected "b" to start at 8'],
  ['one inside another', file({ a: entry(0, 12), b: entry(4, 8) }, zeros(12)), 'expected "b" to start at 12'],
  ['a gap', file({ a: entry(0, 4), b: entry(8, 12) }, zeros(12)), 'expected "b" to start at 4'],
  ['a gap at the start', file({ a: entry(4, 8) }, zeros(8)), 'expected "a" to start at 0'],
  ['an end before its start', file({ a: entry(0, 4), b: entry(4, 0, [0]) }, zeros(4)), 'received 4 to 0'],
  ['bytes behind the last value', file({ a: entry(0, 4) }, zeros(8)), 'expected 4 bytes of numbers, as the header says, received 8'],
  ['numbers that are missing', file({ a: entry(0, 8) }, zeros(4)), 'expected 8 bytes of numbers, as the header says, received 4'],
  ['a shape of other size', file({ a: entry(0, 8, [3]) }, zeros(8)), 'expected the bytes of "a", F32 [3], received 8 bytes'],
  ['a shape beyond numbers', file({ a: entry(0, 8, Array(40).fill(2 ** 40)) }, zeros(8)), 'expected the bytes of "a", F32 [1099511627776,'],
  ['a name that writes to a terminal', file({ '\u001b[31m': entry(0, 8, [3]) }, zeros(8)), '"\\u001b[31m"'],
  [
    'a name given twice',
    file('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', [0, 0]),
    'to start at 0',
  ],
  ['metadata that is null', file({ __metadata__: null }), 'expected texts by name as __metadata__'],
  ['metadata that are numbers', file({ __metadata__: { a: 1 } }), 'expected texts by name as __metadata__'],
  ['a list', file([]), 'expected a header in JSON with a name for each value'],
  [
    'deep nesting',
    file(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    'expected type, shape and offsets of "a", received another JSON',
  ],
  ['an entry that is null', file({ a: null }), 'expected type, shape and offsets of "a"'],
  ['a negative size', file({ a: entry(0, 8, [-2]) }, zeros(8)), 'expected type, shape and offsets of "a"'],
])('%s is refused', (_, bytes, message) => {
  expect(() => decodeSafetensors(bytes, 'file')).toThrow(CheckpointError)
  expect(() => decodeSafetensors(bytes, 'file')).toThrow(message)
})

test('values of no numbers share a place, and shapes with a zero have none however large the rest', () => {
  const none = entry(0, 0, [2 ** 52, 0, 2 ** 52])
  expect(decodeSafetensors(file({ a: none, b: entry(0, 4), c: none }, zeros(4)), 'file').values.a?.data).toHaveLength(0)
})
