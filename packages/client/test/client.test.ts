import { expect, expectTypeOf, test } from 'vitest'
import { type InferenceOutput, inferenceClient } from '../src/index.ts'
import { fakeServer, json, someAnswer, someInput } from './fake-server.ts'

const quick = { firstDelay: 1, longestDelay: 5 }
const never = () => {}

test('health: true for status 200; false for other statuses, a timeout or no server', async () => {
  const { url, seen } = await fakeServer((response, { url }) => {
    if (url.endsWith('live')) response.end()
    else if (url.includes('slow')) never()
    else json(response, url.includes('models') ? 400 : 503, { error: 'loading' })
  })
  const client = inferenceClient({ url })
  expect(await client.live()).toBe(true)
  expect(await client.ready()).toBe(false)
  expect(await client.modelReady('m', { version: '1' })).toBe(false)
  expect(await inferenceClient({ url, timeout: 200 }).modelReady('slow')).toBe(false)
  expect(seen.map((request) => request.url)).toEqual([
    '/v2/health/live',
    '/v2/health/ready',
    '/v2/models/m/versions/1/ready',
    '/v2/models/slow/ready',
  ])
  expect(await inferenceClient({ url: 'http://127.0.0.1:1' }).live()).toBe(false)
})

test.each([401, 403, 404])('health: status %i, a wrong token, URL or name, is an error', async (status) => {
  const { url } = await fakeServer((response) => json(response, status, { error: 'no' }))
  await expect(inferenceClient({ url }).ready()).rejects.toMatchObject({ kind: 'status', status })
})

test('metadata of the server and of a model', async () => {
  const tensor = { name: 'x', datatype: 'FP32', shape: [-1, '25'] }
  const model = {
    name: 'signals',
    versions: ['1'],
    platform: 'onnxruntime_onnx',
    inputs: [tensor],
    outputs: [],
    parameters: { task: 'signals' },
  }
  const { url, seen } = await fakeServer((response, { url }) =>
    json(response, 200, url === '/base/v2' ? { name: 'equivar-infer', version: '1', extensions: ['binary_tensor_data'] } : model),
  )
  const client = inferenceClient({ url: new URL(`${url}/base/`), token: 'secret' })
  expect(await client.serverMetadata()).toEqual({ name: 'equivar-infer', version: '1', extensions: ['binary_tensor_data'] })
  expect(await client.modelMetadata('signals', { version: 1 })).toEqual({
    ...model,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 25], parameters: {} }],
  })
  expect(seen.map((request) => request.url)).toEqual(['/base/v2', '/base/v2/models/signals/versions/1'])
  expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret'])
})

test.each([
  ['expected "name", received none.', {}],
  ['expected "versions" to be a list of strings, received 3.', { name: 'm', versions: 3 }],
  [
    'expected "shape" to be a list of sizes, or -1, received [-2].',
    { name: 'm', platform: 'p', inputs: [{ name: 'x', datatype: 'FP32', shape: [-2] }] },
  ],
])('invalid metadata: %s', async (message, answer) => {
  const { url } = await fakeServer((response) => json(response, 200, answer))
  await expect(inferenceClient({ url }).modelMetadata('m')).rejects.toThrow(`modelMetadata m: ${message}`)
})

test('without a token, none is sent', async () => {
  const { url, seen } = await fakeServer((response) => json(response, 200, someAnswer))
  await inferenceClient({ url }).infer('m', someInput)
  expect(seen[0]!.headers).not.toHaveProperty('authorization')
})

