import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportOnnx } from '@equivar/export-onnx'
import { input, mul, program } from '@equivar/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scalingModel, signalsModel, writeModel } from './models.ts'
import { post, type Running, servers } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-extensions-'))
const started = servers()
let server: Running

/** logits = x, with names of the classes as `equivar train` writes them. */
function classifier(): Uint8Array {
  const x = input('x', 'float32', ['batch', 3])
  const metadata = { task: 'pets', config: JSON.stringify({ classes: ['cat', 'dog', 'cow'], categoryNames: { 1: ['small', 'large'] } }) }
  return exportOnnx(program({ inputs: { x }, outputs: { logits: mul(x, 1) }, metadata }))
}

beforeAll(async () => {
  writeModel(join(folder, 'pets.onnx'), classifier())
  writeModel(join(folder, 'signals.onnx'), signalsModel())
  for (const version of [1, 2]) writeModel(join(folder, 'scaling', `${version}`, 'model.onnx'), scalingModel(version))
  server = await started(folder, ['--repository-control', '--max-batch', '8'])
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const get = async (path: string) => {
  const response = await fetch(server.url + path)
  return { status: response.status, json: (await response.json()) as Record<string, unknown> }
}
const scaled = (rows: number, factor = 1) => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 2], data: Array(2 * rows).fill(factor) }],
})

test('the server names its extensions', async () => {
  const extensions = ['binary_tensor_data', 'classification', 'model_configuration', 'model_repository', 'statistics']
  expect((await get('/v2')).json.extensions).toEqual(extensions)
})

test('class names are in the metadata, and in answers on request', async () => {
  const { json } = await get('/v2/models/pets')
  expect(json.outputs).toEqual([
    { name: 'logits', datatype: 'FP32', shape: [-1, 3], parameters: { dims: 'batch,3', classes: '["cat","dog","cow"]' } },
  ])
  const answer = await post(`${server.url}/v2/models/pets/infer`, {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 3], data: [1, 2.5, 0, 7, 8, 9] }],
    outputs: [{ name: 'logits', parameters: { classification: 2 } }],
  })
  expect(answer.json.outputs).toEqual([
    { name: 'logits', datatype: 'BYTES', shape: [2, 2], data: ['2.5:1:dog', '1:0:cat', '9:2:cow', '8:1:dog'] },
  ])
})

test('names of categories are in the metadata, and stand for their codes in JSON', async () => {
  const { json } = await get('/v2/models/pets')
  expect(json.inputs).toMatchObject([{ name: 'x', parameters: { categories: '{"1":["small","large"]}' } }])
  const ask = (data: unknown) =>
    post(`${server.url}/v2/models/pets/infer`, { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 3], data }] })
  const rows = [
    [2, 'large', 0],
    [3, 'small', 1],
  ]
  for (const data of [rows, rows.flat()]) expect((await ask(data)).json.outputs).toMatchObject([{ data: [2, 1, 0, 3, 0, 1] }])
  const wrong = await ask([2, 'huge', 0, 1, 1, 1])
  expect([wrong.status, wrong.json.error]).toEqual([
    400,
    'input "x": expected a number or one of "small", "large" in channel 1, received "huge".',
  ])
})

describe('the configuration', () => {
  test('of a model whose requests are joined leaves out the batch axis and marks what may be omitted', async () => {
    expect(await get('/v2/models/signals/config')).toMatchObject({
      status: 200,
      json: {
        name: 'signals',
        platform: 'onnxruntime_onnx',
        backend: 'onnxruntime',
        max_batch_size: 8,
        input: [
          { name: 'x', data_type: 'TYPE_FP32', dims: [-1, 1, -1], optional: false },
          { name: 'mask', data_type: 'TYPE_BOOL', dims: [-1], optional: true },
        ],
        output: [{ name: 'logits', data_type: 'TYPE_FP32', dims: [3], label_filename: '' }],
        dynamic_batching: { max_queue_delay_microseconds: 0 },
      },
    })
    expect((await get('/v2/models/pets/config')).json.output).toMatchObject([{ label_filename: 'labels.txt' }])
    expect((await get('/v2/models/scaling/versions/3/config')).status).toBe(404)
  })
})

test('statistics count requests, examples and runs of each version', async () => {
  const url = `${server.url}/v2/models/scaling/versions/1`
  await post(`${url}/infer`, scaled(3))
  await post(`${url}/infer`, scaled(3))
  await post(`${url}/infer`, { inputs: [] })
  // The last one is counted when its connection has taken the answer.
  await expect
    .poll(async () => (await get('/v2/models/scaling/versions/1/stats')).json)
    .toMatchObject({
      model_stats: [
        {
          name: 'scaling',
          version: '1',
          last_inference: expect.any(Number),
          inference_count: 6,
          execution_count: 2,
          inference_stats: {
            success: { count: 2, ns: expect.any(Number) },
            fail: { count: 1 },
            queue: { count: 2 },
            compute_input: { count: 2 },
            compute_infer: { count: 2 },
            compute_output: { count: 2 },
            cache_hit: { count: 0, ns: 0 },
          },
          batch_stats: [{ batch_size: 3, compute_infer: { count: 2 } }],
        },
      ],
    })
  const versions = (await get('/v2/models/scaling/stats')).json.model_stats as { version: string }[]
  expect(versions.map(({ version }) => version)).toEqual(['1', '2'])
  expect((await get('/v2/models/stats')).json.model_stats).toHaveLength(4)
  expect((await get('/v2/models/nothing/stats')).status).toBe(404)
})

describe('loading and unloading', () => {
  const repository = (name: string, action: string, body: string | object = '', headers = {}) =>
    post(`${server.url}/v2/repository/models/${name}/${action}`, body, headers)
  const infer = async (): Promise<number> => (await post(`${server.url}/v2/models/scaling/infer`, scaled(1))).status

  test('an unloaded model does not answer until it is loaded', async () => {
    expect(await repository('scaling', 'unload', { parameters: { unload_dependents: false } })).toMatchObject({ status: 200, json: {} })
    expect(await infer()).toBe(404)
    const { json } = await post(`${server.url}/v2/repository/index`, {})
    expect(json).toContainEqual({ name: 'scaling', version: '2', state: 'UNAVAILABLE', reason: 'unloaded' })
    expect((await repository('scaling', 'load')).status).toBe(200)
    expect(await infer()).toBe(200)
  })

  test('models are loaded from the folder only, and only pages of allowed origins may ask for it', async () => {
    expect((await repository('scaling', 'load', { parameters: { 'file:1/model.onnx': 'AA' } })).json.error).toContain(
      "this server's folder",
    )
    expect((await repository('..%2fscaling', 'load')).status).toBe(404)
    expect((await repository('scaling', 'unload', '', { origin: 'https://other.example' })).status).toBe(403)
    expect((await repository('scaling', 'load', '', { origin: server.url })).status).toBe(200)
    expect(await infer()).toBe(200)
  })

  test('without --repository-control they are refused', async () => {
    const plain = await started(folder)
    for (const action of ['load', 'unload']) {
      const { status, json } = await post(`${plain.url}/v2/repository/models/scaling/${action}`, '')
      expect([status, json.error]).toEqual([
        403,
        expect.stringContaining('model_repository(load, unload). Start it with --repository-control.'),
      ])
    }
    expect((await post(`${plain.url}/v2/models/scaling/infer`, scaled(1))).status).toBe(200)
  })
})

test('what is missing is refused with the name of its extension', async () => {
  expect(await get('/v2/systemsharedmemory/status')).toEqual({
    status: 404,
    json: { error: expect.stringMatching(/received one of system_shared_memory\.$/) },
  })
})
