import { DeepSets } from '@equivar/layers-sets'
import { Linear, Module } from '@equivar/nn'
import { input, type Tensor } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { defineTask } from '../src/index.ts'

const sets = [{ x: [[1, 2]], label: 'a', y: 3 }]
const graphs = [{ x: [[1]], edge_index: [[0], [0]], y: 3 }]
const images = [{ x: [[[1, 2]]], label: 'a' }]
const model = ({ channels, outputs }: { channels: number; outputs: number }): Linear =>
  new Linear({ inChannels: channels, outChannels: outputs })

test('mistakes are found while writing: each marked line is one that the type checker refuses', () => {
  defineTask({
    settings: { size: 3 },
    data: ({ size }, { seed, folder }) => (folder === undefined ? sets : sets.slice(size * seed)),
    model: ({ channels, outputs }, { size }) => new DeepSets({ channels: [channels, size], outputs }),
    output: (network, { x, mask }) => network.forward(x, mask),
    goal: 'y',
  })
  // @ts-expect-error the examples have no key `ys`
  defineTask({ data: () => sets, model, output: (network, { x }) => network.forward(x), goal: 'ys' })
  // @ts-expect-error a set has no edges
  defineTask({ data: () => sets, model, output: (network, { edge_index }) => network.forward(edge_index), goal: 'y' })
  // @ts-expect-error an image has no mask
  defineTask({ data: () => images, model, output: (network, { mask }) => network.forward(mask), goal: 'label' })
  // @ts-expect-error a Linear has no method of this name
  defineTask({ data: () => sets, model, output: (network, { x }) => network.backward(x), goal: 'y' })
  defineTask({
    settings: { size: 3 },
    // @ts-expect-error there is no setting of this name
    data: ({ width }) => sets.slice(width),
    model,
    output: (network, { x }) => network.forward(x),
    goal: 'y',
  })
  // @ts-expect-error a network is a Module
  defineTask({ data: () => sets, model: () => 'linear', output: (_, { x }) => x, goal: 'y' })
  // @ts-expect-error examples without x
  defineTask({ data: () => [{ y: 3 }], model, output: (network, { x }) => network.forward(x), goal: 'y' })
  // @ts-expect-error no goal
  defineTask({ data: () => sets, model, output: (network, { x }) => network.forward(x) })
  expect(sets).toHaveLength(1)
})

test("inputs follow from the keys of the examples, from promises of them, and from inputs of one's own", () => {
  const ofGraphs = defineTask({
    data: async () => graphs,
    model,
    output: (network, { x, edge_index: edges, batch, num_graphs: count }): Tensor => [network.forward(x), edges, batch, count][0] as Tensor,
    goal: 'y',
  })
  const fixed = defineTask({
    data: () => sets,
    inputs: ({ channels }) => ({ points: input('points', 'float32', ['batch', 6, channels]) }),
    model,
    output: (network, { points }) => network.forward(points),
    goal: 'label',
    symmetries: [{ points: 'S6 on axis 1', output: 'S6 on axis 1' }],
  })
  expect([ofGraphs.goal, fixed.goal]).toEqual(['y', 'label'])
  expect(ofGraphs.model({ channels: 2, outputs: 1 }, {})).toBeInstanceOf(Module)
})
