import { type TensorValue, tensorValue } from '@equivar/tensor'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { acceptRequest, batchRecipe, chooseRun, joinCost, joinRequests } from '../src/index.ts'
import { described, integers, numbered, value } from './descriptions.ts'

const x = value('x', 'float32', 'nodes', 1)
const edges = value('edge_index', 'int64', 2, 'edges')
const batch = value('batch', 'int64', 'nodes')
const count = value('num_graphs', 'int64')

const graphs = batchRecipe(
  described([x, edges, batch, count, value('u', 'float32', 'graphs', 2)], [value('z', 'float32', 'graphs')], { num_graphs: 'graphs' }),
)
const sets = batchRecipe(
  described([value('x', 'float32', 'batch', 'n', 2), value('mask', 'bool', 'batch', 'n')], [value('y', 'float32', 'batch')]),
)

describe('runs', () => {
  const ofSize = (n: number, rows = 1) => acceptRequest(sets, { x: numbered(rows, n, 2) })
  test('positions are ascending, whatever the distances', () => {
    expect(
      chooseRun(
        sets,
        [30, 3, 27, 2, 31].map((n) => ofSize(n)),
        { freePadding: 0, maxWaste: 0.1 },
      ),
    ).toEqual([0, 2, 4])
    expect(
      chooseRun(
        sets,
        [10, 12, 9, 11].map((n) => ofSize(n)),
        { maxRows: 3 },
      ),
    ).toEqual([0, 2, 3])
  })
  test('limits are reached exactly', () => {
    const three = [ofSize(4), ofSize(4, 2), ofSize(4)]
    expect(chooseRun(sets, three, { maxRows: 3 })).toEqual([0, 1])
    expect(chooseRun(sets, three, { maxRows: 2 })).toEqual([0, 2])
    expect(chooseRun(sets, three, { maxElements: 36 })).toEqual([0, 1])
    expect(chooseRun(sets, three, { maxElements: 35 })).toEqual([0, 2])
    expect(
      chooseRun(
        sets,
        Array.from({ length: 40 }, () => ofSize(1)),
      ),
    ).toHaveLength(32)
    expect(chooseRun(sets, [ofSize(1, 50), ofSize(1)])).toEqual([0])
  })
  test('by default 4096 numbers of padding are free, and a quarter of a run', () => {
    // A set of n elements has 3 n numbers.
    expect(chooseRun(sets, [ofSize(1366), ofSize(1)])).toEqual([0, 1])
    expect(chooseRun(sets, [ofSize(1367), ofSize(1)])).toEqual([0])
    expect(chooseRun(sets, [ofSize(4000), ofSize(2000)])).toEqual([0, 1])
    expect(chooseRun(sets, [ofSize(4000), ofSize(1999)])).toEqual([0])
  })
  test('without padding, requests keep the order of their arrival, and cost what they hold', () => {
    const ofNodes = (n: number) =>
      acceptRequest(graphs, { x: numbered(n, 1), edge_index: integers('int64', [2, 1], [0, 0]), u: numbered(1, 2) })
    const waiting = [5, 1, 5].map(ofNodes)
    expect(chooseRun(graphs, waiting, { maxRows: 2 })).toEqual([0, 1])
    const own = waiting.reduce((sum, { elements }) => sum + elements, 0)
    expect(joinCost(graphs, waiting)).toEqual({ elements: own, padding: 0 })
    expect(chooseRun(graphs, waiting, { maxElements: own })).toEqual([0, 1, 2])
    expect(chooseRun(graphs, waiting, { maxElements: own - 1 })).toEqual([0, 1])
    expect(joinCost(graphs, [])).toEqual({ elements: 0, padding: 0 })
    expect(joinRequests(graphs, waiting)).toMatchObject({ elements: own - 2, padding: 0 })
  })
})

