import { expect, test } from 'vitest'
import { inferenceClient } from '../src/index.ts'
import { isLittleEndian, swapBytes } from '../src/request.ts'
import { fakeServer, json, someAnswer, someInput } from './fake-server.ts'

const output = (changes: object) => ({ ...someAnswer, outputs: [{ ...someAnswer.outputs[0], ...changes }] })

test.each([
  ['nested data', output({ shape: [1, 2], data: [[1, 2]] }), { shape: [1, 2], data: new Float32Array([1, 2]) }],
  ['no elements', output({ shape: [0, 2], data: [] }), { shape: [0, 2], data: new Float32Array(0) }],
  ['a scalar', output({ shape: [], data: [3] }), { shape: [], data: new Float32Array([3]) }],
  ['booleans as numbers', output({ datatype: 'BOOL', data: [0, 1] }), { shape: [2], data: new Uint8Array([0, 1]) }],
])('%s', async (_, answer, expected) => {
  const { url } = await fakeServer((response) => json(response, 200, answer))
  const { outputs } = await inferenceClient({ url }).infer('m', someInput)
  expect(outputs.y).toMatchObject(expected)
})

test('an answer in many small pieces is read as a whole', async () => {
  const { url } = await fakeServer((response) => {
    const text = JSON.stringify(someAnswer)
    const next = (at: number) =>
      at < text.length ? response.write(text.slice(at, at + 7), () => setImmediate(next, at + 7)) : response.end()
    next(0)
  })
  const { outputs } = await inferenceClient({ url }).infer('m', someInput, { outputs: ['y'] })
  expect(outputs.y).toEqual({ datatype: 'FP32', shape: [2], data: new Float32Array([1, 2]) })
})

test.each<[string, unknown]>([
  ['expected JSON, received "<html>".', '<html>'],
  ['expected JSON, received nothing.', ''],
  ['expected a JSON object, received [1].', '[1]'],
  ['expected "outputs" to be a list of objects, received undefined.', { model_name: 'm' }],
  ['expected "outputs" to be a list of objects, received [3].', { model_name: 'm', outputs: [3] }],
  ['expected "model_name", received none.', { outputs: [] }],
  ['expected "id" to be a string, received 3.', { ...someAnswer, id: 3 }],
  ['expected each output to have a name, received 3.', output({ name: 3 })],
  [
    'expected output y of type BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, received "BYTES".',
    output({ datatype: 'BYTES' }),
  ],
  ['expected output y to have a shape, received [2.5].', output({ shape: [2.5] })],
  ['expected 3 elements of output y, received 2.', output({ shape: [3] })],
  ['expected output y to have data, received undefined.', output({ data: undefined })],
  ['expected elements of FP32 in output y, received "a" at 1.', output({ data: [1, 'a'] })],
  [
    "expected elements of FP32 in output y, received null at 0. JSON has no infinities and no NaN. Ask with encoding: 'binary'.",
    output({ data: [null, 1] }),
  ],
  ['expected elements of INT8 in output y, received 200 at 0.', output({ datatype: 'INT8', data: [200, 1] })],
  ["expected output y as bytes, as JSON has no FP16, received numbers. Ask with encoding: 'binary'.", output({ datatype: 'FP16' })],
  [
    'expected the header Inference-Header-Content-Length, received none. A server of another origin must list it in Access-Control-Expose-Headers.',
    output({ parameters: { binary_data_size: 8 } }),
  ],
])('not the protocol: %s', async (message, answer) => {
  const { url, seen } = await fakeServer((response) =>
    response.writeHead(200, { 'x-request-id': 'r7' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer)),
  )
  const failure = await inferenceClient({ url })
    .infer('m', someInput)
    .catch((error) => error)
  expect(failure).toMatchObject({ kind: 'answer', status: 200, requestId: 'r7', message: `infer m: ${message}` })
  expect(seen).toHaveLength(1)
})

test('a requested output that is missing is an error', async () => {
  const { url } = await fakeServer((response) => json(response, 200, someAnswer))
  await expect(inferenceClient({ url }).infer('m', someInput, { outputs: ['logits'] })).rejects.toThrow(
    'infer m: expected output logits, received y.',
  )
})

const bytes = (size: unknown, length: number, header: (json: number) => string = String) => {
  const text = JSON.stringify({
    model_name: 'm',
    outputs: [{ name: 'y', datatype: 'FP32', shape: [2], parameters: { binary_data_size: size } }],
  })
  return {
    headers: { 'Inference-Header-Content-Length': header(text.length) },
    body: Buffer.concat([Buffer.from(text), Buffer.alloc(length)]),
  }
}

test.each<[string, ReturnType<typeof bytes>]>([
  ['expected 8 bytes for the shape and type of output y, received 12.', bytes(12, 12)],
  ['expected 8 bytes for the shape and type of output y, received "8".', bytes('8', 8)],
  ['expected 8 bytes of output y, received 5.', bytes(8, 5)],
  ['expected 8 bytes after the JSON, received 9.', bytes(8, 9)],
  ['expected a JSON length of at most ', bytes(8, 8, () => '1000')],
  ['expected a JSON length of at most ', bytes(8, 8, () => '-1')],
  ['expected JSON, received ', bytes(8, 8, (length) => String(length - 1))],
])('not the binary extension: %s', async (message, { headers, body }) => {
  const { url } = await fakeServer((response) => response.writeHead(200, headers).end(body))
  const failure = await inferenceClient({ url })
    .infer('m', someInput, { encoding: 'binary' })
    .catch((error) => error)
  expect(failure).toMatchObject({ kind: 'answer' })
  expect(failure.message).toContain(`infer m: ${message}`)
})

test('an answer may mix binary and JSON outputs', async () => {
  const text = JSON.stringify({
    model_name: 'm',
    outputs: [
      { name: 'a', datatype: 'INT32', shape: [1], data: [5] },
      { name: 'b', datatype: 'INT32', shape: [1], parameters: { binary_data_size: 4 } },
    ],
  })
  const { url } = await fakeServer((response) =>
    response
      .writeHead(200, { 'inference-header-content-length': text.length })
      .end(Buffer.concat([Buffer.from(text), Buffer.from([1, 2, 0, 0])])),
  )
  const { outputs } = await inferenceClient({ url }).infer('m', someInput, { encoding: 'binary', outputs: ['a', 'b'] })
  expect([outputs.a.data, outputs.b.data]).toEqual([new Int32Array([5]), new Int32Array([513])])
})

test('on a big-endian machine the bytes of each element are swapped', () => {
  expect(isLittleEndian()).toBe(true)
  const numbers = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])
  swapBytes(numbers, 4)
  expect([...numbers]).toEqual([4, 3, 2, 1, 8, 7, 6, 5])
})
