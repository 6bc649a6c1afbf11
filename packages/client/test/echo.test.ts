import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Datatype, type InferenceInput, inferenceClient, type NumericArray } from '../src/index.ts'
import { fakeServer, type Reply, type Seen } from './fake-server.ts'

const headerName = 'Inference-Header-Content-Length'

interface Entry {
  name: string
  shape: number[]
  datatype: Datatype
  data?: unknown[]
  parameters?: { binary_data_size?: number }
}

/** The JSON and the bytes after it, parsed without the client's code. */
function split({ headers, body }: Seen): { request: { id?: string; inputs: Entry[]; parameters?: object }; rest: Buffer } {
  const length = Number(headers['inference-header-content-length'] ?? body.length)
  return { request: JSON.parse(body.subarray(0, length).toString()), rest: body.subarray(length) }
}

/** A model that returns its inputs in the same order and encoding. */
const echo: Reply = (response, seen) => {
  const { request, rest } = split(seen)
  const answer = Buffer.from(JSON.stringify({ model_name: 'echo', model_version: '3', id: request.id, outputs: request.inputs }))
  const isBinary = seen.headers['inference-header-content-length'] !== undefined
  response.writeHead(200, isBinary ? { [headerName]: answer.length } : {})
  response.end(Buffer.concat([answer, rest]))
}

const float = (is32: boolean) => fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => (is32 ? Math.fround(x) : x) + 0)

const elements: Record<Datatype, (length: { minLength: number; maxLength: number }) => fc.Arbitrary<NumericArray>> = {
  BOOL: (length) => fc.array(fc.nat(1), length).map((bits) => Uint8Array.from(bits)),
  UINT8: (length) => fc.uint8Array(length),
  UINT16: (length) => fc.uint16Array(length),
  UINT32: (length) => fc.uint32Array(length),
  UINT64: (length) => fc.bigUint64Array({ ...length, max: 2n ** 53n - 1n }),
  INT8: (length) => fc.int8Array(length),
  INT16: (length) => fc.int16Array(length),
  INT32: (length) => fc.int32Array(length),
  INT64: (length) => fc.bigInt64Array({ ...length, min: 1n - 2n ** 53n, max: 2n ** 53n - 1n }),
  FP16: (length) => fc.uint16Array(length),
  FP32: (length) => fc.array(float(true), length).map((numbers) => Float32Array.from(numbers)),
  FP64: (length) => fc.array(float(false), length).map((numbers) => Float64Array.from(numbers)),
}

const inText = (Object.keys(elements) as Datatype[]).filter((datatype) => datatype !== 'FP16')

const tensor = (types: readonly Datatype[]): fc.Arbitrary<InferenceInput & { data: NumericArray; datatype: Datatype }> =>
  fc.tuple(fc.constantFrom(...types), fc.array(fc.nat(4), { maxLength: 3 })).chain(([datatype, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1)
    return elements[datatype]({ minLength: count, maxLength: count }).map((data) => ({ datatype, shape, data }))
  })

const named = (types: readonly Datatype[]) =>
  fc.dictionary(
    fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== '__proto__'),
    tensor(types),
    { maxKeys: 4 },
  )

test.each(['json', 'binary'] as const)(
  '%s: every type and shape survives a round trip through a model that returns its inputs',
  async (encoding) => {
    const { url } = await fakeServer(echo)
    const client = inferenceClient({ url })
    const types = encoding === 'json' ? inText : (Object.keys(elements) as Datatype[])
    await fc.assert(
      fc.asyncProperty(named(types), async (inputs) => {
        const { outputs, version } = await client.infer('echo', inputs, { encoding })
        expect(version).toBe('3')
        expect(outputs).toEqual({ ...inputs })
      }),
      { seed: 11, numRuns: 150 },
    )
  },
)

test('the binary encoding carries NaN, infinities and integers beyond 2^53, which JSON cannot', async () => {
  const { url } = await fakeServer(echo)
  const client = inferenceClient({ url })
  const x = { shape: [3], data: new Float32Array([Number.NaN, Number.POSITIVE_INFINITY, -0]) }
  const n = { shape: [2], data: new BigInt64Array([2n ** 63n - 1n, -(2n ** 63n)]) }
  const { outputs } = await client.infer('echo', { x, n }, { encoding: 'binary', outputs: ['x', 'n'] })
  expect(outputs.x.data).toEqual(x.data)
  expect(outputs.n.data).toEqual(n.data)
  await expect(client.infer('echo', { n })).rejects.toThrow(
    "infer echo: expected elements of INT64 in output n, received 9223372036854776000 at 0. Ask with encoding: 'binary'.",
  )
})

test('a JSON request follows the protocol', async () => {
  const { url, seen } = await fakeServer(echo)
  const x = { shape: [1, 2], data: new Float32Array([0.5, -2]) }
  const mask = { shape: [1, 2], data: new Uint8Array([1, 0]), datatype: 'BOOL' } as const
  await inferenceClient({ url: `${url}/` }).infer('a model', { x, mask }, { id: 'r1', version: 2, outputs: ['x'] })
  expect(seen[0]).toMatchObject({
    method: 'POST',
    url: '/v2/models/a%20model/versions/2/infer',
    headers: { 'content-type': 'application/json' },
  })
  expect(JSON.parse(seen[0]!.body.toString())).toEqual({
    id: 'r1',
    inputs: [
      { name: 'x', shape: [1, 2], datatype: 'FP32', data: [0.5, -2] },
      { name: 'mask', shape: [1, 2], datatype: 'BOOL', data: [true, false] },
    ],
    outputs: [{ name: 'x' }],
  })
})

