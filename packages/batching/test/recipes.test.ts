import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'
import { type TensorValue, tensorValue } from '@equivar/tensor'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { acceptRequest, batchRecipe, chooseRun, joinCost, joinRequests } from '../src/index.ts'

const value = (name: string, dtype: OnnxValue['dtype'], ...shape: (number | string)[]): OnnxValue => ({ name, dtype, shape })
const described = (inputs: readonly OnnxValue[], outputs: readonly OnnxValue[], binds?: unknown): OnnxDescription => ({
  inputs,
  outputs,
  metadata: binds === undefined ? {} : { 'equivar.binds': JSON.stringify(binds) },
})
const numbered = (...shape: number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => i + 1),
  )
const integers = (dtype: 'int32' | 'int64', shape: readonly number[], numbers: readonly number[]): TensorValue =>
  tensorValue(dtype, shape, numbers)

const x = value('x', 'float32', 'nodes', 1)
const edges = value('edge_index', 'int64', 2, 'edges')
const batch = value('batch', 'int64', 'nodes')
const count = value('num_graphs', 'int64')
const y = value('y', 'float32', 'nodes', 1)
const none = { rows: undefined, reason: undefined, joined: new Set(), padded: new Set(), indices: {}, binds: {} }

describe('recipes', () => {
  const union = { ...none, kind: 'union' }
  const alone = { ...none, kind: 'alone' }
  const bound = { num_graphs: 'graphs' }
  const long = 'the first axis of the first input is not named batch'
  test.each<[string, OnnxDescription, object]>([
    ['nodes and edges', described([x, edges], [y]), { ...union, indices: { edge_index: 'nodes' }, joined: new Set(['nodes', 'edges']) }],
    [
      'graphs',
      described([x, edges, batch, count], [y], { ...bound, elsewhere: 'size' }),
      {
        ...union,
        rows: 'graphs',
        indices: { edge_index: 'nodes', batch: 'graphs' },
        joined: new Set(['nodes', 'edges', 'graphs']),
        binds: bound,
      },
    ],
    [
      'points of several clouds, without edges',
      described([x, batch, count], [y], bound),
      { ...union, rows: 'graphs', indices: { batch: 'graphs' }, joined: new Set(['nodes', 'graphs']), binds: bound },
    ],
    [
      'a fixed number of edges',
      described([x, value('edge_index', 'int64', 2, 5)], [y]),
      { ...alone, indices: { edge_index: 'nodes' }, reason: '"edge_index" [2, 5] does not have exactly one axis of nodes' },
    ],
    [
      'pairs of nodes',
      described([x, edges], [value('y', 'float32', 'nodes', 'nodes')]),
      { ...alone, indices: { edge_index: 'nodes' }, reason: '"y" [nodes, nodes] does not have exactly one axis of nodes, edges' },
    ],
    [
      'a formula of nodes',
      described([x, edges], [value('y', 'float32', 'nodes', '2*nodes+1')]),
      { ...alone, indices: { edge_index: 'nodes' }, reason: '"y" [nodes, 2*nodes+1] does not have exactly one axis of nodes, edges' },
    ],
    [
      'graphs that nothing counts',
      described([x, edges, batch], [y]),
      { ...alone, indices: { edge_index: 'nodes', batch: 2 ** 31 - 1 }, reason: 'no input binds the number of graphs' },
    ],
    [
      'a fixed number of nodes',
      described([value('x', 'float32', 7, 1), edges], [y]),
      { ...alone, indices: { edge_index: 7 }, reason: long },
    ],
    [
      'edges that are no integers',
      described([value('x', 'float32', 7, 1), value('edge_index', 'float32', 2, 'edges')], [y]),
      { ...alone, reason: long },
    ],
    ['no inputs', described([], [y]), { ...alone, reason: long }],
    [
      'edges beside sets',
      described([value('x', 'float32', 'batch', 'n'), value('edge_index', 'int32', 'batch', 2)], [value('y', 'float32', 'batch')]),
      { ...none, kind: 'concatenated', rows: 'batch', joined: new Set(['batch']), indices: { edge_index: 2 ** 31 - 1 } },
    ],
    [
      'masked sets',
      described([value('x', 'float32', 'batch', 'n', 2), value('mask', 'bool', 'batch', 'n')], [value('y', 'float32', 'batch', 'n')]),
      { ...none, kind: 'padded', rows: 'batch', joined: new Set(['batch']), padded: new Set(['n']) },
    ],
    [
      'a mask of numbers',
      described([value('x', 'float32', 'batch', 'n', 2), value('mask', 'float32', 'batch', 'n')], [value('y', 'float32', 'batch')]),
      { ...none, kind: 'concatenated', rows: 'batch', joined: new Set(['batch']) },
    ],
    [
      'a mask of a fixed size',
      described([value('x', 'float32', 'batch', 4, 2), value('mask', 'bool', 'batch', 4)], [value('y', 'float32', 'batch')]),
      { ...none, kind: 'concatenated', rows: 'batch', joined: new Set(['batch']) },
    ],
    [
      'a set size whose name is part of another name',
      described([value('x', 'float32', 'batch', 'n'), value('mask', 'bool', 'batch', 'n')], [value('y', 'float32', 'batch', 'nn+1')]),
      { ...none, kind: 'padded', rows: 'batch', joined: new Set(['batch']), padded: new Set(['n']) },
    ],
    [
      'a set size in a formula of an input',
      described([value('x', 'float32', 'batch', '2*n'), value('mask', 'bool', 'batch', 'n')], [value('y', 'float32', 'batch')]),
      {
        ...none,
        kind: 'concatenated',
        rows: 'batch',
        joined: new Set(['batch']),
        reason: 'the size n occurs in a formula, so it cannot be padded',
      },
    ],
    [
      'a batch on another axis too',
      described([value('x', 'float32', 'batch', 2)], [value('y', 'float32', 'batch', 'batch*2')]),
      { ...alone, reason: '"y" [batch, batch*2] does not have batch as its first axis and on no other' },
    ],
    [
      'an input without a batch',
      described([value('x', 'float32', 'batch', 2), value('table', 'float32', 3, 4)], [value('y', 'float32', 'batch')]),
      { ...alone, reason: '"table" [3, 4] does not have batch as its first axis and on no other' },
    ],
    ['a formula', described([value('x', 'float32', 'batch+1', 2)], [value('y', 'float32', 'batch')]), { ...alone, reason: long }],
  ])('%s', (_, description, expected) => {
    const { inputs, outputs, ...recipe } = batchRecipe(description)
    expect(recipe).toEqual(expected)
    expect([inputs, outputs]).toEqual([description.inputs, description.outputs])
  })

  test('the text of refused metadata is cut', () => {
    const text = `{"num_graphs": "${'g'.repeat(100)}`
    expect(() => batchRecipe({ inputs: [x], outputs: [y], metadata: { 'equivar.binds': text } })).toThrow(
      new RangeError(
        `batchRecipe: expected the metadata equivar.binds to name a size for each input, received ${JSON.stringify(text.slice(0, 60))}.`,
      ),
    )
  })
})

