import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TensorValue } from '@equivar/tensor'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphsModel, imagesModel, requests, signalsModel, writeModel } from './models.ts'
import { binaryBody, jsonInputs, post, type Running, running } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-mutations-'))
const files = { signals: signalsModel(), graphs: graphsModel(), images: imagesModel() }
let server: Running

beforeAll(async () => {
  for (const [name, bytes] of Object.entries(files)) writeModel(join(folder, `${name}.onnx`), bytes)
  server = await running(folder)
}, 60_000)
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

type Json = ReturnType<typeof jsonInputs>
interface Mutant {
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

const text = (inputs: unknown): Mutant => ({ body: JSON.stringify({ inputs }) })
const replaced = (inputs: Json, change: (input: Json[number]) => object): Mutant =>
  text(inputs.map((input, i) => (i === 0 ? { ...input, ...change(input) } : input)))
const binary = (
  values: Record<string, TensorValue>,
  cut: (body: Buffer) => Uint8Array,
  length = (right: number): unknown => right,
): Mutant => {
  const { body, headerLength } = binaryBody(values)
  return { body: cut(body), headers: { 'inference-header-content-length': `${length(headerLength)}` } }
}

/** Changes that make every request invalid. The number chooses the place. */
const spoilers: Readonly<Record<string, (values: Record<string, TensorValue>, at: number) => Mutant>> = {
  'cut JSON': (values, at) => {
    const body = JSON.stringify({ inputs: jsonInputs(values) })
    return { body: body.slice(0, at % body.length) }
  },
  'NaN in JSON': (values) => ({ body: JSON.stringify({ inputs: jsonInputs(values) }).replace(/"data":\[[^,\]]*/, '"data":[NaN') }),
  'NaN in bytes': (values, at) => {
    const data = Float32Array.from(values.x?.data as Float32Array)
    data[at % data.length] = at % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY
    return binary({ ...values, x: { ...(values.x as TensorValue), data } }, (body) => body)
  },
  'a wrong datatype': (values, at) =>
    replaced(jsonInputs(values), () => ({ datatype: ['FP64', 'FP16', 'INT8', 'UINT64', 'BYTES', '', null, 7, {}][at % 9] })),
  'a wrong rank': (values) => replaced(jsonInputs(values), ({ shape }) => ({ shape: [...shape, 1] })),
  'a huge size': (values, at) =>
    replaced(jsonInputs(values), ({ shape }) => ({ shape: shape.map((size, i) => (i === at % shape.length ? 1e15 : size)) })),
  'a huge size without data': (values) =>
    replaced(jsonInputs(values), ({ shape }) => ({ shape: [0, ...shape.slice(1).map(() => 1e12)], data: [] })),
  'an invalid size': (values, at) =>
    replaced(jsonInputs(values), ({ shape }) => ({ shape: [[-1, 0.5, '2', null, [1]][at % 5], ...shape.slice(1)] })),
  'a wrong size': (values, at) =>
    replaced(jsonInputs(values), ({ shape }) => ({ shape: shape.map((size, i) => (i === at % shape.length ? size + 1 : size)) })),
  'one element too few': (values) => replaced(jsonInputs(values), ({ data }) => ({ data: data.slice(1) })),
  'data that is not numbers': (values, at) => replaced(jsonInputs(values), () => ({ data: [null, 'a', {}, [[]], [['a']], 3][at % 6] })),
  'one element that is not a number': (values, at) =>
    replaced(jsonInputs(values), ({ data }) => ({
      data: data.map((value, i) => (i === at % data.length ? [null, '1', {}, [], 1e300][at % 5] : value)),
    })),
  'an unknown input': (values, at) =>
    replaced(jsonInputs(values), () => ({ name: ['y', '__proto__', 'constructor', '', null, 5][at % 6] })),
  'an input twice': (values) => text([...jsonInputs(values), ...jsonInputs(values)]),
  'no inputs': (_, at) => ({
    body: JSON.stringify([{}, { inputs: {} }, { inputs: null }, [], null, 1, 'inputs', { inputs: [[]] }, { inputs: [] }][at % 9]),
  }),
  'an unknown output': (values) => ({ body: JSON.stringify({ inputs: jsonInputs(values), outputs: [{ name: 'nothing' }] }) }),
  'deep nesting': (values, at) =>
    replaced(jsonInputs(values), () => ({ data: JSON.parse('['.repeat(1 + (at % 500)) + ']'.repeat(1 + (at % 500))) })),
  'cut bytes': (values, at) => binary(values, (body) => body.subarray(0, body.length - 1 - (at % 3))),
  'more bytes': (values, at) => binary(values, (body) => Buffer.concat([body, Buffer.alloc(1 + (at % 100))])),
  'an invalid header length': (values, at) =>
    binary(
      values,
      (body) => body,
      () => ['-1', 'x', '1e3', 99_999_999, ' '][at % 5],
    ),
  'a wrong header length': (values, at) =>
    binary(
      values,
      (body) => body,
      (right) => right - 1 - (at % 20),
    ),
  'an empty body': () => ({ body: '' }),
  'an edge to a missing node': (values, at) => {
    const graph = values.edge_index === undefined ? requests.graphs(at) : values
    const edges = { dtype: 'int64', shape: [2, 1], data: BigInt64Array.of(BigInt(at), 0n) } as const
    return text(jsonInputs({ ...graph, edge_index: { ...edges, data: BigInt64Array.of(0n, at % 2 === 0 ? -1n : 1_000_000n) } }))
  },
}

const kinds = ['signals', 'graphs', 'images'] as const

test.each(Object.keys(spoilers))('%s: rejected with a clear message', async (name) => {
  const spoil = spoilers[name] as (typeof spoilers)[string]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...kinds), fc.nat({ max: 1e6 }), async (kind, at) => {
      const { body, headers } = spoil(requests[kind](at), at)
      const { status, json } = await post(`${server.url}/v2/models/${kind}/infer`, body, headers)
      expect(status, `${kind} ${at} ${body.slice(0, 200)}`).toBe(400)
      expect(json).toEqual({ error: expect.stringMatching(/expected|cannot run/) })
    }),
    { seed: 8, numRuns: 66 },
  )
})

test('random changes of bytes are answered or rejected and never crash the server', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...kinds),
      fc.nat({ max: 1e6 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
      async (kind, at, flips) => {
        const { body, headerLength } = binaryBody(requests[kind](at))
        for (const [where, value] of flips) body[where % body.length] = value
        const headers = at % 2 === 0 ? { 'inference-header-content-length': `${headerLength}` } : undefined
        const { status, json } = await post(`${server.url}/v2/models/${kind}/infer`, body, headers)
        expect([200, 400]).toContain(status)
        expect(typeof (json.error ?? json.outputs)).toMatch(/string|object/)
      },
    ),
    { seed: 9, numRuns: 500 },
  )
})

test('afterwards the server is unchanged: the same worker, nothing pending, correct answers', async () => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toMatch(/^equivar_infer_workers_lost_total 0$/m)
  expect(metrics).toMatch(/^equivar_infer_pending_bytes 0$/m)
  expect(metrics).not.toMatch(/code="5\d\d"/)
  for (const kind of kinds) {
    const { status } = await post(`${server.url}/v2/models/${kind}/infer`, { inputs: jsonInputs(requests[kind](1)) })
    expect(status).toBe(200)
  }
})
