/** Bodies that take long to read, or make much of little. All are at most as long as the limit of the server. */

/** The longest body that the server accepts, in bytes. */
export const LONGEST = 32 * 2 ** 20

/** Largest number of elements in a request. */
const ELEMENTS = 4 * 2 ** 20

/** A text repeated up to a length. @param {string} text @param {number} length */
const filled = (text, length = LONGEST) => text.repeat(Math.floor(length / text.length))
const input = (shape, data) => `{"inputs":[{"name":"x","datatype":"FP32","shape":[${shape}],"data":${data}}]}`
const inside = (text) => input([2, 2], text)
const floats = (count, digits = 4) => Array.from({ length: count }, (_, i) => ((i % 9973) / 9973).toFixed(digits)).join()

/** Nested lists by a shape of [rows, 2]. */
const rows = (count) => `[${filled('[0.25,1],', 9 * (count - 1))}[0.25,1]]`

/** JSON bodies by name. */
export const bodies = {
  'open lists': () => filled('['),
  'open objects': () => filled('{"a":'),
  'nested lists': () => inside(`${filled('[', LONGEST / 2 - 100)}${filled(']', LONGEST / 2 - 100)}`),
  'nested id': () => `{"id":${filled('[', LONGEST / 2 - 100)}${filled(']', LONGEST / 2 - 100)},"inputs":[]}`,
  'nested objects as data': () => inside(filled('{"data":[', LONGEST - 100)),
  'many keys': () => `{${Array.from({ length: 2_000_000 }, (_, i) => `"k${i}":${i % 10}`).join()}}`,
  'many keys in data': () => inside(`[{${Array.from({ length: 2_000_000 }, (_, i) => `"k${i}":${i % 10}`).join()}}]`),
  'integer keys': () => `{${Array.from({ length: 1_500_000 }, (_, i) => `"${4294967295 - 97 * i}":1`).join()}}`,
  'one key many times': () => `{${filled('"a":1,', LONGEST - 100)}"b":1}`,
  'many objects': () => `{"inputs":[${filled('{},', LONGEST - 100)}{}]}`,
  'many inputs': () => `{"inputs":[${filled('{"name":"x"},', LONGEST - 100)}{}]}`,
  'many outputs': () => `{"outputs":[${filled('{"name":"y"},', LONGEST - 100)}{}],"inputs":[]}`,
  'a long shape': () => input(`${filled('1,', LONGEST - 200)}1`, '[]'),
  'a long name': () => `{"inputs":[{"name":"${filled('a', LONGEST - 100)}"}]}`,
  escapes: () => `{"id":"${filled('\\u0061', LONGEST - 100)}"}`,
  quotes: () => filled('"'),
  backslashes: () => `"${filled('\\', LONGEST - 100)}"`,
  'the key data alone': () => filled('"data"'),
  'short lists': () => `{"inputs":[${filled('{"data":[1]},', LONGEST - 100)}{}]}`,
  'lists below the threshold': () => `{"inputs":[${filled(`{"data":[${filled('1,', 1000)}1]},`, LONGEST - 100)}{}]}`,
  'lists under data': () => `{"inputs":[${filled(`{"data":[${filled('1,', 2000)}1]},`, LONGEST - 100)}{}]}`,
  'white space': () => filled(' '),
  'white space in a list': () => inside(`[1,${filled(' ', LONGEST - 200)}2]`),
  commas: () => inside(`[${filled(',', LONGEST - 200)}]`),
  'one long number': () => inside(`[${filled('1', LONGEST - 200)},2,3,4]`),
  'a long fraction': () => inside(`[0.${filled('3', LONGEST - 200)},2,3,4]`),
  'a long exponent': () => inside(`[1e${filled('3', LONGEST - 200)},2,3,4]`),
  'numbers of twenty digits': () => input([1_400_000, 1], `[${filled('0.12345678901234567891,', 23 * 1_400_000 - 23)}0.1]`),
  strings: () => inside(`[${filled('"a",', LONGEST - 200)}"a"]`),
  'strings in lists': () => inside(`[[${filled('"a",', LONGEST - 200)}"a"]]`),
  null: () => inside(`[${filled('null,', LONGEST - 200)}null]`),
  booleans: () => inside(`[${filled('true,', LONGEST - 200)}true]`),
  'empty lists': () => input([10_000_000, 0], `[${filled('[],', LONGEST - 200)}[]]`),
  'lists of one': () => input([ELEMENTS, 1], `[${filled('[1],', 4 * ELEMENTS - 4)}[1]]`),
  'a wrong last number': () => input([ELEMENTS / 2, 2], `[${filled('1,', 2 * ELEMENTS - 2)}x]`),
  'one number too many': () => input([ELEMENTS / 2, 2], `[${filled('1,', 2 * ELEMENTS)}1]`),
  'no JSON': () => filled('ÿ', LONGEST / 2),
  zeros: () => Buffer.alloc(LONGEST),
  'the largest valid request, flat': () => input([ELEMENTS / 2 - 1, 2], `[${floats(ELEMENTS - 2)}]`),
  'the largest valid request, nested': () => input([ELEMENTS / 2 - 1, 2], rows(ELEMENTS / 2 - 1)),
  'few bytes, many rows': () => input([ELEMENTS - 1, 0], '[]'),
}

/** Requests in two parts: JSON, then bytes. */
export const binaries = {
  'the largest valid binary request, binary answer': () => binary(true),
  'the largest valid binary request, answer in JSON': () => binary(false),
}

function binary(isBinary) {
  const size = 4 * (ELEMENTS - 2)
  const header = Buffer.from(
    `{"parameters":{"binary_data_output":${isBinary}},"inputs":[{"name":"x","datatype":"FP32","shape":[${ELEMENTS / 2 - 1},2],"parameters":{"binary_data_size":${size}}}]}`,
  )
  return { header, body: Buffer.concat([header, Buffer.alloc(size, Buffer.from(Float32Array.of(0.1234567).buffer))]) }
}
