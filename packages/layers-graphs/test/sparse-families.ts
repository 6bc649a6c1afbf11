import { Linear, Mlp, Module } from '@equivar/nn'
import { add, concat, mul, relu, sigmoid, slice, sub, type Tensor, tanh } from '@equivar/tensor'
import {
  type Aggregation,
  AttentionReadout,
  degreeOneHot,
  type EdgeContext,
  EdgeNetworkLayer,
  Gat,
  GatLayer,
  Gcn,
  GcnLayer,
  Gin,
  GinLayer,
  GraphNorm,
  HypergraphLayer,
  JumpingKnowledge,
  logDegree,
  MessagePassing,
  type MessagePassingOptions,
  Nn4g,
  Readout,
  SageLayer,
  SignNet,
} from '../src/index.ts'
import { CHANNELS, EDGE_CHANNELS, type SparseFamily, type SparseInputs } from './sparse-graphs.ts'

const inChannels = CHANNELS

/** A message as a module, with its own parameters. */
class GatedMessage extends Module {
  readonly gate = new Linear({ inChannels: 2 * CHANNELS + EDGE_CHANNELS, outChannels: CHANNELS })

  forward({ source, target, attributes }: EdgeContext): Tensor {
    return mul(source, sigmoid(this.gate.forward(concat([source, target, attributes as Tensor], 1))))
  }
}

class Score extends Module {
  readonly score = new Mlp({ channels: [2 * CHANNELS, 4, 1] })

  forward({ source, target }: EdgeContext): Tensor {
    return this.score.forward(concat([source, target], 1))
  }
}

type Layer = Module & { forward(x: Tensor, edgeIndex: Tensor): Tensor }
const nodes = (name: string, module: Layer): SparseFamily => ({
  name,
  module,
  rows: 'nodes',
  forward: ({ x, edge_index }) => module.forward(x, edge_index),
})

const passing = (name: string, options: MessagePassingOptions, weighted = false): SparseFamily => {
  const module = new MessagePassing(options)
  return {
    name: `MessagePassing ${name}`,
    module,
    rows: 'nodes',
    forward: ({ x, edge_index, edge_attr, weights }) =>
      module.forward(x, edge_index, { attributes: edge_attr, ...(weighted ? { weights } : {}) }),
  }
}

type GraphLayer = Module & { forward(x: Tensor, edgeIndex: Tensor, batch: Tensor, graphs: string): Tensor }
const graphs = (name: string, module: GraphLayer): SparseFamily => ({
  name,
  module,
  rows: 'graphs',
  forward: ({ x, edge_index, batch }) => module.forward(x, edge_index, batch, 'graphs'),
})

type ReadoutLayer = Module & { forward(x: Tensor, batch: Tensor, graphs: string): Tensor }
const readout = (name: string, module: ReadoutLayer): SparseFamily => ({
  name,
  module,
  rows: 'graphs',
  forward: ({ x, batch }) => module.forward(x, batch, 'graphs'),
})

const family = (name: string, module: Module, forward: (inputs: SparseInputs) => Tensor): SparseFamily => ({
  name,
  module,
  rows: 'nodes',
  forward,
})

export const aggregations: Aggregation[] = ['sum', 'mean', 'max', 'min', 'std', 'var', 'median', 'softmax']
// A larger epsilon than published: the variance of one node is 0, where central differences need a smooth sqrt(variance + epsilon).
const norm = new GraphNorm({ channels: CHANNELS, epsilon: 0.1 })
const gcn = new GcnLayer({ inChannels, outChannels: 2 })
const edgeNetwork = (aggregation: 'sum' | 'mean' | 'max', hidden: number[]): SparseFamily => {
  const module = new EdgeNetworkLayer({
    inChannels,
    outChannels: 2,
    edgeChannels: EDGE_CHANNELS,
    aggregation,
    hidden,
    root: aggregation !== 'max',
  })
  return family(`EdgeNetworkLayer ${aggregation}, hidden [${hidden}]`, module, ({ x, edge_index, edge_attr }) =>
    module.forward(x, edge_index, edge_attr),
  )
}
const hypergraph = (outChannels: number): SparseFamily => {
  const module = new HypergraphLayer({ inChannels, outChannels })
  return family(`HypergraphLayer to ${outChannels}`, module, ({ x, edge_index }) => module.forward(x, edge_index, 'nodes'))
}
const jumping = (['concat', 'max', 'last'] as const).map((how) => {
  const layers = [new GcnLayer({ inChannels, outChannels: 3 }), new GcnLayer({ inChannels, outChannels: 3 })]
  class Jumping extends Module {
    readonly layers = layers
    readonly jump = new JumpingKnowledge({ how })
    forward(x: Tensor, edgeIndex: Tensor): Tensor {
      const h = (layers[0] as GcnLayer).forward(x, edgeIndex)
      return this.jump.forward([h, (layers[1] as GcnLayer).forward(tanh(h), edgeIndex)])
    }
  }
  return nodes(`JumpingKnowledge ${how}`, new Jumping())
})
const signs = new SignNet({ vectors: CHANNELS, hidden: 4, outChannels: 2 })
const nothing = new JumpingKnowledge()

