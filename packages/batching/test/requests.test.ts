import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'
import { tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { acceptRequest, batchRecipe, chooseRun, joinRequests, RequestError } from '../src/index.ts'

const value = (name: string, dtype: OnnxValue['dtype'], ...shape: (number | string)[]): OnnxValue => ({ name, dtype, shape })
const described = (inputs: readonly OnnxValue[], outputs: readonly OnnxValue[], metadata = {}): OnnxDescription => ({
  inputs,
  outputs,
  metadata,
})

const sets = batchRecipe(
  described([value('x', 'float32', 'batch', 'n', 2), value('mask', 'bool', 'batch', 'n')], [value('y', 'float32', 'batch', 1)]),
)
const sparse = batchRecipe(
  described(
    [
      value('x', 'float32', 'nodes', 1),
      value('edge_index', 'int64', 2, 'edges'),
      value('batch', 'int64', 'nodes'),
      value('num_graphs', 'int64'),
    ],
    [value('logits', 'float32', 'graphs', 2)],
    { 'equivar.binds': '{"num_graphs":"graphs"}' },
  ),
)
const signals = batchRecipe(described([value('x', 'float32', 'batch', 1, 'length')], [value('logits', 'float32', 'batch', 3)]))

const floats = (...shape: number[]) =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => i),
  )
const edges = (...ends: number[]) => tensorValue('int64', [2, ends.length / 2], ends)

describe('omitted inputs are added', () => {
  test('mask: every element exists', () => {
    expect(acceptRequest(sets, { x: floats(1, 3, 2) }).feeds.mask).toEqual(tensorValue('bool', [1, 3], [1, 1, 1]))
  })

  test('batch: all nodes belong to one graph', () => {
    const { feeds, rows } = acceptRequest(sparse, { x: floats(2, 1), edge_index: edges(0, 1) })
    expect(feeds.batch).toEqual(tensorValue('int64', [2], [0, 0]))
    expect(feeds.num_graphs).toEqual(tensorValue('int64', [], [1]))
    expect(rows).toBe(1)
  })

  test('num_graphs: one, if batch is omitted too and there are no nodes', () => {
    const { feeds, rows } = acceptRequest(sparse, { x: floats(0, 1), edge_index: edges() })
    expect(feeds.num_graphs).toEqual(tensorValue('int64', [], [1]))
    expect(rows).toBe(1)
  })

  test('num_graphs: one more than the largest entry of batch', () => {
    const { feeds, rows } = acceptRequest(sparse, { x: floats(3, 1), edge_index: edges(0, 1), batch: tensorValue('int64', [3], [0, 2, 1]) })
    expect(feeds.num_graphs).toEqual(tensorValue('int64', [], [3]))
    expect(rows).toBe(3)
  })
})

test('float64 values are converted to float32', () => {
  const { feeds } = acceptRequest(sets, { x: { dtype: 'float32', shape: [1, 1, 2], data: Float64Array.of(0.5, 2) } })
  expect(feeds.x?.data).toEqual(Float32Array.of(0.5, 2))
})

