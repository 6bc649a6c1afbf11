import type { OnnxValue } from '@equivar/export-onnx'
import { tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { missingExtension } from '../src/protocol/extensions.ts'
import { readInferRequest } from '../src/protocol/infer-request.ts'
import { writeInferResponse } from '../src/protocol/infer-response.ts'

const value = (name: string, dtype: OnnxValue['dtype'], ...shape: (number | string)[]): OnnxValue => ({ name, dtype, shape })
const inputs = [
  value('x', 'float32', 'batch', 'n'),
  value('mask', 'bool', 'batch', 'n'),
  value('edges', 'int64', 'e'),
  value('few', 'int32', 'f'),
  value('half', 'float16', 'h'),
]
const outputs = [value('y', 'float32', 'batch'), value('z', 'int64', 'batch'), value('logits', 'float32', 'batch', 3)]
const expected = { inputs, outputs, maxElements: 1000 }
const read = (request: unknown, headerLength?: string, bytes: Uint8Array = new Uint8Array(0)) => {
  const json = Buffer.from(typeof request === 'string' ? request : JSON.stringify(request))
  const length = headerLength === 'right' ? `${json.length}` : headerLength
  return readInferRequest(Buffer.concat([json, bytes]), length, expected)
}
const x = (shape: unknown, data: unknown) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape, data }] })
const one = (name: string, datatype: string, data: unknown, shape = [Array.isArray(data) ? data.length : 1]) => ({
  inputs: [{ name, datatype, shape, data }],
})

describe('JSON requests', () => {
  test.each([
    ['flat', [1, 2, 3, 4, 5, 6]],
    [
      'nested',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
  ])('numbers may be %s', (_, data) => {
    expect(read(x([2, 3], data)).values).toEqual({ x: tensorValue('float32', [2, 3], [1, 2, 3, 4, 5, 6]) })
  })

  test.each([
    ['mask', 'BOOL', [true, false, 1, 0], tensorValue('bool', [4], [1, 0, 1, 0])],
    ['edges', 'INT64', [2 ** 40, -1], tensorValue('int64', [2], [2 ** 40, -1])],
    ['few', 'INT32', [-(2 ** 31), 7], tensorValue('int32', [2], [-(2 ** 31), 7])],
    ['edges', 'INT64', [], tensorValue('int64', [0], [])],
  ])('%s of %s', (name, datatype, data, tensor) => {
    expect(read(one(name, datatype, data)).values).toEqual({ [name]: tensor })
  })

  test('by default a request gets all outputs as JSON', () => {
    expect(read({ inputs: [], id: 'a' })).toMatchObject({
      id: 'a',
      outputs: [
        { name: 'y', binary: false },
        { name: 'z', binary: false },
        { name: 'logits', binary: false },
      ],
    })
    const some = [{ name: 'z' }, { name: 'y', parameters: { binary_data: false } }]
    expect(read({ inputs: [], parameters: { binary_data_output: true }, outputs: some }).outputs).toEqual([
      { name: 'z', binary: true },
      { name: 'y', binary: false },
    ])
  })

  test.each([
    ['', 'expected JSON, received something else'],
    ['{"inputs":[NaN]}', 'JSON has no NaN and no Infinity.'],
    ['[]', 'expected an object {"inputs": [...]}, received [].'],
    [{}, 'expected "inputs" that is an array, received nothing.'],
    [{ inputs: [1] }, 'expected inputs that are objects {"name", "shape", "datatype", "data"}, received 1.'],
    [{ inputs: Array(6).fill({}) }, 'expected at most 5 inputs, received 6.'],
    [{ inputs: [], id: 7 }, 'expected "id" that is a string, received 7.'],
    [{ inputs: [], outputs: {} }, 'expected "outputs" that is an array, received {}.'],
    [{ inputs: [], outputs: [{ name: 'w' }] }, 'expected outputs named "y", "z", "logits", received "w".'],
    [{ inputs: [], outputs: [{ name: 'y' }, { name: 'y' }] }, 'expected each output once, received "y" twice.'],
    [
      { inputs: [], outputs: [{ name: 'logits', parameters: { classification: 0 } }] },
      'expected output "logits" with classification from 1 to 1000, received 0.',
    ],
    [{ inputs: [], outputs: [{ name: 'logits', parameters: { classification: '2' } }] }, 'from 1 to 1000, received "2".'],
    [
      { inputs: [], outputs: [{ name: 'z', parameters: { classification: 1 } }] },
      'output "z": expected FP32 of shape [rows, classes] for the extension classification, but it has shape [batch].',
    ],
    [
      { inputs: [], parameters: { sequence_id: 7 } },
      'expected a request without "sequence_id", as this server does not have the extension sequence.',
    ],
    [{ inputs: [], parameters: { priority: 1 } }, 'the extension schedule_policy. It has binary_tensor_data, classification,'],
    [
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { shared_memory_region: 'r' } }] },
      'expected input "x" without "shared_memory_region", as this server does not have the extension shared_memory.',
    ],
    [
      { inputs: [], outputs: [{ name: 'y', parameters: { shared_memory_region: 'r' } }] },
      'expected output "y" without "shared_memory_region", as this server does not have the extension shared_memory.',
    ],
    [{ inputs: [], parameters: [] }, 'expected a request with parameters that are an object, received [].'],
    [{ inputs: [], parameters: { binary_data_output: 1 } }, 'expected binary_data_output true or false, received 1.'],
    [one('w', 'FP32', []), 'expected inputs named "x", "mask", "edges", "few", "half", received "w".'],
    [one('__proto__', 'FP32', []), 'received "__proto__".'],
    [one('x', 'FP64', [1]), 'input "x": expected datatype "FP32", received "FP64".'],
    [{ inputs: [...x([0], []).inputs, ...x([0], []).inputs] }, 'expected each input once, received "x" twice.'],
    [x(3, []), 'input "x": expected a shape of whole numbers, received 3.'],
    [x([-1], []), 'input "x": expected a shape of whole numbers, received [-1].'],
    [x([0.5], []), 'input "x": expected a shape of whole numbers, received [0.5].'],
    [x([1e9, 1e9], []), 'input "x": expected at most 1000 numbers, received shape [1000000000, 1000000000].'],
    [x([2, 2], [1, 2, 3]), 'input "x": expected data of 4 numbers for shape [2, 2], received 3.'],
    [x([2, 2], [[1, 2], [3]]), 'input "x": expected 2 entries along axis 1 of shape [2, 2], received 1.'],
    [x([2, 2], [[1, 2], 3]), 'input "x": expected 2 entries along axis 1 of shape [2, 2], received 3.'],
    [x([2], 'ab'), 'input "x": expected data of 2 numbers for shape [2], received "ab".'],
    [x([2], undefined), 'input "x": expected data of 2 numbers for shape [2], received nothing.'],
    [x([2], [1, null]), 'input "x": expected numbers, received null at position 1.'],
    [x([2], [1, '2']), 'input "x": expected numbers, received "2" at position 1.'],
    [x([1], [1e39]), 'input "x": expected numbers within the range of FP32, received 1e+39 at position 0.'],
    [one('edges', 'INT64', [0.5]), 'input "edges": expected INT64 numbers, received 0.5 at position 0.'],
    [one('edges', 'INT64', [2 ** 53]), 'input "edges": expected INT64 numbers, received 9007199254740992 at position 0.'],
    [one('few', 'INT32', [2 ** 31]), 'input "few": expected INT32 numbers, received 2147483648 at position 0.'],
    [one('mask', 'BOOL', [2]), 'input "mask": expected true or false, received 2 at position 0.'],
    [one('half', 'FP16', [1]), 'input "half": expected FP16 as binary data, received JSON, which has no FP16.'],
  ])('%j is rejected', (request, message) => {
    expect(() => read(request)).toThrow(message)
    expect(() => read(request)).toThrow(expect.objectContaining({ statusCode: 400 }))
  })
})

