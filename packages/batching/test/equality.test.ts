import { type TensorValue, toNumbers } from '@equivar/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acceptRequest, type BatchRequest, joinRequests, partitionRuns } from '../src/index.ts'
import { deepSets, images, invariantGraphs, isomorphismNetwork, nodeNetwork, signals, type TestModel } from './models.ts'
import { denseRequest, imageRequest, nodeRequest, setRequest, sparseRequest } from './requests.ts'

type Values = Record<string, TensorValue>

const cases: { name: string; kind: string; make: () => Promise<TestModel>; request: (seed: number) => Values }[] = [
  { name: 'deep sets', kind: 'padded', make: deepSets, request: setRequest },
  { name: 'DSS on signals', kind: 'padded', make: signals, request: (seed) => setRequest(seed, [1, 8 + (seed % 2)]) },
  { name: 'invariant graph network', kind: 'padded', make: invariantGraphs, request: denseRequest },
  { name: 'graph isomorphism network', kind: 'union', make: isomorphismNetwork, request: sparseRequest },
  { name: 'graph convolutions with an output per node', kind: 'union', make: nodeNetwork, request: nodeRequest },
  { name: 'convolutions on images', kind: 'concatenated', make: images, request: imageRequest },
]

/** Equal shapes, and values within 1e-6 of the largest. */
function expectClose(found: Values, expected: Values): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected))
  for (const [name, { shape, dtype, data }] of Object.entries(expected)) {
    expect(found[name]).toMatchObject({ dtype, shape })
    const scale = Math.max(1, ...toNumbers(data).map(Math.abs))
    data.forEach((value, i) => {
      expect(Math.abs(Number(found[name]?.data[i]) - Number(value)) / scale).toBeLessThan(1e-6)
    })
  }
}

const nothingIn = (request: BatchRequest): boolean => Object.values(request.feeds).some(({ data }) => data.length === 0)

describe.each(cases)('$name', ({ make, kind, request }) => {
  let model: TestModel
  beforeAll(async () => {
    model = await make()
  })
  afterAll(() => model.dispose())

  test(`is ${kind}`, () => expect(model.recipe).toMatchObject({ kind, reason: undefined }))

  test('80 requests of mixed sizes get the same outputs in joined runs as in runs of their own', async () => {
    const requests = Array.from({ length: 80 }, (_, seed) => acceptRequest(model.recipe, request(seed)))
    const runs = partitionRuns(model.recipe, requests, { maxRows: 24, maxWaste: 0.8 })
    expect(runs.length).toBeLessThan(40)
    expect(requests.filter(nothingIn).length).toBeGreaterThan(3)
    for (const run of runs) {
      const members = run.map((i) => requests[i] as BatchRequest)
      const joined = joinRequests(model.recipe, members)
      const parts = joined.split(await model.run(joined.feeds))
      for (const [i, member] of members.entries()) {
        const single = joinRequests(model.recipe, [member])
        expectClose(parts[i] as Values, single.split(await model.run(single.feeds))[0] as Values)
        // If nothing is empty, the file also gives these outputs for the tensors of the request itself.
        if (!nothingIn(member)) expectClose(parts[i] as Values, await model.run(member.feeds))
      }
    }
  })
})

test('masked values never change the outputs', async () => {
  const model = await deepSets()
  const clean = acceptRequest(model.recipe, { x: numbers([1, 2, 3], (i) => (i < 3 ? i + 1 : 0)), mask: mask([1, 2], [1, 0]) })
  const garbage = acceptRequest(model.recipe, { x: numbers([1, 2, 3], (i) => (i < 3 ? i + 1 : 1e30)), mask: mask([1, 2], [1, 0]) })
  const other = acceptRequest(model.recipe, { x: numbers([2, 5, 3], (i) => Math.sin(i)) })
  const [a, b] = await Promise.all(
    [clean, garbage].map(async (first) => {
      const joined = joinRequests(model.recipe, [first, other])
      return joined.split(await model.run(joined.feeds))
    }),
  )
  expectClose((b as Values[])[0] as Values, (a as Values[])[0] as Values)
  expectClose((b as Values[])[1] as Values, (a as Values[])[1] as Values)
  await model.dispose()
})

const numbers = (shape: readonly number[], value: (i: number) => number): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => value(i)),
})
const mask = (shape: readonly number[], data: readonly number[]): TensorValue => ({ dtype: 'bool', shape, data: Uint8Array.from(data) })