describe('an invalid request is rejected', () => {
  const x = floats(1, 3, 2)
  const graph = { x: floats(2, 1), edge_index: edges(0, 1) }
  test.each([
    ['an unknown input', sets, { x, y: x }, 'inputs: expected inputs among x, mask, received "y".'],
    ['no inputs', sets, {}, 'inputs: expected "x" float32 [batch, n, 2], received nothing. Add "x".'],
    [
      'a wrong type',
      sets,
      { x: tensorValue('int32', [1, 1, 2], [1, 2]) },
      'input "x": expected float32 [batch, n, 2], received int32 [1, 1, 2].',
    ],
    [
      'too few axes',
      sets,
      { x: floats(3, 2) },
      'input "x": expected float32 [batch, n, 2], received float32 [3, 2]. It must have 3 axes, not 2.',
    ],
    [
      'a wrong fixed size',
      sets,
      { x: floats(1, 3, 4) },
      'input "x": expected float32 [batch, n, 2], received float32 [1, 3, 4]. Axis 2 must be 2.',
    ],
    [
      'contradicting sizes',
      sets,
      { x, mask: tensorValue('bool', [1, 2], [1, 1]) },
      'input "mask": expected bool [batch, n], received bool [1, 2]. Axis 1 is n, which is 3 in another input.',
    ],
    ['too few numbers', sets, { x: { ...x, data: new Float32Array(5) } }, 'input "x": expected 6 numbers for shape [1, 3, 2], received 5.'],
    [
      'a fractional size',
      sets,
      { x: { ...x, shape: [1, 1.5, 2] } },
      'input "x": expected sizes that are whole numbers, received [1, 1.5, 2].',
    ],
    [
      'an edge to a node that does not exist',
      sparse,
      { ...graph, edge_index: edges(0, 2) },
      'input "edge_index": expected indices of at least 0 and below nodes = 2, received 2 at position 1.',
    ],
    [
      'an edge from a negative node',
      sparse,
      { ...graph, edge_index: edges(-1, 1) },
      'input "edge_index": expected indices of at least 0 and below nodes = 2, received -1 at position 0.',
    ],
    [
      'an index beyond 32 bits',
      sparse,
      { ...graph, edge_index: edges(0, 2 ** 32) },
      'input "edge_index": expected indices of at least 0 and below nodes = 2, received 4294967296 at position 1.',
    ],
    [
      'a node of a graph that does not exist',
      sparse,
      { ...graph, batch: tensorValue('int64', [2], [0, 1]), num_graphs: tensorValue('int64', [], [1]) },
      'input "batch": expected indices of at least 0 and below graphs = 1, received 1 at position 1.',
    ],
    [
      'a negative number of graphs',
      sparse,
      { ...graph, num_graphs: tensorValue('int64', [], [-1]) },
      'input "num_graphs": expected a number of graphs, received -1.',
    ],
    [
      'a node, but no graphs',
      sparse,
      { ...graph, num_graphs: tensorValue('int64', [], [0]) },
      'input "batch": expected indices of at least 0 and below graphs = 0, received 0 at position 0.',
    ],
  ])('%s', (_, recipe, values, message) => {
    expect(() => acceptRequest(recipe, values)).toThrow(new RequestError(undefined, '', '').constructor as never)
    expect(() => acceptRequest(recipe, values)).toThrow(message)
  })

  test('too many elements, before any memory is allocated', () => {
    const limit = { maxElements: 1000 }
    const message = 'inputs: expected at most 1000 numbers (a size of 0 counts as 1), received'
    const nothing = new Float32Array(0)
    expect(() => acceptRequest(sets, { x: floats(10, 60, 2) }, limit)).toThrow(
      `${message} 1800. Send fewer or smaller examples in one request.`,
    )
    expect(() => acceptRequest(sets, { x: { dtype: 'float32', shape: [1e12, 0, 2], data: nothing } }, limit)).toThrow(message)
    expect(() => acceptRequest(sets, { x: { dtype: 'float32', shape: [0, 1e12, 2], data: nothing } }, limit)).toThrow(message)
    expect(() =>
      acceptRequest(sparse, { x: floats(1, 1), edge_index: edges(), num_graphs: tensorValue('int64', [], [1e9]) }, limit),
    ).toThrow('inputs: expected at most 1000 graphs, received 1000000000.')
  })
})

