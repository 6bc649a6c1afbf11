import { type Module, parametersOf } from '@equivar/nn'
import { input, type Node, program, type Tensor } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { GcnLayer, HypergraphLayer } from '../src/index.ts'

const IN = 4
const x = input('x', 'float32', ['nodes', IN])
const edgeIndex = input('edge_index', 'int64', [2, 'edges'])

/** The channels of the rows that are read for each edge, and whether the product with the weight comes before. */
function order(module: Module, y: Tensor): { channels: unknown[]; productFirst: boolean } {
  const { nodes } = program({ inputs: { x, edge_index: edgeIndex, ...Object.fromEntries(parametersOf(module)) }, outputs: { y } })
  const reads = nodes.filter(({ operator, output: { rank } }) => operator.name === 'Gather' && rank === 2)
  const product = nodes.findIndex(({ operator }) => operator.name === 'MatMul')
  return { channels: reads.map(({ output: { shape } }) => shape[1]), productFirst: product < nodes.indexOf(reads[0] as Node) }
}

test.each([2, 3, 4, 5, 8])('from 4 to %i channels, what is read for each edge has the smaller number of channels', (outChannels) => {
  const least = Math.min(IN, outChannels)
  const [gcn, hypergraph] = [new GcnLayer({ inChannels: IN, outChannels }), new HypergraphLayer({ inChannels: IN, outChannels })]
  const productFirst = outChannels <= IN
  expect(order(gcn, gcn.forward(x, edgeIndex))).toEqual({ channels: [least], productFirst })
  expect(order(hypergraph, hypergraph.forward(x, edgeIndex, 'hyperedges'))).toEqual({ channels: [least, least], productFirst })
})
