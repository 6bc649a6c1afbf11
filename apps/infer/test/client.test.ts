import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOnnx } from '@equivar/backend-onnx'
import { type InferenceClient, type InferenceResult, inferenceClient } from '@equivar/client'
import { Random, type TensorValue } from '@equivar/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphsModel, imagesModel, requests, scalingModel, signalsModel, slowModel, writeModel } from './models.ts'
import { metric, type Running, running, until, whileHeld } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-client-'))
const files = { signals: signalsModel(), graphs: graphsModel(), images: imagesModel() }
const names = Object.keys(files) as (keyof typeof files)[]
const token = 'a-token-of-this-test'
let server: Running
let client: InferenceClient

beforeAll(async () => {
  for (const [name, bytes] of Object.entries(files)) writeModel(join(folder, 'models', `${name}.onnx`), bytes)
  for (const version of [1, 2]) writeModel(join(folder, 'models/scaling', `${version}`, 'model.onnx'), scalingModel(version))
  writeModel(join(folder, 'slow', 'slow.onnx'), slowModel())
  server = await running(join(folder, 'models'), ['--token', token])
  client = inferenceClient({ url: server.url, token })
}, 60_000)
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The largest difference between an answer and a run without a server. Types and shapes must agree. */
async function differenceOf(model: Awaited<ReturnType<typeof loadOnnx>>, feeds: Record<string, TensorValue>, { outputs }: InferenceResult) {
  const expected = await model.run(feeds)
  expect(Object.keys(outputs)).toEqual(Object.keys(expected))
  let worst = 0
  for (const [name, tensor] of Object.entries(expected)) {
    expect(outputs[name]).toMatchObject({ datatype: 'FP32', shape: [...tensor.shape] })
    const numbers = (await tensor.data()) as Float32Array
    for (let i = 0; i < numbers.length; i++) worst = Math.max(worst, Math.abs(numbers[i]! - Number(outputs[name]!.data[i])))
  }
  return worst
}

/** Adds a full mask where a request omits it: ONNX Runtime alone needs it. */
function complete(feeds: Record<string, TensorValue>, inputNames: readonly string[]): Record<string, TensorValue> {
  if (!inputNames.includes('mask') || feeds.mask !== undefined) return feeds
  const shape = feeds.x!.shape.slice(0, 2)
  return { ...feeds, mask: { dtype: 'bool', shape, data: new Uint8Array(shape[0]! * shape[1]!).fill(1) } }
}

test.each(['json', 'binary'] as const)(
  '%s: 150 simultaneous requests of all models and sizes get the outputs of ONNX Runtime alone',
  async (encoding) => {
    const models = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await loadOnnx(files[name])] as const)))
    const random = new Random({ seed: 3, stream: encoding })
    const differences = await Promise.all(
      Array.from({ length: 150 }, async (_, seed) => {
        const name = names[random.integer(names.length)]!
        const feeds = requests[name](seed)
        const result = await client.infer(name, feeds, { encoding, id: `r${seed}` })
        expect(result).toMatchObject({ model: name, version: '1', id: `r${seed}` })
        return differenceOf(models[name]!, complete(feeds, models[name]!.inputNames), result)
      }),
    )
    expect(Math.max(...differences)).toBeLessThan(1e-6)
  },
)

test('health and metadata', async () => {
  expect([
    await client.live(),
    await client.ready(),
    await client.modelReady('signals'),
    await client.modelReady('scaling', { version: 2 }),
  ]).toEqual([true, true, true, true])
  expect(await client.serverMetadata()).toMatchObject({ name: 'equivar-infer', extensions: expect.arrayContaining(['binary_tensor_data']) })
  expect(await client.modelMetadata('scaling')).toMatchObject({ name: 'scaling', versions: ['1', '2'], platform: 'onnxruntime_onnx' })
  const { inputs, outputs } = await client.modelMetadata('signals')
  expect(inputs.map(({ name, datatype, shape }) => [name, datatype, ...shape])).toEqual([
    ['x', 'FP32', -1, -1, 1, -1],
    ['mask', 'BOOL', -1, -1],
  ])
  expect(outputs).toMatchObject([{ name: 'logits', datatype: 'FP32', shape: [-1, 3] }])
})