describe('joining', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('the text says which sizes differ', () => {
    const signals = batchRecipe(described([value('x', 'float32', 'batch', 1, 'length')], [value('y', 'float32', 'batch')]))
    const [a, b] = [8, 9].map((n) => acceptRequest(signals, { x: numbered(1, 1, n) })) as [
      ReturnType<typeof acceptRequest>,
      ReturnType<typeof acceptRequest>,
    ]
    expect(() => joinRequests(signals, [a, b])).toThrow(
      'inputs: expected requests of equal sizes (length=8;), received length=9;. Join those with the same key.',
    )
    expect(() => joinRequests(signals, [])).toThrow('inputs: expected one request or more to join, received none.')
    const alone = batchRecipe(described([value('x', 'float32', 'n')], [value('y', 'float32', 'n')]))
    const one = acceptRequest(alone, { x: numbered(2) })
    expect(() => joinRequests(alone, [one, one])).toThrow(
      'inputs: expected one request per run, because the first axis of the first input is not named batch, received 2.',
    )
  })
  test('one request is not copied; only the outputs of the model are split', () => {
    const one = acceptRequest(sets, { x: numbered(2, 3, 2) })
    const joined = joinRequests(sets, [one])
    expect(joined).toMatchObject({ elements: 18, padding: 0 })
    expect(joined.feeds).toBe(one.feeds)
    const [first, other] = [numbered(2), numbered(2)]
    expect(joined.split({ y: first, other })).toEqual([{ y: first }])
    expect(joined.split({})).toEqual([{}])
    const two = joinRequests(sets, [one, one])
    expect(two.split({})).toEqual([{}, {}])
    expect(two.split({ y: numbered(4), other })).toEqual([
      { y: tensorValue('float32', [2], [1, 2]) },
      { y: tensorValue('float32', [2], [3, 4]) },
    ])
  })
  test('indices of 32 bits are shifted, and filled in where no graph is', () => {
    const int = batchRecipe(
      described(
        [x, value('edge_index', 'int32', 2, 'edges'), value('batch', 'int32', 'nodes'), value('num_graphs', 'int32')],
        [value('z', 'float32', 'graphs')],
        { num_graphs: 'graphs' },
      ),
    )
    const of = (n: number, ...ends: number[]) =>
      acceptRequest(int, { x: numbered(n, 1), edge_index: integers('int32', [2, ends.length / 2], ends) })
    expect(joinRequests(int, [of(3, 0, 2), of(2, 1, 1, 0, 1)]).feeds).toMatchObject({
      edge_index: integers('int32', [2, 3], [0, 4, 4, 2, 3, 4]),
      batch: integers('int32', [5], [0, 0, 0, 1, 1]),
      num_graphs: integers('int32', [], [2]),
    })
    expect(joinRequests(int, [of(2), of(1)]).feeds).toMatchObject({
      edge_index: integers('int32', [2, 1], [3, 3]),
      batch: integers('int32', [4], [0, 0, 1, 2]),
      num_graphs: integers('int32', [], [3]),
    })
  })
  test('outputs are split along an axis that is not the first', () => {
    const pairs = batchRecipe(described([x, edges], [value('pairs', 'float32', 2, 'edges', 3)]))
    const of = (...ends: number[]) => acceptRequest(pairs, { x: numbered(2, 1), edge_index: integers('int64', [2, ends.length / 2], ends) })
    const [first, second] = joinRequests(pairs, [of(0, 1, 1, 0), of(1, 1)]).split({ pairs: numbered(2, 3, 3) })
    expect(first?.pairs).toEqual(tensorValue('float32', [2, 2, 3], [1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15]))
    expect(second?.pairs).toEqual(tensorValue('float32', [2, 1, 3], [7, 8, 9, 16, 17, 18]))
  })
  test('features keep their sign, even of 0', () => {
    const negative = { ...numbered(2, 1), data: Float32Array.of(-0, -0) }
    const one = acceptRequest(graphs, { x: negative, edge_index: integers('int64', [2, 1], [0, 1]), u: numbered(1, 2) })
    expect([...(joinRequests(graphs, [one, one]).feeds.x as TensorValue).data].every((v) => Object.is(v, -0))).toBe(true)
  })
  test.each([
    [[2, 2], 2],
    [[2, 3], 3],
  ])('sets of sizes %j are copied in %i runs of numbers', (sizes, calls) => {
    const requests = sizes.map((n) => ofRows(n))
    const spy = vi.spyOn(Float32Array.prototype, 'set')
    joinRequests(sets, requests)
    expect(spy.mock.calls.length).toBe(calls)
  })
  /** As many rows as elements: 2 sets of 2, padded to 3, are 2 runs; the largest is one. */
  const ofRows = (n: number) => acceptRequest(sets, { x: numbered(n, n, 2) })
})
