import { degrees, type Graph } from './graph.ts'

/** Computes node features. */
export interface NodeEncoder {
  /** The number of features per node. */
  readonly channels: number
  /** Writes the features of a graph, [nodes, channels] row-major, into an array of zeros, from index `start`. */
  write(graph: Graph, rows: Float32Array, start: number): void
}

/** One-hot node features: one channel per tag or degree. */
export interface OneHotEncoder extends NodeEncoder {
  readonly by: 'tag' | 'degree'
  /** The tag or degree of each channel, in ascending order. */
  readonly values: readonly number[]
}

const kindsOf = (graph: Graph, by: 'tag' | 'degree'): Int32Array =>
  by === 'degree' ? degrees(graph) : (graph.tags ?? new Int32Array(graph.nodes))

/** The most channels of one-hot features. More kinds than this are numbers of nodes, not labels. */
const MOST_CHANNELS = 2 ** 16

function distinct(graphs: readonly Graph[], by: 'tag' | 'degree'): number[] {
  const kinds = new Set<number>()
  for (const graph of graphs) for (const kind of kindsOf(graph, by)) kinds.add(kind)
  return [...kinds].sort((a, b) => a - b)
}

/** The first numbers of a list. */
const shown = (values: readonly number[]): string => `${values.slice(0, 20).join(', ')}${values.length > 20 ? ', …' : ''}`

/**
 * One-hot node features by tag or by degree.
 *
 * @param graphs - graphs whose tags or degrees get a channel. Pass all graphs of a data set, as GIN does, so that every fold has the same channels.
 * @param by - 'auto' uses degrees if all nodes have the same tag, as published for the social networks (IMDB, COLLAB, REDDIT).
 * @returns an encoder whose `write` throws a RangeError for a tag or degree without a channel.
 * @throws RangeError if there are more than 65,536 tags or degrees, or an edge refers to a node that does not exist.
 */
export function oneHotEncoder(graphs: readonly Graph[], by: 'tag' | 'degree' | 'auto' = 'auto'): OneHotEncoder {
  const chosen = by !== 'auto' ? by : distinct(graphs, 'tag').length > 1 ? 'tag' : 'degree'
  const values = distinct(graphs, chosen)
  if (values.length > MOST_CHANNELS) {
    const remedy = chosen === 'tag' ? " Use degrees ('degree') or features (featureEncoder)." : ' Use features (featureEncoder).'
    throw new RangeError(`oneHotEncoder: expected at most ${MOST_CHANNELS} kinds of nodes, received ${values.length} ${chosen}s.${remedy}`)
  }
  const channels = new Map(values.map((value, channel) => [value, channel]))
  const write = (graph: Graph, rows: Float32Array, start: number): void => {
    const kinds = kindsOf(graph, chosen)
    for (let node = 0; node < graph.nodes; node++) {
      const channel = channels.get(kinds[node]!)
      if (channel === undefined) {
        throw new RangeError(`oneHotEncoder: expected node ${chosen}s among ${shown(values)}, received ${kinds[node]} at node ${node}.`)
      }
      rows[start + node * values.length + channel] = 1
    }
  }
  return { by: chosen, values, channels: values.length, write }
}

/**
 * The features stored in the graphs.
 *
 * @param channels - the number of features per node.
 * @returns an encoder whose `write` throws a RangeError for a graph that does not have `channels` features per node.
 */
export function featureEncoder(channels: number): NodeEncoder {
  const write = (graph: Graph, rows: Float32Array, start: number): void => {
    const received = graph.features?.length ?? 0
    if (received !== graph.nodes * channels) {
      throw new RangeError(`featureEncoder: expected ${graph.nodes} x ${channels} features, received ${received} numbers.`)
    }
    if (graph.features !== undefined) rows.set(graph.features, start)
  }
  return { channels, write }
}
