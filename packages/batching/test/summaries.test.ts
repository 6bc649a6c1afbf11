import { type TensorValue, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { acceptRequest, batchRecipe, joinRequests } from '../src/index.ts'
import { described, integers, numbered, value } from './descriptions.ts'

const x = value('x', 'float32', 'nodes', 1)
const edges = value('edge_index', 'int64', 2, 'edges')
const batch = value('batch', 'int64', 'nodes')
const count = value('num_graphs', 'int64')
const y = value('y', 'float32', 'nodes', 1)

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
