import { ownEntry, type TensorValue, tensorValue } from '@equivar/tensor'
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

const bytesOf = ({ buffer }: { readonly buffer: ArrayBuffer }): Uint8Array => new Uint8Array(buffer)

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
  expect(() => encodeSafetensors({ values, metadata: {} })).toThrow(
    'encodeSafetensors: expected names other than __metadata__, which the format keeps for metadata.',
  )
})

test.each<[string, Uint8Array, number[], string]>([
  ['F32', bytesOf(Float32Array.of(0.5, -2, 3)), [0.5, -2, 3], 'float32'],
  ['F16', bytesOf(Uint16Array.of(1, 2, 65535)), [1, 2, 65535], 'float16'],
  ['I32', bytesOf(Int32Array.of(-1, 2, 3)), [-1, 2, 3], 'int32'],
  ['I64', bytesOf(BigInt64Array.of(-1n, 2n, 3n)), [-1, 2, 3], 'int64'],
  ['BF16', bytesOf(Uint16Array.from([0x3f80, 0xc040, 0x7f80])), [1, -3, Number.POSITIVE_INFINITY], 'float32'],
  ['F64', bytesOf(Float64Array.from([Number.NEGATIVE_INFINITY, -2, 0.1])), [Number.NEGATIVE_INFINITY, -2, Math.fround(0.1)], 'float32'],
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
    'file: expected "w" of type F32, F16, BF16, F64, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, received type "F8_E4M3". Convert it to one of these.',
  ],
  [
    'a double beyond float32',
    file({ w: { dtype: 'F64', shape: [2], data_offsets: [0, 16] } }, bytesOf(Float64Array.of(1, 1e300))),
    'file: expected numbers of "w", type F64, that fit float32 or int64, received larger ones.',
  ],
  [
    'an integer beyond int64',
    file({ w: { dtype: 'U64', shape: [2], data_offsets: [0, 16] } }, bytesOf(BigUint64Array.of(1n, 2n ** 63n))),
    'file: expected numbers of "w", type U64, that fit float32 or int64, received larger ones.',
  ],
  [
    'two values at one place',
    file({ a: entry(0, 8), b: entry(0, 8) }, zeros(8)),
    'file: expected "b" to start at 8, where what is before it ends, received 0 to 8. The file is damaged or no safetensors file.',
  ],
  [
    'values that overlap',
    file({ a: entry(0, 8), b: entry(4, 12) }, zeros(12)),
    'file: expected "b" to start at 8, where what is before it ends, received 4 to 12. The file is damaged or no safetensors file.',
  ],
  [
    'one inside another',
    file({ a: entry(0, 12), b: entry(4, 8) }, zeros(12)),
    'file: expected "b" to start at 12, where what is before it ends, received 4 to 8. The file is damaged or no safetensors file.',
  ],
  [
    'a gap',
    file({ a: entry(0, 4), b: entry(8, 12) }, zeros(12)),
    'file: expected "b" to start at 4, where what is before it ends, received 8 to 12. The file is damaged or no safetensors file.',
  ],
  [
    'a gap at the start',
    file({ a: entry(4, 8) }, zeros(8)),
    'file: expected "a" to start at 0, where what is before it ends, received 4 to 8. The file is damaged or no safetensors file.',
  ],
  [
    'an end before its start',
    file({ a: entry(0, 4), b: entry(4, 0, [0]) }, zeros(4)),
    'file: expected "b" to start at 4, where what is before it ends, received 4 to 0. The file is damaged or no safetensors file.',
  ],
  [
    'bytes behind the last value',
    file({ a: entry(0, 4) }, zeros(8)),
    'file: expected 4 bytes of numbers, as the header says, received 8. The file is damaged or no safetensors file.',
  ],
  [
    'numbers that are missing',
    file({ a: entry(0, 8) }, zeros(4)),
    'file: expected 8 bytes of numbers, as the header says, received 4. The file is damaged or no safetensors file.',
  ],
  [
    'a shape of other size',
    file({ a: entry(0, 8, [3]) }, zeros(8)),
    'file: expected the bytes of "a", F32 [3], received 8 bytes. The file is damaged or no safetensors file.',
  ],
  [
    'a shape beyond numbers',
    file({ a: entry(0, 8, Array(17).fill(2 ** 30)) }, zeros(8)),
    `file: expected the bytes of "a", F32 [${Array(16).fill('1073741824').join(', ')}], received 8 bytes. The file is damaged or no safetensors file.`,
  ],
  [
    'a long name',
    file({ [`${'n'.repeat(80)}mm`]: entry(4, 8) }, zeros(8)),
    `file: expected "${'n'.repeat(80)}..." to start at 0, where what is before it ends, received 4 to 8. The file is damaged or no safetensors file.`,
  ],
  [
    'a name of 80 letters',
    file({ ['n'.repeat(80)]: entry(4, 8) }, zeros(8)),
    `file: expected "${'n'.repeat(80)}" to start at 0, where what is before it ends, received 4 to 8. The file is damaged or no safetensors file.`,
  ],
  [
    'a header that is cut off',
    file({ a: entry(0, 8) }).subarray(0, 20),
    'file: expected a header of 54 bytes, received a file of 20. The file is damaged or no safetensors file.',
  ],
  ['no header', file(''), 'file: expected a header in JSON, received something else. The file is damaged or no safetensors file.'],
  [
    'a header that is not UTF-8',
    Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0, ...[...'{"'].map((letter) => letter.charCodeAt(0)), 0xff, 0x22, 0x7d),
    'file: expected a header in JSON, received something else. The file is damaged or no safetensors file.',
  ],
  [
    'a name that writes to a terminal',
    file({ '\u001b[31m': entry(0, 8, [3]) }, zeros(8)),
    'file: expected the bytes of "\\u001b[31m", F32 [3], received 8 bytes. The file is damaged or no safetensors file.',
  ],
  [
    'a name given twice',
    file('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', [0, 0]),
    'file: expected "a" to start at 0, where what is before it ends, received 1 to 2. The file is damaged or no safetensors file.',
  ],
  [
    'metadata that is null',
    file({ __metadata__: null }),
    'file: expected texts by name as __metadata__, received another JSON. The file is damaged or no safetensors file.',
  ],
  [
    'metadata that are numbers',
    file({ __metadata__: { a: 1 } }),
    'file: expected texts by name as __metadata__, received another JSON. The file is damaged or no safetensors file.',
  ],
  [
    'a list',
    file([]),
    'file: expected a header in JSON with a name for each value, received another JSON. The file is damaged or no safetensors file.',
  ],
  [
    'deep nesting',
    file(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    'file: expected type, shape and offsets of "a", received another JSON. The file is damaged or no safetensors file.',
  ],
  [
    'an entry that is null',
    file({ a: null }),
    'file: expected type, shape and offsets of "a", received another JSON. The file is damaged or no safetensors file.',
  ],
  [
    'a negative size',
    file({ a: entry(0, 8, [-2]) }, zeros(8)),
    'file: expected type, shape and offsets of "a", received another JSON. The file is damaged or no safetensors file.',
  ],
])('%s is refused', (_, bytes, message) => {
  expect(() => decodeSafetensors(bytes, 'file')).toThrow(CheckpointError)
  expect(() => decodeSafetensors(bytes, 'file')).toThrow(message)
})