export const families: SparseFamily[] = [
  ...aggregations.map((aggregation) => passing(aggregation, { aggregation })),
  passing('six aggregations', { aggregation: ['mean', 'min', 'max', 'std', 'var', 'median'] }),
  passing('with a message and an update that are modules', {
    message: new GatedMessage(),
    update: ({ own, aggregated }) => sub(tanh(aggregated), own),
  }),
  passing('with attention', { attention: new Score(), message: ({ source, target }) => relu(sub(source, target)) }),
  passing('with self loops, symmetric', { selfLoops: true, normalization: 'symmetric', aggregation: 'mean' }),
  passing('with weights, self loops, symmetric', { selfLoops: true, normalization: 'symmetric', message: new GatedMessage() }, true),
  passing('with weights, symmetric', { normalization: 'symmetric' }, true),
  nodes('GcnLayer narrowing', gcn),
  nodes('GcnLayer widening', new GcnLayer({ inChannels, outChannels: 5 })),
  nodes('GcnLayer without self loops', new GcnLayer({ inChannels, outChannels: 2, selfLoops: false, bias: false })),
  nodes('GcnLayer without normalization', new GcnLayer({ inChannels, outChannels: 2, normalize: false })),
  family('GcnLayer with weights', gcn, ({ x, edge_index, weights }) => gcn.forward(x, edge_index, weights)),
  nodes('Gcn', new Gcn({ inChannels, hidden: 4, outputs: 2 })),
  nodes('GatLayer concat', new GatLayer({ inChannels, outChannels: 2, heads: 3 })),
  nodes('GatLayer mean', new GatLayer({ inChannels, outChannels: 2, heads: 3, combine: 'mean', bias: false })),
  nodes('GatLayer without self loops', new GatLayer({ inChannels, outChannels: 4, selfLoops: false })),
  nodes('Gat', new Gat({ inChannels, hidden: 2, heads: 2, outputs: 2 })),
  ...(['mean', 'max', 'sum', 'pool'] as const).map((aggregation) =>
    nodes(`SageLayer ${aggregation}`, new SageLayer({ inChannels, outChannels: 2, aggregation, normalize: aggregation === 'pool' })),
  ),
  nodes('GinLayer', new GinLayer({ inChannels, outChannels: 4, learnEpsilon: true })),
  nodes('GinLayer without norm', new GinLayer({ inChannels, outChannels: 4, hidden: 2, depth: 3, norm: 'none' })),
  edgeNetwork('sum', []),
  edgeNetwork('sum', [4]),
  edgeNetwork('mean', [4]),
  edgeNetwork('max', [4]),
  hypergraph(2),
  hypergraph(4),
  ...jumping,
  family('GraphNorm', norm, ({ x, batch }) => norm.forward(x, batch, 'graphs')),
  family('degreeOneHot and logDegree', nothing, ({ x, edge_index }) =>
    add(concat([degreeOneHot(edge_index, 'nodes', 2), logDegree(edge_index, 'nodes')], 1), mul(slice(x, { axis: 1, end: 1 }), 0)),
  ),
  family('SignNet', signs, ({ x, edge_index }) => signs.forward(x, edge_index)),
  graphs('Gin', new Gin({ inChannels, hidden: 4, layers: 2, outputs: 2, learnEpsilon: true })),
  graphs('Nn4g, 3 units', new Nn4g({ inChannels, outputs: 2, units: 3 })),
  graphs('Nn4g, 2 units of width 3, average', new Nn4g({ inChannels, outputs: 2, units: 2, width: 3, average: true })),
  ...aggregations.map((aggregation) => readout(`Readout ${aggregation}`, new Readout({ aggregation }))),
  readout('Readout of three', new Readout({ aggregation: ['sum', 'max', 'std'] })),
  readout('AttentionReadout', new AttentionReadout({ inChannels })),
  readout('AttentionReadout with hidden layers and values', new AttentionReadout({ inChannels, hidden: [4], outChannels: 2 })),
]
