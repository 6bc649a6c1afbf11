import { type Input, input } from '@equivar/tensor'

/** The inputs of a network on sparse graphs, with the names and shapes of `sparseGraphs` of `@equivar/datasets`. */
export interface GraphInputs {
  /** float32 [nodes, channels]. */
  readonly x: Input
  /** int64 [2, edges]: source (row 0) and target (row 1) of each edge. */
  readonly edge_index: Input
  /** int64 [nodes]: the graph of each node. */
  readonly batch: Input
  /** int64 []: the number of graphs. Its value is the size `graphs`, which no axis of the others tells. */
  readonly num_graphs: Input
}

/** Options of graphInputs. */
export interface GraphInputOptions {
  /** Channels of a node. */
  readonly channels: number
}

/**
 * The inputs of a network on sparse graphs. The size `graphs`, which readouts need, is the value of `num_graphs`.
 *
 * @returns with `edgeChannels` also `edge_attr`, float32 [edges, edgeChannels].
 * @example
 * const inputs = graphInputs({ channels: 7 })
 * const logits = new Gin({ inChannels: 7, outputs: 2 }).forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs')
 */
export function graphInputs(options: GraphInputOptions & { readonly edgeChannels: number }): GraphInputs & { readonly edge_attr: Input }
export function graphInputs(options: GraphInputOptions): GraphInputs
export function graphInputs({ channels, edgeChannels }: GraphInputOptions & { readonly edgeChannels?: number }): GraphInputs {
  return {
    x: input('x', 'float32', ['nodes', channels]),
    edge_index: input('edge_index', 'int64', [2, 'edges']),
    ...(edgeChannels === undefined ? {} : { edge_attr: input('edge_attr', 'float32', ['edges', edgeChannels]) }),
    batch: input('batch', 'int64', ['nodes']),
    num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
  }
}
