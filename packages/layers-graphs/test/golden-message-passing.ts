import type { Tensor } from '@equivar/tensor'
import { describe, test } from 'vitest'
import { as, expectGolden, haveGoldenCases, transposed } from '../../nn/test/golden.ts'
import {
  type Aggregation,
  AttentionReadout,
  aggregate,
  EdgeNetworkLayer,
  GatLayer,
  GcnLayer,
  GinLayer,
  GraphNorm,
  HypergraphLayer,
  Readout,
  SageLayer,
} from '../src/index.ts'

type Inputs = Readonly<Record<string, Tensor>>
const get = (inputs: Inputs, name: string): Tensor => inputs[name] as Tensor
const [inChannels, outChannels] = [4, 3]

describe.skipIf(!haveGoldenCases)('golden cases of PyTorch Geometric (skipped without the folder of cases)', () => {
  test('gcn', () => {
    const module = new GcnLayer({ inChannels, outChannels })
    return expectGolden('graphs/gcn', {
      module,
      forward: (inputs) => module.forward(get(inputs, 'x'), get(inputs, 'edge_index')),
      parameters: { 'linear.weight': transposed('param:lin.weight'), bias: as('param:bias') },
    })
  })

  test('gat', () => {
    const module = new GatLayer({ inChannels, outChannels, heads: 2 })
    return expectGolden('graphs/gat', {
      module,
      forward: (inputs) => module.forward(get(inputs, 'x'), get(inputs, 'edge_index')),
      parameters: {
        'linear.weight': transposed('param:lin.weight'),
        source: as('param:att_src', [2, 3]),
        target: as('param:att_dst', [2, 3]),
        bias: as('param:bias'),
      },
    })
  })

  test('gin', () => {
    const module = new GinLayer({ inChannels, outChannels, hidden: 5, learnEpsilon: true, norm: 'none' })
    return expectGolden('graphs/gin', {
      module,
      forward: (inputs) => module.forward(get(inputs, 'x'), get(inputs, 'edge_index')),
      parameters: {
        epsilon: as('param:eps', []),
        'mlp.layers.0.weight': transposed('param:nn.0.weight'),
        'mlp.layers.0.bias': as('param:nn.0.bias'),
        'mlp.layers.1.weight': transposed('param:nn.2.weight'),
        'mlp.layers.1.bias': as('param:nn.2.bias'),
      },
    })
  })

  test.each(['mean', 'max'] as const)('sage-%s', (aggregation) => {
    const module = new SageLayer({ inChannels, outChannels, aggregation })
    return expectGolden(`graphs/sage-${aggregation}`, {
      module,
      forward: (inputs) => module.forward(get(inputs, 'x'), get(inputs, 'edge_index')),
      parameters: {
        'neighbours.weight': transposed('param:lin_l.weight'),
        'neighbours.bias': as('param:lin_l.bias'),
        'own.weight': transposed('param:lin_r.weight'),
      },
    })
  })

  test('mpnn-edge-network', () => {
    const module = new EdgeNetworkLayer({ inChannels, outChannels, edgeChannels: 3 })
    return expectGolden('graphs/mpnn-edge-network', {
      module,
      forward: (inputs) => module.forward(get(inputs, 'x'), get(inputs, 'edge_index'), get(inputs, 'edge_attr')),
      parameters: {
        'network.weight': transposed('param:nn.weight'),
        'network.bias': as('param:nn.bias'),
        'root.weight': transposed('param:lin.weight'),
        bias: as('param:bias'),
      },
    })
  })

  test('hypergraph', () => {
    const module = new HypergraphLayer({ inChannels, outChannels })
    return expectGolden('graphs/hypergraph', {
      module,
      forward: (inputs) => module.forward(get(inputs, 'x'), get(inputs, 'hyperedge_index'), 3),
      parameters: { 'linear.weight': transposed('param:lin.weight'), bias: as('param:bias') },
    })
  })

  test('graph-norm', () => {
    const module = new GraphNorm({ channels: 4 })
    return expectGolden('graphs/graph-norm', {
      module,
      forward: (inputs) => module.forward(get(inputs, 'x'), get(inputs, 'batch'), 3),
      parameters: { scale: as('param:weight'), offset: as('param:bias'), meanScale: as('param:mean_scale') },
    })
  })

  test('pna-aggregators: the case lists the median, and has mean, min, max, std and var', () => {
    const how: Aggregation[] = ['mean', 'min', 'max', 'std', 'var']
    return expectGolden('graphs/pna-aggregators', { forward: (inputs) => aggregate(get(inputs, 'x'), get(inputs, 'index'), 3, how) })
  })

  test.each(['sum', 'mean', 'max'] as const)('readout-%s', (aggregation) => {
    const module = new Readout({ aggregation })
    return expectGolden(`graphs/readout-${aggregation}`, {
      module,
      forward: (inputs) => module.forward(get(inputs, 'x'), get(inputs, 'batch'), 3),
    })
  })

  test('readout-attention', () => {
    const module = new AttentionReadout({ inChannels })
    return expectGolden('graphs/readout-attention', {
      module,
      forward: (inputs) => module.forward(get(inputs, 'x'), get(inputs, 'index'), 3),
      parameters: { 'gate.layers.0.weight': transposed('param:gate_nn.weight'), 'gate.layers.0.bias': as('param:gate_nn.bias') },
    })
  })
})