describe('joining', () => {
  test('sizes without a mask must agree', () => {
    const [a, b] = [acceptRequest(signals, { x: floats(1, 1, 8) }), acceptRequest(signals, { x: floats(1, 1, 9) })]
    expect(a.key).not.toBe(b.key)
    expect(chooseRun(signals, [a, b, a])).toEqual([0, 2])
    expect(() => joinRequests(signals, [a, b])).toThrow('Join those with the same key.')
    expect(() => joinRequests(signals, [])).toThrow('expected one request or more to join, received none')
  })

  test('the next run holds the oldest request and those closest to it in size', () => {
    const requests = [30, 3, 29, 2, 31].map((n) => acceptRequest(sets, { x: floats(1, n, 2) }))
    const [, ...rest] = requests
    expect(chooseRun(sets, requests, { freePadding: 0, maxWaste: 0.1 })).toEqual([0, 2, 4])
    expect(chooseRun(sets, rest, { freePadding: 0, maxWaste: 0.4 })).toEqual([0, 2])
    expect(chooseRun(sets, requests, { maxRows: 2 })).toEqual([0, 2])
    expect(chooseRun(sets, requests, { maxElements: 200 })).toEqual([0, 2])
    expect(chooseRun(sets, [])).toEqual([])
  })

  test('padding of exactly the allowed share is allowed', () => {
    const requests = [4, 2].map((n) => acceptRequest(sets, { x: floats(1, n, 2) }))
    expect(joinRequests(sets, requests)).toMatchObject({ elements: 24, padding: 6 })
    expect(chooseRun(sets, requests, { freePadding: 0, maxWaste: 0.25 })).toEqual([0, 1])
    expect(chooseRun(sets, requests, { freePadding: 0, maxWaste: 0.24 })).toEqual([0])
    expect(chooseRun(sets, requests, { freePadding: 6, maxWaste: 0 })).toEqual([0, 1])
    expect(chooseRun(sets, requests, { freePadding: 5, maxWaste: 0 })).toEqual([0])
  })

  test('a union is the graphs one after the other, with shifted nodes; a placeholder only where there are no nodes or no edges', () => {
    const [two, three] = [
      acceptRequest(sparse, { x: floats(2, 1), edge_index: edges(0, 1) }),
      acceptRequest(sparse, { x: floats(3, 1), edge_index: edges(2, 0) }),
    ]
    const joined = joinRequests(sparse, [two, three])
    expect(joined.padding).toBe(0)
    expect(joined.feeds).toEqual({
      x: tensorValue('float32', [5, 1], [0, 1, 0, 1, 2]),
      edge_index: tensorValue('int64', [2, 2], [0, 4, 1, 2]),
      batch: tensorValue('int64', [5], [0, 0, 1, 1, 1]),
      num_graphs: tensorValue('int64', [], [2]),
    })
    const lonely = acceptRequest(sparse, { x: floats(1, 1), edge_index: edges() })
    expect(joinRequests(sparse, [lonely, lonely]).feeds).toEqual({
      x: tensorValue('float32', [3, 1], [0, 0, 0]),
      edge_index: tensorValue('int64', [2, 1], [2, 2]),
      batch: tensorValue('int64', [3], [0, 1, 2]),
      num_graphs: tensorValue('int64', [], [3]),
    })
  })

  test.each([
    ['batch', 'concatenated'],
    ['batch_size', 'concatenated'],
    ['batches', 'alone'],
    ['mini_batch', 'alone'],
  ])('a first axis named %s: requests are %s', (rows, kind) => {
    expect(batchRecipe(described([value('x', 'float32', rows, 2)], [value('y', 'float32', rows, 1)]))).toMatchObject({ kind })
  })

  test('a model without a batch axis runs its requests one by one', () => {
    const alone = batchRecipe(described([value('x', 'float32', 'n', 2)], [value('y', 'float32', 'n', 1)]))
    expect(alone).toMatchObject({ kind: 'alone', reason: 'the first axis of the first input is not named batch' })
    const request = acceptRequest(alone, { x: floats(3, 2) })
    expect(chooseRun(alone, [request, request])).toEqual([0])
    expect(joinRequests(alone, [request]).feeds).toBe(request.feeds)
    expect(() => joinRequests(alone, [request, request])).toThrow('expected one request per run, because the first axis')
  })

  test.each([
    [
      'an output without rows',
      described([value('x', 'float32', 'batch', 2)], [value('mean', 'float32', 2)]),
      '"mean" [2] does not have batch as its first axis and on no other',
    ],
    [
      'an output without an axis of graphs or nodes',
      described([value('x', 'float32', 'nodes', 2), value('edge_index', 'int64', 2, 'edges')], [value('y', 'float32', 1)]),
      '"y" [1] does not have exactly one axis of nodes, edges',
    ],
    [
      'graphs without their number',
      described([value('x', 'float32', 'nodes', 2), value('batch', 'int64', 'nodes')], [value('y', 'float32', 'nodes', 1)]),
      'no input binds the number of graphs',
    ],
  ])('%s runs alone', (_, description, reason) => {
    expect(batchRecipe(description)).toMatchObject({ kind: 'alone', reason })
  })

  test('a set size that occurs in a formula is not padded', () => {
    const recipe = batchRecipe(
      described([value('x', 'float32', 'batch', 'n', 2), value('mask', 'bool', 'batch', 'n')], [value('y', 'float32', 'batch', '2*n')]),
    )
    expect(recipe).toMatchObject({ kind: 'concatenated', reason: 'the size n occurs in a formula, so it cannot be padded' })
    const [a, b] = [acceptRequest(recipe, { x: floats(1, 3, 2) }), acceptRequest(recipe, { x: floats(1, 4, 2) })]
    expect(a.key).not.toBe(b.key)
  })

  test('an output with a wrong joined size is rejected', () => {
    const request = acceptRequest(sets, { x: floats(1, 3, 2) })
    const { split } = joinRequests(sets, [request, request])
    expect(() => split({ y: floats(3, 1) })).toThrow('split: expected output "y" with 2 along axis 0 (batch), received [3, 1].')
  })
})