test('the error for a body that is not JSON quotes the body', async () => {
  const { url } = await fakeServer((response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'))
  const failure = await inferenceClient({ url })
    .serverMetadata()
    .catch((error) => error)
  expect(failure.message).toBe(
    `serverMetadata: expected status 200, received 502 "<h1>Bad Gateway</h1>". The cause is in the server's log.`,
  )
})

test.each([
  ['ftp://a', 'inferenceClient: expected an http or https URL, received "ftp://a".'],
  ['nonsense', 'inferenceClient: expected an http or https URL, received "nonsense".'],
  ['http://me:pass@a', 'inferenceClient: expected a URL without user and password, received one with them. Use the option token instead.'],
])('%s is not a valid server URL', (url, message) => expect(() => inferenceClient({ url })).toThrow(message))

test('invalid options and names are errors', async () => {
  expect(() => inferenceClient({ url: 'http://a', retries: -1 })).toThrow('inferenceClient: expected retries of 0 or more, received -1.')
  expect(() => inferenceClient({ url: 'http://a', timeout: Number.NaN })).toThrow(
    'inferenceClient: expected timeout of 0 or more, received NaN.',
  )
  const wrongToken =
    'inferenceClient: expected a token of visible ASCII characters without spaces, received one that is empty or has other characters.'
  for (const token of ['', 'two words', 'line\n']) expect(() => inferenceClient({ url: 'http://a', token })).toThrow(wrongToken)
  const client = inferenceClient({ url: 'http://127.0.0.1:1' })
  await expect(client.infer('..', {})).rejects.toThrow('infer ..: expected a valid model name and version, received "..".')
  await expect(client.modelMetadata('m', { version: '' })).rejects.toThrow(
    'modelMetadata m: expected a valid model name and version, received "".',
  )
  await expect(client.infer('m', {}, { encoding: 'xml' as never })).rejects.toThrow(
    "infer m: expected an encoding, 'json' or 'binary', received \"xml\".",
  )
})

test("a call can be aborted before and during the request, during the answer and while it waits, and rejects with the signal's reason", async () => {
  let asked = () => {}
  const { url, seen } = await fakeServer((response, { url }) => {
    if (url.includes('half')) response.writeHead(200, { 'content-length': 500 }).write('{')
    if (url.includes('busy')) json(response, 429, { error: 'full' }, { 'retry-after': '9' })
    setTimeout(() => asked(), 20)
  })
  const client = inferenceClient({ url, longestDelay: 60_000 })
  const early = AbortSignal.abort('early')
  await expect(client.infer('m', someInput, { signal: early })).rejects.toBe('early')
  expect(seen).toEqual([])
  for (const model of ['silent', 'half', 'busy']) {
    const controller = new AbortController()
    asked = () => controller.abort(model)
    await expect(client.infer(model, someInput, { signal: controller.signal })).rejects.toBe(model)
  }
  const controller = new AbortController()
  asked = () => controller.abort()
  await expect(client.live({ signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
  expect(seen).toHaveLength(4)
})

test('an aborted request reaches the server as a closed connection', async () => {
  const controller = new AbortController()
  const hangUp = new Promise<void>((resolve) => {
    void fakeServer((response) => {
      response.on('close', resolve)
      controller.abort()
    }).then(({ url }) => inferenceClient({ url }).infer('m', someInput, { signal: controller.signal }).catch(never))
  })
  await hangUp
})

test('a server that does not answer in time is an error of kind timeout', async () => {
  const { url } = await fakeServer((response, _, count) => (count === 1 ? json(response, 503, { error: 'starting' }) : never()))
  const failure = await inferenceClient({ url, timeout: 250, ...quick })
    .infer('m', someInput)
    .catch((error) => error)
  expect(failure).toMatchObject({ name: 'InferenceError', kind: 'timeout', attempts: 2, cause: { status: 503 } })
  expect(failure.message).toMatch(
    `infer m: expected an answer from ${url} within 250 ms, received none. Send fewer elements in one request, or raise timeout. Last failure: infer m: expected status 200, received 503 "starting"`,
  )
})

test('the types of the outputs follow the requested names', async () => {
  const { url } = await fakeServer((response) => json(response, 200, someAnswer))
  const client = inferenceClient({ url })
  const { outputs } = await client.infer('m', someInput, { outputs: ['y'] })
  expectTypeOf(outputs).toEqualTypeOf<Readonly<Record<'y', InferenceOutput>>>()
  if (outputs.y.datatype !== 'FP32') throw new Error('FP32 was sent')
  expectTypeOf(outputs.y.data).toEqualTypeOf<Float32Array>()
  const all = await client.infer('m', someInput)
  expectTypeOf(all.outputs).toEqualTypeOf<Readonly<Record<string, InferenceOutput>>>()
})