test('a request can choose a version and an output', async () => {
  const x = { shape: [1, 2], data: new Float32Array([1, -2]) }
  const answers = [1, 2].map((version) => client.infer('scaling', { x }, { version, outputs: ['y'], encoding: 'binary' }))
  expect((await Promise.all(answers)).map(({ outputs }) => [...outputs.y.data])).toEqual([
    [1, -2],
    [2, -4],
  ])
})

describe('refusals', () => {
  const x = { shape: [1, 1, 12, 12], data: new Float32Array(144) }

  test.each(['json', 'binary'] as const)('%s: invalid inputs get 400 with what the model expects', async (encoding) => {
    const wrong = client.infer('images', { x: { shape: [1, 1, 12, 12], data: new Int32Array(144) } }, { encoding })
    await expect(wrong).rejects.toMatchObject({
      kind: 'status',
      status: 400,
      serverMessage: 'input "x": expected datatype "FP32", received "INT32".',
      requestId: expect.any(String),
      attempts: 1,
    })
  })

  test('an unknown model and a wrong token', async () => {
    await expect(client.infer('nothing', { x })).rejects.toMatchObject({ status: 404 })
    await expect(client.infer('../signals', { x })).rejects.toMatchObject({ status: 404 })
    const stranger = inferenceClient({ url: server.url, token: 'another' })
    await expect(stranger.infer('images', { x })).rejects.toThrow("Pass the server's token")
    expect(await stranger.live()).toBe(true)
  })
})

test('with a full queue, the client waits as the server asks, and every request is answered', async () => {
  const busy = await running(join(folder, 'slow'), ['--queue', '1', '--max-batch', '1'])
  try {
    const statuses: number[] = []
    const counted: typeof fetch = async (url, init) => {
      const answer = await fetch(url, init)
      statuses.push(answer.status)
      return answer
    }
    const patient = inferenceClient({ url: busy.url, retries: 60, fetch: counted })
    const x = { shape: [4, 512], data: new Float32Array(4 * 512).fill(1) }
    const calls = await whileHeld(busy, async () => {
      const sent = Promise.all(Array.from({ length: 12 }, () => patient.infer('slow', { x }, { encoding: 'binary' })))
      await until(() => statuses.includes(429), 'one is refused')
      return { sent }
    })
    const answers = await calls.sent
    expect(answers.every(({ outputs }) => Object.values(outputs).every(({ shape }) => shape[0] === 4))).toBe(true)
    expect(statuses.filter((status) => status === 200)).toHaveLength(12)
    expect(new Set(statuses)).toEqual(new Set([200, 429]))
  } finally {
    await busy.stop()
  }
})

test('an aborted call leaves the queue of the server', async () => {
  const busy = await running(join(folder, 'slow'), ['--max-batch', '1'])
  try {
    const { infer } = inferenceClient({ url: busy.url })
    // One for each call, because Node warns about more than ten listeners on one signal.
    const controllers = Array.from({ length: 16 }, () => new AbortController())
    const x = { shape: [64, 512], data: new Float32Array(64 * 512).fill(1) }
    await whileHeld(busy, async () => {
      const outcomes = Promise.allSettled(controllers.map(({ signal }) => infer('slow', { x }, { signal, encoding: 'binary' })))
      await until(async () => (await metric(busy, 'queue_length')) > 5, 'requests wait')
      for (const controller of controllers) controller.abort(new Error('enough'))
      for (const outcome of await outcomes) expect(outcome).toEqual({ status: 'rejected', reason: new Error('enough') })
      await until(async () => (await metric(busy, 'queue_length')) === 0, 'the queue is empty')
    })
  } finally {
    await busy.stop()
  }
})