const graphs = batchRecipe(
  described([x, edges, batch, count, value('u', 'float32', 'graphs', 2)], [value('z', 'float32', 'graphs')], { num_graphs: 'graphs' }),
)
const sets = batchRecipe(
  described([value('x', 'float32', 'batch', 'n', 2), value('mask', 'bool', 'batch', 'n')], [value('y', 'float32', 'batch')]),
)

describe('requests', () => {
  test('the summary of sets', () => {
    const given = numbered(3, 4, 2)
    const request = acceptRequest(sets, { x: given })
    expect(request).toMatchObject({ rows: 3, key: '', elements: 24 + 12, extent: 4 * 2 + 4 })
    expect(request.sizes).toEqual(
      new Map([
        ['batch', 3],
        ['n', 4],
      ]),
    )
    expect(request.feeds.x).toBe(given)
  })
  test('the summary of graphs, and of a model that runs alone', () => {
    const request = acceptRequest(graphs, { x: numbered(3, 1), edge_index: integers('int64', [2, 1], [0, 2]), u: numbered(1, 2) })
    expect(request).toMatchObject({ rows: 1, key: '', elements: 3 + 2 + 3 + 1 + 2, extent: 1 + 2 + 1 + 1 + 2 })
    const alone = batchRecipe(described([value('x', 'float32', 'n', '2*n', 3)], [y]))
    expect(acceptRequest(alone, { x: numbered(2, 4, 3) })).toMatchObject({ rows: 1, key: 'n=2;2*n=4;', elements: 24, extent: 24 })
  })
  const graph = { x: numbered(2, 1), edge_index: integers('int64', [2, 1], [0, 1]) }
  test.each([
    ['one input of several', { x: graph.x }, 'inputs: expected "edge_index" int64 [2, edges], received x. Add "edge_index".'],
    [
      'several',
      { ...graph, batch: integers('int64', [2], [0, 0]) },
      'inputs: expected "u" float32 [graphs, 2], received x, edge_index, batch, num_graphs. Add "u".',
    ],
    [
      'contradicting numbers of graphs',
      { ...graph, u: numbered(3, 2), num_graphs: integers('int64', [], [2]) },
      'input "num_graphs": expected 3, as in another input, received 2.',
    ],
    [
      'a number of graphs that no number holds',
      { ...graph, u: numbered(1, 2), num_graphs: { dtype: 'int64', shape: [], data: BigInt64Array.of(2n ** 60n) } as TensorValue },
      'input "num_graphs": expected a number of graphs, received 1152921504606846976.',
    ],
    [
      'a negative size',
      { ...graph, x: { ...graph.x, shape: [-2, 1] } },
      'input "x": expected sizes that are whole numbers, received [-2, 1].',
    ],
  ])('%s', (_, values, message) => {
    const refused = (): unknown => acceptRequest(graphs, values)
    expect(refused).toThrow(expect.objectContaining({ message, name: 'RequestError', input: /^input "(\w+)"/.exec(message)?.[1] }))
  })
  test('expected and received are the halves of the message', () => {
    expect(() => acceptRequest(sets, {})).toThrow(expect.objectContaining({ expected: '"x" float32 [batch, n, 2]', received: 'nothing' }))
  })
  test('an input of an unknown type takes every type, and is never added', () => {
    const loose = batchRecipe(
      described([value('x', undefined, 'batch', 2), value('mask', undefined, 'batch')], [value('y', 'float32', 'batch')]),
    )
    const mask = integers('int32', [1], [1])
    expect(acceptRequest(loose, { x: integers('int32', [1, 2], [1, 2]), mask }).feeds.mask).toBe(mask)
    expect(() => acceptRequest(loose, { x: numbered(1, 2) })).toThrow(
      'inputs: expected "mask" unknown type [batch], received x. Add "mask".',
    )
    expect(() => acceptRequest(loose, { x: numbered(1, 3) })).toThrow(
      'expected unknown type [batch, 2], received float32 [1, 3]. Axis 1 must be 2.',
    )
  })
  test('inputs and outputs with names of methods are like all others', () => {
    const [input, output] = [value('__proto__', 'float32', 'batch'), value('valueOf', 'float32', 'batch')]
    const odd = batchRecipe(described([value('x', 'float32', 'batch'), input], [output]))
    expect(() => acceptRequest(odd, { x: numbered(1) })).toThrow('Add "__proto__".')
    const one = acceptRequest(odd, { x: numbered(1), ['__proto__']: numbered(1) })
    const two = joinRequests(odd, [one, one])
    expect(Object.getOwnPropertyDescriptor(two.feeds, '__proto__')?.value).toEqual(tensorValue('float32', [2], [1, 1]))
    expect([two.split({}), joinRequests(odd, [one]).split({})]).toEqual([[{}, {}], [{}]])
  })
  test('a mask of a size that no input tells must be given', () => {
    const odd = batchRecipe(
      described([value('x', 'float32', 'batch', 2), value('mask', 'bool', 'batch', 'n')], [value('y', 'float32', 'batch')]),
    )
    expect(() => acceptRequest(odd, { x: numbered(1, 2) })).toThrow('Add "mask".')
  })
  test('masks and batches of other types are added in their type', () => {
    const int = batchRecipe(
      described(
        [x, value('edge_index', 'int32', 2, 'edges'), value('batch', 'int32', 'nodes'), value('num_graphs', 'int32')],
        [value('z', 'float32', 'graphs')],
        { num_graphs: 'graphs' },
      ),
    )
    const { feeds } = acceptRequest(int, { x: numbered(2, 1), edge_index: integers('int32', [2, 1], [0, 1]) })
    expect(feeds).toMatchObject({ batch: integers('int32', [2], [0, 0]), num_graphs: integers('int32', [], [1]) })
    const masked = batchRecipe(
      described([value('x', 'float32', 'batch', 'n'), value('mask', 'int64', 'batch', 'n')], [value('y', 'float32', 'batch')]),
    )
    expect(acceptRequest(masked, { x: numbered(1, 3) }).feeds.mask).toEqual(integers('int64', [1, 3], [1, 1, 1]))
  })
  test.each([
    [36, true],
    [35, false],
  ])('of 24 given numbers and 12 of the mask, %i are allowed: %s', (maxElements, fits) => {
    const ask = (): unknown => acceptRequest(sets, { x: numbered(3, 4, 2) }, { maxElements })
    if (fits) expect(ask).not.toThrow()
    else
      expect(ask).toThrow(
        'inputs: expected at most 35 numbers (a size of 0 counts as 1), received 36. Send fewer or smaller examples in one request.',
      )
  })
  test('as many graphs as the limit are allowed', () => {
    const counted = batchRecipe(described([x, edges, batch, count], [value('z', 'float32', 'graphs')], { num_graphs: 'graphs' }))
    const ask = (graphs: number) => (): unknown =>
      acceptRequest(
        counted,
        { ...graph, batch: integers('int64', [2], [0, 0]), num_graphs: integers('int64', [], [graphs]) },
        { maxElements: 20 },
      )
    expect(ask(20)).not.toThrow()
    expect(ask(21)).toThrow('inputs: expected at most 20 graphs, received 21.')
  })
})

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