describe('long lists, which are read without JSON.parse', () => {
  const long = Array.from({ length: 600 }, (_, i) => Math.sin(i))
  const whole = long.map((value) => Math.round(1e6 * value))

  test('give the same tensors', () => {
    const request = {
      id: 'a',
      inputs: [
        { name: 'x', datatype: 'FP32', shape: [2, 300], data: long },
        { name: 'mask', datatype: 'BOOL', shape: [2, 300], data: long.map((value) => value > 0) },
        { name: 'edges', datatype: 'INT64', shape: [601], data: [...whole, -(2 ** 53) + 1] },
        { name: 'few', datatype: 'INT32', shape: [600], data: whole },
      ],
    }
    expect(read(request)).toMatchObject({
      id: 'a',
      values: {
        x: tensorValue('float32', [2, 300], long),
        mask: tensorValue(
          'bool',
          [2, 300],
          long.map((value) => value > 0),
        ),
        edges: tensorValue('int64', [601], [...whole, -(2 ** 53) + 1]),
        few: tensorValue('int32', [600], whole),
      },
    })
  })

  const changed = (value: unknown, at = 599): unknown[] => long.map((each, i) => (i === at ? value : each))
  const wide = { ...expected, maxElements: 1e6 }
  test.each([
    [x([600], changed(null)), 'input "x": expected numbers, received null at position 599.'],
    [x([600], changed('2', 3)), 'input "x": expected numbers, received "2" at position 3.'],
    [x([600], changed(1e39)), 'input "x": expected numbers within the range of FP32, received 1e+39 at position 599.'],
    [x([601], long), 'input "x": expected data of 601 numbers for shape [601], received 600.'],
    [x([900_000], long), 'input "x": expected data of 900000 numbers for shape [900000], received 600.'],
    [
      x(
        [300, 2],
        long.map((value) => [value]),
      ),
      'input "x": expected 300 entries along axis 0 of shape [300, 2], received 600.',
    ],
    [one('edges', 'INT64', [...whole, 0.5]), 'input "edges": expected INT64 numbers, received 0.5 at position 600.'],
    [one('mask', 'BOOL', whole), 'input "mask": expected true or false, received 841471 at position 1.'],
    [one('half', 'FP16', long), 'input "half": expected FP16 as binary data, received JSON, which has no FP16.'],
    [JSON.stringify(x([600], long)).replace('0.8414709848078965', '.8414709848078965'), 'expected JSON, received something else'],
    [JSON.stringify(x([600], long)).replace('0.8414709848078965', 'NaN'), 'JSON has no NaN and no Infinity.'],
    [`{"junk":{"data":${JSON.stringify(long).replace(',', ';')}},${JSON.stringify(x([600], long)).slice(1)}`, 'expected JSON'],
  ])('errors are the same as with JSON.parse (%#)', (request, message) => {
    const json = Buffer.from(typeof request === 'string' ? request : JSON.stringify(request))
    expect(() => readInferRequest(json, undefined, wide)).toThrow(message)
  })

  test('unused lists are ignored, and the last of two equal keys counts', () => {
    const data = JSON.stringify(long)
    const text = `{"junk":{"data":${data}},"inputs":[{"name":"x","datatype":"FP32","shape":[600],"data":${data},"data":${JSON.stringify(whole)}}]}`
    expect(read(text).values).toEqual({ x: tensorValue('float32', [600], whole) })
  })
})

