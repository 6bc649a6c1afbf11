import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/http/app.ts'
import { openApiDocument } from '../src/http/openapi.ts'
import type { Services } from '../src/http/services.ts'
import { expectSameAnswers, files } from './answers.ts'
import { scalingModel, writeModel } from './models.ts'
import { binaryBody, metric, post, type Running, running, until } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-server-'))
let server: Running

beforeAll(async () => {
  for (const [name, bytes] of Object.entries(files)) writeModel(join(folder, 'models', `${name}.onnx`), bytes)
  for (const version of [1, 2]) writeModel(join(folder, 'models/scaling', `${version}`, 'model.onnx'), scalingModel(version))
  server = await running(join(folder, 'models'))
}, 60_000)
afterAll(async () => {
  expect(await server.stop()).toBe(0)
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

const get = async (path: string): Promise<{ status: number; json: unknown }> => {
  const response = await fetch(server.url + path)
  return { status: response.status, json: await response.json() }
}
const scaled = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] }

describe('health and metadata', () => {
  test.each([
    ['/v2/health/live', { live: true }],
    ['/v2/health/ready', { ready: true }],
    [
      '/v2',
      { name: 'equivar-infer', version: expect.any(String), extensions: expect.arrayContaining(['binary_tensor_data', 'classification']) },
    ],
    ['/v2/models/signals/ready', { name: 'signals', ready: true }],
    ['/v2/models/scaling/versions/1/ready', { name: 'scaling', ready: true }],
  ])('%s', async (path, json) => expect(await get(path)).toEqual({ status: 200, json }))

  test('the metadata of a model lists inputs and outputs, with -1 for symbolic sizes', async () => {
    const { json } = await get('/v2/models/signals')
    expect(json).toMatchObject({
      name: 'signals',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [
        { name: 'x', datatype: 'FP32', shape: [-1, -1, 1, -1] },
        { name: 'mask', datatype: 'BOOL', shape: [-1, -1] },
      ],
      outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, 3] }],
      parameters: { batching: 'padded', task: 'test' },
    })
    expect((await get('/v2/models/scaling/versions/1')).json).toMatchObject({ versions: ['1', '2'] })
  })

  test('the index lists every version', async () => {
    const { json } = await post(`${server.url}/v2/repository/index`, { ready: true })
    expect(json).toContainEqual({ name: 'scaling', version: '2', state: 'READY', reason: '' })
    expect((await post(`${server.url}/v2/repository/index`, 'x')).status).toBe(400)
  })

  test.each(['/v2/models/nothing', '/v2/models/scaling/versions/3', '/v2/nothing', '/v2/models/%zz', `/v2/models/${'a'.repeat(500)}`])(
    '%s does not exist, and the error lists what does',
    async (path) => {
      const { status, json } = await get(path)
      expect([400, 404, 414]).toContain(status)
      expect(json).toEqual({ error: expect.stringMatching(/\w+/) })
    },
  )

  test.each(['..%2f..%2fetc%2fpasswd', '..%5c..', '%2e%2e', 'scaling%2f..%2f..%2fsecret', 'scaling%00'])(
    'a name never becomes a path: %s',
    async (name) => {
      for (const path of [`/v2/models/${name}`, `/v2/models/${name}/infer`, `/v2/models/scaling/versions/${name}`]) {
        const response = await fetch(server.url + path, { method: path.endsWith('infer') ? 'POST' : 'GET' })
        expect([400, 404]).toContain(response.status)
      }
    },
  )
})