test('a binary request follows the extension: JSON, then each tensor in order, little-endian', async () => {
  const { url, seen } = await fakeServer(echo)
  const x = { shape: [1], data: new Float32Array([9, 1, 9]).subarray(1, 2) }
  const n = { shape: [2], data: new BigInt64Array([1n, -1n]) }
  await inferenceClient({ url }).infer('m', { x, n }, { encoding: 'binary' })
  const { request, rest } = split(seen[0]!)
  expect(seen[0]!.headers['content-type']).toBe('application/octet-stream')
  expect(request).toEqual({
    parameters: { binary_data_output: true },
    inputs: [
      { name: 'x', shape: [1], datatype: 'FP32', parameters: { binary_data_size: 4 } },
      { name: 'n', shape: [2], datatype: 'INT64', parameters: { binary_data_size: 16 } },
    ],
  })
  expect([rest.readFloatLE(0), rest.readBigInt64LE(4), rest.readBigInt64LE(12), rest.length]).toEqual([1, 1n, -1n, 20])
})

test('plain arrays and values of @equivar/tensor are sent with the right types', async () => {
  const { url } = await fakeServer(echo)
  const { outputs } = await inferenceClient({ url }).infer('m', {
    numbers: { shape: [2], data: [1, 0.5] },
    bigints: { shape: [1], data: [7n] },
    booleans: { shape: [2], data: [true, false] },
    edges: { shape: [2], data: [3, 4], datatype: 'INT64' },
    mask: { dtype: 'bool', shape: [2], data: new Uint8Array([1, 0]) },
    x: { dtype: 'float32', shape: [1], data: new Float32Array([2]) },
  })
  const types = Object.fromEntries(Object.entries(outputs).map(([name, { datatype }]) => [name, datatype]))
  expect(types).toEqual({ numbers: 'FP32', bigints: 'INT64', booleans: 'BOOL', edges: 'INT64', mask: 'BOOL', x: 'FP32' })
  expect(outputs.edges!.data).toEqual(new BigInt64Array([3n, 4n]))
  expect(outputs.booleans!.data).toEqual(new Uint8Array([1, 0]))
})

const wrongInputs: readonly [InferenceInput, string][] = [
  [{ shape: [2], data: [1] }, 'infer m, input x: expected 2 elements for shape [2], received 1.'],
  [{ shape: [-1], data: [1] }, 'infer m, input x: expected a shape of sizes, each 0 or more, received [-1].'],
  [{ shape: 3 as never, data: [1] }, 'infer m, input x: expected a shape of sizes, each 0 or more, received 3.'],
  [undefined as never, 'infer m, input x: expected a shape of sizes, each 0 or more, received none.'],
  [{ shape: [1], data: [0.5], datatype: 'INT32' }, 'infer m, input x: expected elements of INT32, received 0.5 at 0.'],
  [{ shape: [1], data: [300], datatype: 'UINT8' }, 'infer m, input x: expected elements of UINT8, received 300 at 0.'],
  [{ shape: [1], data: [2 ** 53], datatype: 'INT64' }, 'infer m, input x: expected elements of INT64, received 9007199254740992 at 0.'],
  [{ shape: [1], data: [2n ** 63n] }, 'infer m, input x: expected elements of INT64, received 9223372036854775808 at 0.'],
  [{ shape: [1], data: new Uint8Array([2]), datatype: 'BOOL' }, 'infer m, input x: expected elements of BOOL, 0 or 1, received 2 at 0.'],
  [
    { shape: [1], data: new Float64Array(1), datatype: 'FP32' },
    'infer m, input x: expected FP32 in a Float32Array, received Float64Array.',
  ],
  [
    { shape: [1], data: [1], datatype: 'FP16' },
    'infer m, input x: expected FP16 in a Uint16Array, received Array. FP16 is sent as bit patterns.',
  ],
  [{ shape: [1], data: 'x' as never }, 'infer m, input x: expected data in a typed array or an array, received string.'],
  [
    { shape: [1], data: [1], datatype: 'BYTES' as never },
    'infer m, input x: expected a datatype of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, received BYTES.',
  ],
  [
    { shape: [1], data: [Number.NaN] },
    "infer m, input x: expected finite numbers, as JSON has no NaN and no infinities, received NaN at 0. Send it with encoding: 'binary'.",
  ],
  [
    { shape: [1], data: new Uint16Array(1), datatype: 'FP16' },
    "infer m, input x: expected a type that JSON can carry, received FP16. Send it with encoding: 'binary'.",
  ],
]

test.each(wrongInputs)('invalid inputs are rejected before anything is sent: %#', async (x, message) => {
  const { url, seen } = await fakeServer(echo)
  const failure = await inferenceClient({ url })
    .infer('m', { x })
    .catch((error) => error)
  expect(failure).toMatchObject({ name: 'InferenceError', kind: 'input', message, attempts: 0 })
  expect(seen).toEqual([])
})
