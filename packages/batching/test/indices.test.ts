import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'
import { tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { acceptRequest, batchRecipe, RequestError } from '../src/index.ts'

const value = (name: string, dtype: OnnxValue['dtype'], ...shape: (number | string)[]): OnnxValue => ({ name, dtype, shape })
const edges = value('edge_index', 'int64', 2, 'edges')
const batch = value('batch', 'int64', 'nodes')
const zeros = (...shape: number[]) => tensorValue('float32', shape, new Array<number>(shape.reduce((n, size) => n * size, 1)).fill(0))
const ends = (...numbers: number[]) => tensorValue('int64', [2, numbers.length / 2], numbers)
const described = (inputs: readonly OnnxValue[], metadata: Readonly<Record<string, string>> = {}): OnnxDescription => ({
  inputs,
  outputs: [value('y', 'float32', 1)],
  metadata,
})

describe('edge_index is never out of range, however the model names its sizes', () => {
  test.each<[string, OnnxValue, readonly number[], string, string]>([
    ['a size of nodes', value('x', 'float32', 'nodes', 1), [3, 1], 'nodes = 3', '3'],
    ['a fixed number of nodes', value('x', 'float32', 3, 1), [3, 1], '3', '3'],
    ['a batch of sets', value('x', 'float32', 'batch', 'n', 1), [2, 3, 1], '2147483647', '2147483647'],
    ['a formula', value('x', 'float32', '2*n', 1), [4, 1], '2147483647', '2147483647'],
  ])('%s', (_, x, shape, bound, beyond) => {
    const recipe = batchRecipe(described([x, edges]))
    const ask = (...numbers: number[]): unknown => acceptRequest(recipe, { x: zeros(...shape), edge_index: ends(...numbers) })
    expect(() => ask(0, 1, 1, 0)).not.toThrow()
    expect(() => ask(0, 1, -1, 0)).toThrow(RequestError)
    expect(() => ask(0, 1, -1, 0)).toThrow(
      `input "edge_index": expected indices of at least 0 and below ${bound}, received -1 at position 2.`,
    )
    expect(() => ask(0, Number(beyond))).toThrow(`below ${bound}, received ${beyond} at position 1.`)
  })

  test('nor is batch, where no input binds the number of graphs; it must be given there', () => {
    const recipe = batchRecipe(described([value('x', 'float32', 'nodes', 1), edges, batch]))
    const given = { x: zeros(2, 1), edge_index: ends(0, 1) }
    expect(() => acceptRequest(recipe, { ...given, batch: tensorValue('int64', [2], [0, -1]) })).toThrow(
      'input "batch": expected indices of at least 0 and below 2147483647, received -1 at position 1.',
    )
    expect(() => acceptRequest(recipe, given)).toThrow('Add "batch".')
  })
})

test.each(['null', '[]', '1', '"x"', '{"num_graphs":1}', '{"a":null}', '{', '', '['.repeat(100_000)])(
  'equivar.binds = %.20s is refused in one line',
  (text) => {
    const read = (): unknown => batchRecipe(described([value('x', 'float32', 'nodes', 1), edges], { 'equivar.binds': text }))
    expect(read).toThrow('batchRecipe: expected the metadata equivar.binds to name a size for each input, received "')
  },
)
