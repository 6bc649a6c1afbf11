import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'
import { describe, expect, test } from 'vitest'
import { batchRecipe } from '../src/index.ts'

const value = (name: string, dtype: OnnxValue['dtype'], ...shape: (number | string)[]): OnnxValue => ({ name, dtype, shape })
const described = (inputs: readonly OnnxValue[], outputs: readonly OnnxValue[], binds?: unknown): OnnxDescription => ({
  inputs,
  outputs,
  metadata: binds === undefined ? {} : { 'equivar.binds': JSON.stringify(binds) },
})

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
