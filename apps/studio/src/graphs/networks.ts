import { Gin, InvariantGraphNetwork, ProvablyPowerfulGraphNetwork, pairFeatures } from '@equivar/layers-graphs'
import { initialize, type Module, parametersOf } from '@equivar/nn'
import { evaluate, input, type Program, program, type TensorValue } from '@equivar/tensor'
import { adjacencyOf, type DrawnGraph } from '../parts/drawn-graph.ts'
import type { Contender, Outcome } from './contenders.ts'
import { taggedGraph } from './refinement.ts'

/** Outputs closer than this, relative to the largest, are equal: the rest is rounding in float64. */
const EQUAL = 1e-9

/** How many numbers a network gives, and of how many draws of its weights the largest difference is taken. */
const OUTPUTS = 8
const DRAWS = 2

type GraphFeeds = (graph: DrawnGraph) => Readonly<Record<string, TensorValue>>

interface Built {
  readonly module: Module
  readonly program: Program<'y'>
  readonly feeds: GraphFeeds
}

const ones = (nodes: number): Float32Array => new Float32Array(nodes).fill(1)

function gin(): Built {
  const module = new Gin({ inChannels: 1, hidden: 12, outputs: OUTPUTS, layers: 4 })
  const [x, edges, batch] = [input('x', 'float32', ['n', 1]), input('edge_index', 'int64', [2, 'e']), input('batch', 'int64', ['n'])]
  const y = module.forward(x, edges, batch, 1)
  return {
    module,
    program: program({ inputs: { x, edge_index: edges, batch, ...Object.fromEntries(parametersOf(module)) }, outputs: { y } }),
    feeds: (graph) => {
      const { nodes, edges: ends } = taggedGraph(graph)
      return {
        x: { dtype: 'float32', shape: [nodes, 1], data: ones(nodes) },
        edge_index: {
          dtype: 'int64',
          shape: [2, ends.sources.length],
          data: BigInt64Array.from([...ends.sources, ...ends.targets].map(BigInt)),
        },
        batch: { dtype: 'int64', shape: [nodes], data: new BigInt64Array(nodes) },
      }
    },
  }
}

function onPairs(module: InvariantGraphNetwork | ProvablyPowerfulGraphNetwork): Built {
  const [x, adj] = [input('x', 'float32', [1, 'n', 1]), input('adj', 'float32', [1, 'n', 'n'])]
  const y = module.forward(pairFeatures(x, adj))
  return {
    module,
    program: program({ inputs: { x, adj, ...Object.fromEntries(parametersOf(module)) }, outputs: { y } }),
    feeds: (graph) => {
      const nodes = graph.places.length
      return {
        x: { dtype: 'float32', shape: [1, nodes, 1], data: ones(nodes) },
        adj: { dtype: 'float32', shape: [1, nodes, nodes], data: Float32Array.from(adjacencyOf(graph).flat()) },
      }
    },
  }
}

const channels = [8, 8, 8]

const builders: Readonly<Record<Contender['name'], () => Built>> = {
  gin,
  ign: () => onPairs(new InvariantGraphNetwork({ inChannels: 2, channels, head: [8], outputs: OUTPUTS, readout: 'linear' })),
  ppgn: () => onPairs(new ProvablyPowerfulGraphNetwork({ inChannels: 2, channels, outputs: OUTPUTS, pool: 'sum' })),
}

const largest = (values: ArrayLike<number>): number => Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/** Runs a network with random weights on two graphs, in float64, and compares what it gives. @param seed - other weights for other seeds. */
export function compare(name: Contender['name'], left: DrawnGraph, right: DrawnGraph, seed: number): Outcome {
  const { module, program: network, feeds } = builders[name]()
  const differences = Array.from({ length: DRAWS }, (_, draw) => {
    const weights = initialize(module, DRAWS * seed + draw)
    const outputs = [left, right].map((graph) => evaluate(network, { ...weights, ...feeds(graph) }).y.data as Float64Array)
    const [a, b] = outputs as [Float64Array, Float64Array]
    const scale = Math.max(largest(a), largest(b))
    return scale === 0 ? 0 : largest(a.map((value, k) => value - b[k]!)) / scale
  })
  const difference = Math.max(...differences)
  return { difference, separates: difference > EQUAL }
}
