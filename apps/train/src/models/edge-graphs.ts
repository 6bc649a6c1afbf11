import { type EdgeContext, MessagePassing } from '@equivar/layers-graphs'
import { BatchNorm, Dropout, Linear, Mlp, Module } from '@equivar/nn'
import { add, type DimensionLike, input, relu, segmentSum, type Tensor } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import type { Facts, ModelKind } from '../model.ts'
import { nodePermutation, sparsePermutation } from '../symmetry.ts'
import { encoded, encodedFacts } from './features.ts'
import { predicted } from './regression.ts'

/** relu(x_u source + e_uv edge): what an edge u -> v sends. */
class EdgeMessage extends Module {
  readonly source: Linear
  readonly edge: Linear

  constructor(channels: number, edgeChannels: number) {
    super()
    this.source = new Linear({ inChannels: channels, outChannels: channels })
    this.edge = new Linear({ inChannels: edgeChannels, outChannels: channels, bias: false })
  }

  forward({ source, attributes }: EdgeContext): Tensor {
    return relu(add(this.source.forward(source), this.edge.forward(attributes as Tensor)))
  }
}

/**
 * GIN with features of edges: y_v = MLP(x_v + sum over edges u -> v of relu(x_u source + e_uv edge)).
 *
 * Law: f(P x, P edges) = P f(x, edges).
 *
 * @see Hu, Liu, Gomes, Zitnik, Liang, Pande, Leskovec 2020, Strategies for pre-training graph neural networks; their `source` is the identity.
 */
class EdgeLayer extends Module {
  readonly passing: MessagePassing
  readonly mlp: Mlp
  readonly norm: BatchNorm

  constructor(inChannels: number, hidden: number, edgeChannels: number) {
    super()
    this.passing = new MessagePassing({ message: new EdgeMessage(inChannels, edgeChannels) })
    this.mlp = new Mlp({ channels: [inChannels, hidden, hidden], norm: 'batch' })
    this.norm = new BatchNorm({ channels: hidden })
  }

  forward(x: Tensor, edgeIndex: Tensor, attributes: Tensor): Tensor {
    return relu(this.norm.forward(this.mlp.forward(add(x, this.passing.forward(x, edgeIndex, { attributes })))))
  }
}

/** What the networks of this file are made of. */
interface Sizes {
  readonly hidden: number
  readonly layers: number
  readonly dropout: number
}

/** Layers with a linear head for the input and for each layer, as in GIN; the heads are summed. */
class EdgeGraphNetwork extends Module {
  readonly layers: EdgeLayer[]
  readonly heads: Linear[]
  readonly dropout: Dropout

  constructor({ hidden, layers, dropout }: Sizes, { channels, outputs }: Facts, edgeChannels: number) {
    super()
    const sizes = [channels, ...Array.from({ length: layers }, () => hidden)]
    this.layers = sizes.slice(1).map((_, i) => new EdgeLayer(sizes[i] as number, hidden, edgeChannels))
    this.heads = sizes.map((size) => new Linear({ inChannels: size, outChannels: outputs }))
    this.dropout = new Dropout({ rate: dropout })
  }

  /** @param gathered - the rows that a head reads: sums over graphs, or the nodes themselves. @returns float32 [rows, outputs]. */
  forward(x: Tensor, edgeIndex: Tensor, attributes: Tensor, gathered: (h: Tensor) => Tensor): Tensor {
    const read = (h: Tensor, k: number): Tensor => (this.heads[k] as Linear).forward(this.dropout.forward(gathered(h)))
    let [h, outputs] = [x, read(x, 0)]
    this.layers.forEach((layer, k) => {
      h = layer.forward(h, edgeIndex, attributes)
      outputs = add(outputs, read(h, k + 1))
    })
    return outputs
  }
}

const edgeInputs = ({ channels, edgeChannels }: Facts, model: string) => {
  if (edgeChannels === undefined) throw new UsageError(`${model}: expected graphs with features of edges (edge_attr), received none`)
  return {
    x: input('x', 'float32', ['nodes', channels]),
    edge_index: input('edge_index', 'int64', [2, 'edges']),
    edge_attr: input('edge_attr', 'float32', ['edges', edgeChannels]),
  }
}

/** What a network sees of the edges: the facts of edges as those of nodes. */
const edgeFacts = (facts: Facts): Facts => {
  const { edgeFeatures, edgeChannels, features: _, ...rest } = facts
  return { ...rest, channels: edgeChannels as number, ...(edgeFeatures === undefined ? {} : { features: edgeFeatures }) }
}

/** The network, and its output as an expression of its inputs. */
function networkOf(values: Sizes, facts: Facts, inputs: ReturnType<typeof edgeInputs>) {
  const module = new EdgeGraphNetwork(values, encodedFacts(facts), encodedFacts(edgeFacts(facts)).channels)
  const output = (gathered: (h: Tensor) => Tensor): Tensor => {
    const [x, attributes] = [encoded(inputs.x, facts, -1), encoded(inputs.edge_attr, edgeFacts(facts), -1)]
    return predicted(module.forward(x, inputs.edge_index, attributes, gathered), facts.regression)
  }
  return { module, output }
}

/** Something for a whole graph. */
const gine: ModelKind<{ hidden: number; layers: number; dropout: number }> = {
  defaults: { hidden: 64, layers: 4, dropout: 0.5 },
  build: (values, facts, goal) => {
    const batched = { batch: input('batch', 'int64', ['nodes']), num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }) }
    const inputs = { ...edgeInputs(facts, 'gine'), ...batched }
    const { module, output } = networkOf(values, facts, inputs)
    const graphs: DimensionLike = 'graphs'
    return {
      module,
      inputs,
      goal,
      target: goal.target(graphs, facts.outputs),
      symmetries: [sparsePermutation],
      output: () => output((h) => segmentSum(h, inputs.batch, graphs)),
    }
  },
}

/** Something for each node. */
const gineNodes: ModelKind<{ hidden: number; layers: number; dropout: number }> = {
  defaults: { hidden: 32, layers: 2, dropout: 0.5 },
  build: (values, facts, goal) => {
    const inputs = edgeInputs(facts, 'gine-nodes')
    const { module, output } = networkOf(values, facts, inputs)
    return {
      module,
      inputs,
      goal,
      target: goal.target('nodes', facts.outputs),
      symmetries: [nodePermutation],
      output: () => output((h) => h),
    }
  },
}

/** Models for graphs with features of edges. */
export const edgeGraphModels: Readonly<Record<string, ModelKind>> = { gine, 'gine-nodes': gineNodes }