const whole = { dtype: 'U8', shape: [1], data_offsets: [0, 1] }
test.each<object>([
  { dtype: 8 },
  { dtype: undefined },
  { shape: 1 },
  { shape: [0.5] },
  { shape: [2 ** 53] },
  { shape: ['1'] },
  { data_offsets: undefined },
  { data_offsets: [0, -1] },
  { data_offsets: [0] },
  { data_offsets: [0, 1, 1] },
])('an entry with %j is refused', (wrong) => {
  expect(decodeSafetensors(file({ b: whole }, [7]), 'file').values.b?.data).toEqual(Int32Array.of(7))
  expect(() => decodeSafetensors(file({ b: { ...whole, ...wrong } }, [7]), 'file')).toThrow(
    'file: expected type, shape and offsets of "b", received another JSON. The file is damaged or no safetensors file.',
  )
})

test('entries may come in any order, and start at any byte', () => {
  const [last, first] = [
    { dtype: 'F32', shape: [2], data_offsets: [3, 11] },
    { dtype: 'U8', shape: [3], data_offsets: [0, 3] },
  ]
  const { values } = decodeSafetensors(file({ last, first }, [1, 2, 3, ...bytesOf(Float32Array.of(0.5, -4))]), 'file')
  expect(values.first).toEqual({ dtype: 'int32', shape: [3], data: Int32Array.of(1, 2, 3) })
  expect(values.last).toEqual({ dtype: 'float32', shape: [2], data: Float32Array.of(0.5, -4) })
})

test('the file is that of the format, byte by byte', () => {
  const values = {
    half: { dtype: 'float16', shape: [1], data: Uint16Array.of(0x3c00) },
    whole: { dtype: 'int32', shape: [1, 2], data: Int32Array.of(1, 2) },
    part: { dtype: 'bool', shape: [2], data: Uint8Array.of(9, 1, 0, 9).subarray(1, 3) },
  } satisfies Record<string, TensorValue>
  const [made, header] = [
    encodeSafetensors({ values, metadata: { of: 'a test' } }),
    '{"__metadata__":{"of":"a test"},"half":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"whole":{"dtype":"I32","shape":[1,2],"data_offsets":[2,10]},"part":{"dtype":"BOOL","shape":[2],"data_offsets":[10,12]}}',
  ]
  const padded = header + ' '.repeat(7 - ((header.length + 7) % 8))
  expect(padded.length % 8).toBe(0)
  expect(made).toEqual(file(padded, [0, 0x3c, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0]))
})

test('a damaged file is a CheckpointError', () => expect(new CheckpointError('no').name).toBe('CheckpointError'))

test('values of no numbers share a place, and shapes with a zero have none however large the rest', () => {
  const none = entry(0, 0, [2 ** 52, 0, 2 ** 52])
  expect(decodeSafetensors(file({ a: none, b: entry(0, 4), c: none }, zeros(4)), 'file').values.a?.data).toHaveLength(0)
})