describe('binary requests', () => {
  const described = (name: string, datatype: string, shape: number[], size: unknown, more = {}) => ({
    inputs: [{ name, datatype, shape, parameters: { binary_data_size: size }, ...more }],
  })
  const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const floats = bytesOf(Float32Array.of(1.5, -2))

  test('tensors follow the JSON in the same order', () => {
    const request = { inputs: [...described('x', 'FP32', [1, 2], 8).inputs, ...described('mask', 'BOOL', [1, 2], 2).inputs] }
    const bytes = Buffer.concat([floats, Uint8Array.of(1, 0)])
    expect(read(request, 'right', bytes).values).toEqual({
      x: tensorValue('float32', [1, 2], [1.5, -2]),
      mask: tensorValue('bool', [1, 2], [1, 0]),
    })
  })

  test('FP16 is read as bit patterns', () => {
    const { values } = read(described('half', 'FP16', [1], 2), 'right', bytesOf(Uint16Array.of(0x3c00)))
    expect(values.half).toEqual({ dtype: 'float16', shape: [1], data: Uint16Array.of(0x3c00) })
  })

  test.each([
    ['an invalid length', described('x', 'FP32', [2], 8), 'abc', floats, 'expected Inference-Header-Content-Length from 0 to'],
    ['a length beyond the body', described('x', 'FP32', [2], 8), '99999', floats, 'expected Inference-Header-Content-Length from 0 to'],
    ['a wrong size', described('x', 'FP32', [2], 12), 'right', floats, 'input "x": expected binary_data_size 8 for FP32 [2], received 12.'],
    ['an invalid size', described('x', 'FP32', [2], 'a'), 'right', floats, 'expected binary_data_size 8 for FP32 [2], received "a".'],
    [
      'too few bytes',
      described('x', 'FP32', [2], 8),
      'right',
      floats.subarray(1),
      'input "x": expected 8 bytes of binary data, received 7. Is the body complete?',
    ],
    [
      'too many bytes',
      described('x', 'FP32', [1], 4),
      'right',
      floats,
      'expected 4 bytes after the JSON, as binary_data_size says, received 4 more.',
    ],
    [
      'data twice',
      described('x', 'FP32', [2], 8, { data: [1, 2] }),
      'right',
      floats,
      'input "x": expected "data" or binary_data_size, received both.',
    ],
    [
      'NaN',
      described('x', 'FP32', [2], 8),
      'right',
      bytesOf(Float32Array.of(0, Number.NaN)),
      'input "x": expected finite numbers, received bits that are not a number at position 1.',
    ],
    [
      'an invalid BOOL',
      described('mask', 'BOOL', [1], 1),
      'right',
      Uint8Array.of(2),
      'input "mask": expected bytes 0 and 1, received 2 at position 0.',
    ],
  ])('%s is rejected', (_, request, length, bytes, message) => {
    expect(() => read(request, length, bytes)).toThrow(message)
  })
})