describe('inference', () => {
  test('the highest version answers by default, or the requested one; the id is returned', async () => {
    const latest = await post(`${server.url}/v2/models/scaling/infer`, { ...scaled, id: 'abc' })
    expect(latest.json).toEqual({
      model_name: 'scaling',
      model_version: '2',
      id: 'abc',
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], data: [2, 4] }],
    })
    const first = await post(`${server.url}/v2/models/scaling/versions/1/infer`, scaled)
    expect(first.json).toMatchObject({ model_version: '1', outputs: [{ data: [1, 2] }] })
  })

  test('binary in, binary out', async () => {
    const values = { x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1.5, -2) } } as const
    const { body, headerLength } = binaryBody(values, { id: 'b', parameters: { binary_data_output: true } })
    const response = await fetch(`${server.url}/v2/models/scaling/infer`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': `${headerLength}` },
    })
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    const answer = Buffer.from(await response.arrayBuffer())
    const length = Number(response.headers.get('inference-header-content-length'))
    expect(JSON.parse(answer.toString('utf8', 0, length))).toMatchObject({
      id: 'b',
      outputs: [{ name: 'y', shape: [1, 2], parameters: { binary_data_size: 8 } }],
    })
    expect([answer.readFloatLE(length), answer.readFloatLE(length + 4), answer.length - length]).toEqual([3, -4, 8])
  })

  test('a valid request id is kept, an invalid one replaced', async () => {
    const url = `${server.url}/v2/models/scaling/infer`
    expect((await post(url, scaled, { 'x-request-id': 'trace-1' })).headers.get('x-request-id')).toBe('trace-1')
    expect((await post(url, scaled, { 'x-request-id': 'a b"' })).headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
  })

  test('inputs on which ONNX Runtime fails get 400', async () => {
    const signals = { name: 'x', datatype: 'FP32', shape: [1, 1, 1, 0], data: [] }
    const { status, json } = await post(`${server.url}/v2/models/signals/infer`, { inputs: [signals] })
    expect([status, json.error ?? '']).toEqual([400, expect.stringMatching(/^The model cannot run on these inputs/)])
  })

  test('500 requests of mixed sizes in random order, 20 at a time, as JSON and binary, get the outputs of ONNX Runtime alone', async () => {
    await expectSameAnswers(server.url, { count: 500, callers: 20, tolerance: 1e-6 })
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    // Requests were joined: fewer runs than requests.
    const [runs, joined] = [
      await metric(server, 'batch_requests_count{model="graphs"}'),
      await metric(server, 'batch_requests_sum{model="graphs"}'),
    ]
    expect(runs).toBeLessThan(joined)
    expect(await metric(server, 'elements_total{model="signals"}')).toBeGreaterThan(0)
    expect(metrics).toMatch(/^equivar_infer_requests_total\{model="images",code="200"\} 16\d$/m)
    expect(metrics).toMatch(/^equivar_infer_workers_ready 1$/m)
    expect(metrics).toMatch(/^equivar_infer_padding_elements_total\{model="signals"\} \d+$/m)
    expect(metrics).toMatch(/^equivar_infer_queue_length\{model="signals"\} 0$/m)
  })

  test('the server does not wait for a caller that disconnects', async () => {
    const gone = new AbortController()
    const request = fetch(`${server.url}/v2/models/scaling/infer`, { method: 'POST', body: JSON.stringify(scaled), signal: gone.signal })
    gone.abort()
    await expect(request).rejects.toThrow()
    await until(async () => (await post(`${server.url}/v2/models/scaling/infer`, scaled)).status === 200, 'the next is answered')
  })
})

describe('the OpenAPI document', () => {
  test('is valid', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(openApiDocument())))
    expect([valid, errors]).toEqual([true, undefined])
    expect((await get('/openapi.json')).json).toEqual(JSON.parse(JSON.stringify(openApiDocument())))
  })

  test('describes exactly the existing routes', async () => {
    const options = { maxBody: 1000, bodyTimeout: 1000, token: undefined, allowOrigin: [] }
    const app = buildApp({ options, pem: undefined, draining: () => false } as unknown as Services, undefined as never)
    await app.ready()
    const described = Object.entries(openApiDocument().paths).flatMap(([path, methods]) =>
      Object.keys(methods).flatMap((method) =>
        method === 'parameters' ? [] : [{ url: path.replaceAll(/\{(\w+)\}/g, ':$1'), method: method.toUpperCase() }],
      ),
    )
    expect(described.filter(({ url, method }) => !app.hasRoute({ url, method: method as 'GET' }))).toEqual([])
    const routes = app.printRoutes({ commonPrefix: false }).match(/\((GET|POST)/g) ?? []
    expect(described).toHaveLength(routes.length)
    await app.close()
  })
})

test('standard error holds structured lines only', () => {
  const lines = server.errors().trim().split('\n')
  expect(lines.map((line) => typeof (JSON.parse(line) as { msg: string }).msg).every((kind) => kind === 'string')).toBe(true)
})
