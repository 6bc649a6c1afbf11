import { Gat, Gcn, Gin, InvariantGraphNetwork, ProvablyPowerfulGraphNetwork, pairFeatures } from '@equivar/layers-graphs'
import { type Module, maskedSum, type Parameter, parametersOf } from '@equivar/nn'
import { input, type Tensor } from '@equivar/tensor'
import type { Facts, ModelKind, Settings } from '../model.ts'
import { densePermutation, nodePermutation, sparsePermutation } from '../symmetry.ts'
import { encoded, encodedFacts } from './features.ts'
import { predicted } from './regression.ts'
import { decayOf } from './weight-decay.ts'

/** A network of pairs of nodes. */
type PairNetwork = Module & { forward(x: Tensor, mask: Tensor): Tensor }

const ginDefaults = { hidden: 64, layers: 4, dropout: 0.5, learnEpsilon: 0 }

const gin: ModelKind<typeof ginDefaults> = {
  defaults: ginDefaults,
  build: ({ hidden, layers, dropout, learnEpsilon }, facts, goal) => {
    const { channels, outputs } = facts
    const inputs = {
      x: input('x', 'float32', ['nodes', channels]),
      edge_index: input('edge_index', 'int64', [2, 'edges']),
      batch: input('batch', 'int64', ['nodes']),
      num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
    }
    const module = new Gin({ inChannels: encodedFacts(facts).channels, hidden, layers, outputs, dropout, learnEpsilon: learnEpsilon !== 0 })
    const output = (): Tensor =>
      predicted(module.forward(encoded(inputs.x, facts, -1), inputs.edge_index, inputs.batch, 'graphs'), facts.regression)
    return { module, inputs, goal, target: goal.target('graphs', outputs), symmetries: [sparsePermutation], output }
  },
}

const pairModel = <Values extends Settings>(
  defaults: Values,
  make: (values: Values, inChannels: number, facts: Facts) => PairNetwork,
): ModelKind<Values> => ({
  defaults,
  build: (values, facts, goal) => {
    const { channels, outputs, edgeChannels } = facts
    const inputs = {
      x: input('x', 'float32', ['batch', 'n', channels]),
      adj: input('adj', 'float32', ['batch', 'n', 'n', ...(edgeChannels === undefined ? [] : [edgeChannels])]),
      mask: input('mask', 'bool', ['batch', 'n']),
    }
    const module = make(values, encodedFacts(facts).channels + (edgeChannels ?? 1), facts)
    const pairs = (): Tensor => pairFeatures(encoded(inputs.x, facts, -1), inputs.adj, inputs.mask)
    const counts = (): Tensor => maskedSum(encoded(inputs.x, facts, -1), inputs.mask, { axis: 1 })
    const output = (): Tensor => predicted(module.forward(pairs(), inputs.mask), facts.regression, counts)
    return { module, inputs, goal, target: goal.target('batch', outputs), symmetries: [densePermutation], output }
  },
})

/** Energies grow with the molecule, so regression uses a sum readout. Classification uses the largest entries, as published. */
const ign = pairModel({}, (_, inChannels, { outputs, regression }) =>
  regression === undefined
    ? new InvariantGraphNetwork({ inChannels, outputs })
    : new InvariantGraphNetwork({ inChannels, outputs, channels: [32, 64, 64], head: [64], readout: 'linear' }),
)

/** As published, except for the width, which is 400 in the paper. */
const ppgn = pairModel({ width: 32, blocks: 3, depth: 2 }, ({ width, blocks, depth }, inChannels, { outputs, regression }) => {
  const channels = Array.from({ length: blocks }, () => width)
  return new ProvablyPowerfulGraphNetwork({ inChannels, channels, depth, outputs, pool: regression === undefined ? 'max' : 'sum' })
})

type NodeNetwork = Module & { forward(x: Tensor, edgeIndex: Tensor): Tensor }

const nodeModel = <Values extends Settings & { readonly weightDecay: number }, Network extends NodeNetwork>(
  defaults: Values,
  make: (values: Values, facts: Facts) => Network,
  decayed: (network: Network) => readonly Parameter[],
): ModelKind<Values> => ({
  defaults,
  build: (values, facts, goal) => {
    const inputs = { x: input('x', 'float32', ['nodes', facts.channels]), edge_index: input('edge_index', 'int64', [2, 'edges']) }
    const module = make(values, encodedFacts(facts))
    const { weightDecay } = values
    return {
      module,
      inputs,
      goal,
      target: goal.target('nodes', facts.outputs),
      symmetries: [nodePermutation],
      output: () => predicted(module.forward(encoded(inputs.x, facts, -1), inputs.edge_index), facts.regression),
      ...(weightDecay === 0 ? {} : { regularizer: () => decayOf(decayed(module), weightDecay) }),
    }
  },
})

/** As published, with weight decay in the first layer only. */
const gcn = nodeModel(
  { hidden: 16, layers: 2, dropout: 0.5, weightDecay: 5e-4 },
  ({ hidden, layers, dropout }, { channels, outputs }) => new Gcn({ inChannels: channels, hidden, layers, outputs, dropout }),
  ({ layers }) => [...parametersOf(layers[0] as (typeof layers)[number]).values()],
)

/** As published, with weight decay in both layers. */
const gat = nodeModel(
  { hidden: 8, heads: 8, outputHeads: 1, dropout: 0.6, weightDecay: 5e-4 },
  ({ hidden, heads, outputHeads, dropout }, { channels, outputs }) =>
    new Gat({ inChannels: channels, hidden, heads, outputHeads, outputs, dropout }),
  (network) => [...parametersOf(network).values()],
)

/** Models for graphs. */
export const graphModels: Readonly<Record<string, ModelKind>> = { gin, ign, ppgn, gcn, gat }