describe('answers', () => {
  const model = { name: 'm', version: '2', id: undefined }
  const results = {
    y: tensorValue('float32', [3], [0.5, Number.NaN, Number.POSITIVE_INFINITY]),
    z: tensorValue('int64', [1], [2 ** 53]),
    b: tensorValue('bool', [2], [1, 0]),
  }

  test('NaN and infinities are null in JSON', () => {
    const wanted = ['y', 'z', 'b'].map((name) => ({ name, binary: false }))
    const { body, headerLength } = writeInferResponse({ ...model, id: 'é"' }, wanted, results)
    expect(headerLength).toBeUndefined()
    expect(JSON.parse(body as string)).toEqual({
      model_name: 'm',
      model_version: '2',
      id: 'é"',
      outputs: [
        { name: 'y', datatype: 'FP32', shape: [3], data: [0.5, null, null] },
        { name: 'z', datatype: 'INT64', shape: [1], data: [2 ** 53] },
        { name: 'b', datatype: 'BOOL', shape: [2], data: [true, false] },
      ],
    })
  })

  test('binary tensors follow the JSON, with its length in the header', () => {
    const wanted = [
      { name: 'y', binary: true },
      { name: 'z', binary: false },
    ]
    const { body, headerLength } = writeInferResponse(model, wanted, results)
    const buffer = body as Buffer
    const json = JSON.parse(buffer.toString('utf8', 0, headerLength))
    expect(json.outputs[0]).toEqual({ name: 'y', datatype: 'FP32', shape: [3], parameters: { binary_data_size: 12 } })
    expect(buffer.length - (headerLength as number)).toBe(12)
    expect(buffer.readFloatLE(headerLength as number)).toBe(0.5)
  })

  describe('classification', () => {
    const logits = { logits: tensorValue('float32', [2, 3], [0.1, 3, -2, 5, Number.NaN, 5]) }
    const labels = { logits: ['cat', 'dog', 'a:b "c"'] }
    const texts = ['3:1:dog', '0.1:0:cat', '5:0:cat', '5:2:a:b "c"']

    test('gives the largest numbers of each row, the first of equal ones first, with index and name', () => {
      const { body } = writeInferResponse(model, [{ name: 'logits', binary: false, classification: 2 }], logits, labels)
      expect(JSON.parse(body as string).outputs).toEqual([{ name: 'logits', datatype: 'BYTES', shape: [2, 2], data: texts }])
    })

    test('gives at most all classes, NaN last, and no names where there are none', () => {
      const { body } = writeInferResponse(model, [{ name: 'logits', binary: false, classification: 9 }], logits)
      expect(JSON.parse(body as string).outputs[0]).toMatchObject({ shape: [2, 3], data: ['3:1', '0.1:0', '-2:2', '5:0', '5:2', 'NaN:1'] })
    })

    test('of no rows gives an empty list', () => {
      const none = { logits: tensorValue('float32', [0, 3], []) }
      const { body } = writeInferResponse(model, [{ name: 'logits', binary: false, classification: 1 }], none, labels)
      expect(JSON.parse(body as string).outputs[0]).toMatchObject({ shape: [0, 1], data: [] })
    })

    test('in binary each text follows its length in four bytes', () => {
      const { body, headerLength = 0 } = writeInferResponse(model, [{ name: 'logits', binary: true, classification: 2 }], logits, labels)
      const bytes = (body as Buffer).subarray(headerLength)
      expect(JSON.parse((body as Buffer).toString('utf8', 0, headerLength)).outputs[0]).toEqual({
        name: 'logits',
        datatype: 'BYTES',
        shape: [2, 2],
        parameters: { binary_data_size: bytes.length },
      })
      const read: string[] = []
      for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32LE(at)) {
        read.push(bytes.toString('utf8', at + 4, at + 4 + bytes.readUInt32LE(at)))
      }
      expect(read).toEqual(texts)
    })
  })

  test('FP16 is rejected in JSON', () => {
    const half = { y: { dtype: 'float16', shape: [1], data: Uint16Array.of(0) } } as const
    expect(() => writeInferResponse(model, [{ name: 'y', binary: false }], half)).toThrow('Set "binary_data": true.')
  })
})

test.each([
  ['/v2/systemsharedmemory/region/r/register', 'system_shared_memory'],
  ['/v2/cudasharedmemory/status', 'cuda_shared_memory'],
  ['/v2/trace/setting', 'trace'],
  ['/v2/models/m/trace/setting', 'trace'],
  ['/v2/logging?x=1', 'logging'],
  ['/v2/models/m/versions/1/generate_stream', 'generate'],
  ['/v2/models/generate', undefined],
  ['/v2/nothing', undefined],
])('the extension that %s belongs to is %s', (path, extension) => expect(missingExtension(path)).toBe(extension))
