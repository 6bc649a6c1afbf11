import { degrees, type Graph } from './graph.ts'

/** How the nodes of graphs become rows of numbers. */
export interface NodeEncoder {
  /** The numbers of a row. */
  readonly channels: number
  /** Writes a graph's rows, [nodes, channels], into an array of zeros from `start` on. */
  write(graph: Graph, rows: Float32Array, start: number): void
}

/** One channel for each kind of node; its row is 1 there and 0 elsewhere. */
export interface OneHotEncoder extends NodeEncoder {
  readonly by: 'tag' | 'degree'
  /** The tag or degree that each channel stands for, ascending. */
  readonly values: readonly number[]
}

const kindsOf = (graph: Graph, by: 'tag' | 'degree'): Int32Array =>
  by === 'degree' ? degrees(graph) : (graph.tags ?? new Int32Array(graph.nodes))

function distinct(graphs: readonly Graph[], by: 'tag' | 'degree'): number[] {
  const kinds = new Set<number>()
  for (const graph of graphs) for (const kind of kindsOf(graph, by)) kinds.add(kind)
  return [...kinds].sort((a, b) => a - b)
}

/**
 * One-hot rows by the nodes' tags, or by their degrees.
 *
 * @param graphs - those whose tags or degrees get channels; take all graphs of a set, as GIN does, so that every fold has the same channels.
 * @param by - 'auto' takes degrees where all nodes have the same tag, as published for the social networks (IMDB, COLLAB, REDDIT).
 * @returns an encoder whose `write` throws a RangeError for a tag or degree that none of these graphs has.
 */
export function oneHotEncoder(graphs: readonly Graph[], by: 'tag' | 'degree' | 'auto' = 'auto'): OneHotEncoder {
  const chosen = by !== 'auto' ? by : distinct(graphs, 'tag').length > 1 ? 'tag' : 'degree'
  const values = distinct(graphs, chosen)
  const channels = new Map(values.map((value, channel) => [value, channel]))
  const write = (graph: Graph, rows: Float32Array, start: number): void => {
    const kinds = kindsOf(graph, chosen)
    for (let node = 0; node < graph.nodes; node++) {
      const channel = channels.get(kinds[node]!)
      if (channel === undefined) {
        throw new RangeError(
          `oneHotEncoder: expected nodes of a ${chosen} that has a channel (${values.join(', ')}), received ${kinds[node]} at node ${node}.`,
        )
      }
      rows[start + node * values.length + channel] = 1
    }
  }
  return { by: chosen, values, channels: values.length, write }
}

/**
 * The graphs' own features as rows.
 *
 * @param channels - how many numbers each node has.
 * @returns an encoder whose `write` throws a RangeError for a graph without features of that many channels.
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
