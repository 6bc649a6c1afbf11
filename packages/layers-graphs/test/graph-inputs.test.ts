import { sparseGraphs, undirectedGraph } from '@equivar/datasets'
import { evaluate, program, segmentSum } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { graphInputs } from '../src/index.ts'

const graphs = [undirectedGraph(2, [[0, 1]]), undirectedGraph(3, [])]

test('a program of the inputs takes a batch of sparseGraphs as it is, and num_graphs tells the size of its readout', () => {
  const inputs = graphInputs({ channels: 2 })
  const { target, ...batch } = sparseGraphs({ graphs, y: [1, 2] }).batch([0, 1, 0])
  const sums = program({ inputs: { ...inputs }, outputs: { sums: segmentSum(inputs.x, inputs.batch, 'graphs') } })
  expect(Object.keys(inputs).sort()).toEqual(Object.keys(batch).sort())
  // Degree 0 is the first channel, degree 1 the second.
  expect(Array.from(evaluate(sums, batch).sums?.data ?? [], Number)).toEqual([0, 2, 3, 0, 0, 2])
  expect(target.shape).toEqual([3, 1])
})

test('with edge channels there are edge attributes', () => {
  expect(graphInputs({ channels: 2, edgeChannels: 3 }).edge_attr.shape.map(String)).toEqual(['edges', '3'])
  expect(graphInputs({ channels: 2 })).not.toHaveProperty('edge_attr')
})

test('names, types and shapes', () => {
  const shown = Object.entries(graphInputs({ channels: 2, edgeChannels: 3 })).map(([key, { name, dtype, shape }]) => [
    key === name,
    `${name} ${dtype} [${shape.join(', ')}]`,
  ])
  expect(shown).toEqual([
    [true, 'x float32 [nodes, 2]'],
    [true, 'edge_index int64 [2, edges]'],
    [true, 'edge_attr float32 [edges, 3]'],
    [true, 'batch int64 [nodes]'],
    [true, 'num_graphs int64 []'],
  ])
})
