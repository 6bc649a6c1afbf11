import { input, type Tensor } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  EquivariantGraphLinear,
  EquivariantTupleLinear,
  GatLayer,
  InvariantGraphNetwork,
  JumpingKnowledge,
  Nn4g,
  PpgnBlock,
  Readout,
  randomWalkEncoding,
  randomWalkReturns,
  weisfeilerLeman,
  weisfeilerLemanHistograms,
} from '../src/index.ts'

const sizes = { inChannels: 3, outChannels: 5 }

describe('the text of errors', () => {
  const x = (...shape: (number | string)[]): Tensor => input('x', 'float32', shape)
  const tuples = 'EquivariantTupleLinear: expected inputs and outputs of orders 0 to 6 with whole numbers of channels, received'
  const forward = 'layers-graphs: EquivariantTupleLinear.forward: expected'
  const linear = (inputOrder: number, outputOrder = inputOrder) =>
    new EquivariantGraphLinear({ inputOrder, outputOrder, inChannels: 2, outChannels: 1 })
  const one = { order: 1, channels: 2 }
  const loop = { nodes: 2, edges: { sources: [0], targets: [1] } }
  test.each<[() => unknown, string]>([
    [() => linear(7), `${tuples} {"order":7,"channels":2}.`],
    [() => linear(-1, 1), `${tuples} {"order":-1,"channels":2}.`],
    [() => linear(1.5, 1), `${tuples} {"order":1.5,"channels":2}.`],
    [() => new EquivariantTupleLinear({ inputs: [one], outputs: [{ order: 1, channels: -1 }] }), `${tuples} {"order":1,"channels":-1}.`],
    [() => new EquivariantTupleLinear({ inputs: [one], outputs: [{ order: 1, channels: 0.5 }] }), `${tuples} {"order":1,"channels":0.5}.`],
    [() => new EquivariantTupleLinear({ inputs: [], outputs: [one] }), `${tuples} {"inputs":[],"outputs":[{"order":1,"channels":2}]}.`],
    [() => new EquivariantTupleLinear({ inputs: [one], outputs: [] }), `${tuples} {"inputs":[{"order":1,"channels":2}],"outputs":[]}.`],
    [() => linear(1).tuples.forward([]), `${forward} 1 inputs, received 0. Pass one tensor for each input.`],
    [
      () => linear(2).forward(x('batch', 3, 4, 2)),
      `${forward} x of shape [batch, n, n, 2] (input 0 of order 2, 2 channels), received [batch, 3, 4, 2]. All node axes must be equal. Did you pass a rectangular adjacency?`,
    ],
    [
      () => linear(2).forward(x('batch', 3, 2)),
      `${forward} x of shape [batch, n, n, 2] (input 0 of order 2, 2 channels), received [batch, 3, 2]. All node axes must be equal. Did you pass a rectangular adjacency?`,
    ],
    [
      () => linear(1).forward(x('batch', 3, 3, 2)),
      `${forward} x of shape [batch, n, 2] (input 0 of order 1, 2 channels), received [batch, 3, 3, 2]. Node axes of all inputs and of the mask must be equal.`,
    ],
    [
      () => linear(1).forward(x('batch', 3, 1)),
      `${forward} x of shape [batch, n, 2] (input 0 of order 1, 2 channels), received [batch, 3, 1]. Node axes of all inputs and of the mask must be equal.`,
    ],
    [
      () => linear(1).forward(x('batch', 3, 2), input('mask', 'bool', ['batch', 4])),
      `${forward} x of shape [batch, n, 2] (input 0 of order 1, 2 channels), received [batch, 3, 2]. Node axes of all inputs and of the mask must be equal.`,
    ],
    [
      () => linear(0, 1).forward(x('batch', 2)),
      `${forward} an input with a node axis, a mask or nodes, received none of them. Pass the number of nodes as the third argument.`,
    ],
    [() => new PpgnBlock({ ...sizes, degree: 1 }), 'PpgnBlock: expected a degree of at least 2, received 1.'],
    [() => new PpgnBlock({ ...sizes, degree: 2.5 }), 'PpgnBlock: expected a degree of at least 2, received 2.5.'],
    [
      () => new InvariantGraphNetwork({ inChannels: 1, outputs: 1, order: 3, readout: 'max' }),
      'InvariantGraphNetwork: expected order 2 for the max readout, received 3.',
    ],
    [
      () => new Nn4g({ inChannels: 1, outputs: 1, units: 0 }),
      'Nn4g: expected 1 unit or more and at most as many frozen, received 0 units and -1 frozen.',
    ],
    [
      () => new Nn4g({ inChannels: 1, outputs: 1, units: 1.5, frozen: 0 }),
      'Nn4g: expected 1 unit or more and at most as many frozen, received 1.5 units and 0 frozen.',
    ],
    [
      () => new Nn4g({ inChannels: 1, outputs: 1, frozen: -1 }),
      'Nn4g: expected 1 unit or more and at most as many frozen, received 1 units and -1 frozen.',
    ],
    [() => new GatLayer({ ...sizes, heads: 1.5 }), 'GatLayer: expected 1 head or more, received 1.5.'],
    [
      () => new Readout({ aggregation: [] }),
      'Readout: expected one or more of sum, mean, max, min, std, var, median, softmax, received none.',
    ],
    [
      () => new Readout({ aggregation: ['sum', 'toString' as 'max'] }),
      'Readout: expected one or more of sum, mean, max, min, std, var, median, softmax, received "toString".',
    ],
    [() => new JumpingKnowledge().forward([]), 'JumpingKnowledge.forward: expected the output of at least one layer, received none.'],
    [() => randomWalkReturns(loop, 1.5), 'randomWalkReturns: expected 1 step or more, received 1.5.'],
    [() => randomWalkEncoding(x(2, 2), 0), 'randomWalkEncoding: expected 1 step or more, received 0.'],
    [() => randomWalkEncoding(x(2), 1), 'randomWalkEncoding: expected an adjacency of shape [..., n, n], received [2].'],
    [() => weisfeilerLeman(loop, { k: 0 }), 'weisfeilerLeman: expected an integer k of 1 or more, received 0.'],
    [() => weisfeilerLeman(loop, { k: 1.5 }), 'weisfeilerLeman: expected an integer k of 1 or more, received 1.5.'],
    [
      () => weisfeilerLeman(loop, { k: 28 }),
      'weisfeilerLeman: expected at most 134217728 tuples, received 2 nodes and k = 28. Use a smaller k.',
    ],
    [() => weisfeilerLemanHistograms([loop], { rounds: -1 }), 'weisfeilerLemanHistograms: expected 0 rounds or more, received -1.'],
    [() => weisfeilerLemanHistograms([loop], { rounds: 0.5 }), 'weisfeilerLemanHistograms: expected 0 rounds or more, received 0.5.'],
    [() => weisfeilerLemanHistograms([loop, { ...loop, tags: [1] }]), 'weisfeilerLemanHistograms: graph 1: expected 2 tags, received 1.'],
    [() => weisfeilerLeman({ ...loop, edges: { ...loop.edges, tags: [] } }), 'weisfeilerLeman: expected 1 edges.tags, received 0.'],
  ])('%#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ message }))
  })
})
