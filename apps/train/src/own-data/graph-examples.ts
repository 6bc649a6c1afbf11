import { degrees, type Graph } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import { type Categories, integerCategories, MOST_CATEGORIES } from './categories.ts'
import type { Example, ExampleEdges, Examples, Numbers, Target } from './example.ts'

/** A channel of nodes or edges that holds categories. */
interface CategoryChannel {
  readonly name: string
  readonly categories: Categories<number>
  readonly of: (graph: Graph) => Int32Array
}

function* valuesOf(graphs: readonly Graph[], of: (graph: Graph) => Int32Array): Generator<number> {
  for (const graph of graphs) yield* of(graph)
}

/** The channel of node labels, if they differ, or of degrees, if nodes have no features at all. */
function categoryChannel(graphs: readonly Graph[], width: number, file: string): CategoryChannel | undefined {
  const labelOf = (graph: Graph): Int32Array => graph.tags ?? new Int32Array(graph.nodes)
  const labels = integerCategories(valuesOf(graphs, labelOf))
  if (labels.names.length > MOST_CATEGORIES)
    throw new UsageError(
      `${file}: expected at most ${MOST_CATEGORIES} different labels of nodes, received ${labels.names.length}; leave out the labels, or give the numbers as attributes`,
    )
  if (new Set(valuesOf(graphs, labelOf)).size > 1) return { name: 'label', categories: labels, of: labelOf }
  return width > 0 ? undefined : { name: 'degree', categories: integerCategories(valuesOf(graphs, degrees)), of: degrees }
}

/** Numbers in a row of features. */
const widthOf = (rows: readonly (readonly [values: Float32Array | undefined, count: number])[]): number => {
  const [values, count] = rows.find(([, count]) => count > 0) ?? [undefined, 1]
  return (values?.length ?? 0) / count
}

/** x of a graph: the code of its category, then its features. */
function nodeRows(graph: Graph, channel: CategoryChannel | undefined, width: number): Numbers {
  const first = channel === undefined ? 0 : 1
  const [codes, columns] = [channel?.of(graph), first + width]
  const data = new Float32Array(graph.nodes * columns)
  for (let node = 0; node < graph.nodes; node++) {
    if (channel !== undefined)
      data[node * columns] =
        channel.categories.names.length > MOST_CATEGORIES ? codes![node]! : channel.categories.codes.get(codes![node]!)!
    for (let i = 0; i < width; i++) data[node * columns + first + i] = graph.features![node * width + i]!
  }
  return { shape: [graph.nodes, columns], data }
}

/** How the label of an edge is written into its features. */
interface EdgeLabels {
  readonly width: number
  readonly write: (row: Float32Array, label: number) => void
}

/** A label as its code, for models that know the categories; in a matrix, where 0 is no edge, as one channel for each label. */
function edgeLabels(labels: readonly number[], codes: ReadonlyMap<number, number>, dense: boolean): EdgeLabels {
  if (labels.length === 0) return { width: 0, write: () => {} }
  const place = (label: number): number => (dense ? labels.indexOf(label) : 0)
  const written = (label: number): number => (dense ? 1 : codes.get(label)!)
  return {
    width: dense ? labels.length : 1,
    write: (row, label) => {
      row[place(label)] = written(label)
    },
  }
}

/** Edges with their label, then their features. */
function edgesOf({ edges }: Graph, labels: EdgeLabels, width: number): ExampleEdges {
  const { sources, targets, tags, features } = edges
  const columns = labels.width + width
  if (columns === 0) return { sources, targets }
  const data = new Float32Array(sources.length * columns)
  for (let edge = 0; edge < sources.length; edge++) {
    const row = data.subarray(edge * columns, (edge + 1) * columns)
    if (tags !== undefined) labels.write(row, tags[edge]!)
    for (let i = 0; i < width; i++) row[labels.width + i] = features![edge * width + i]!
  }
  return { sources, targets, attributes: { shape: [sources.length, columns], data } }
}

/** [nodes, nodes] with the number of edges from a row's node to a column's; with attributes of edges, [nodes, nodes, 1 + channels]. */
function adjacencyOf({ sources, targets, attributes }: ExampleEdges, nodes: number): Numbers {
  const channels = attributes?.shape[1] ?? 0
  const data = new Float32Array(nodes * nodes * (1 + channels))
  sources.forEach((source, edge) => {
    const at = (source * nodes + targets[edge]!) * (1 + channels)
    data[at]! += 1
    for (let i = 0; i < channels; i++) data[at + 1 + i]! += attributes!.data[edge * channels + i]!
  })
  return { shape: channels === 0 ? [nodes, nodes] : [nodes, nodes, 1 + channels], data }
}

/** What graphs of a file become. */
export interface GraphOptions {
  /** The name of the file, for messages. */
  readonly file: string
  /** What is to be predicted, by the place of the graph. */
  readonly target: (graph: number) => Target
  /** Whether graphs are matrices for networks of pairs of nodes. */
  readonly dense?: boolean
}

/**
 * Graphs as examples. Channels of nodes are their label, as a category, and their features; without either, their degree, as a category, as in GIN.
 * Channels of edges are their label, as a category, and their features.
 *
 * @throws UsageError if there are more than 1,024 different labels of nodes.
 */
export function graphExamples(graphs: readonly Graph[], { file, target, dense = false }: GraphOptions): Examples {
  const width = widthOf(graphs.map(({ features, nodes }) => [features, nodes]))
  const channel = categoryChannel(graphs, width, file)
  const edgeWidth = widthOf(graphs.map(({ edges }) => [edges.features, edges.sources.length]))
  const tags = [...new Set(graphs.flatMap(({ edges }) => [...new Set(edges.tags ?? [])]))].sort((a, b) => a - b)
  const categories = integerCategories(tags)
  const labels = edgeLabels(tags, categories.codes, dense)
  const examples = graphs.map((graph, i): Example => {
    const edges = edgesOf(graph, labels, edgeWidth)
    return {
      where: `${file}, graph ${i + 1}`,
      x: nodeRows(graph, channel, width),
      ...(dense ? { adjacency: adjacencyOf(edges, graph.nodes) } : { edges }),
      target: target(i),
    }
  })
  const names = channel?.categories.names ?? []
  return {
    kind: dense ? 'dense graph' : 'graph',
    examples,
    channelNames: [...(channel === undefined ? [] : [channel.name]), ...Array.from({ length: width }, (_, i) => `attribute ${i + 1}`)],
    ...(dense || tags.length === 0 ? {} : { edgeCategoryNames: { 0: categories.names } }),
    ...(names.length === 0 || names.length > MOST_CATEGORIES ? {} : { categoryNames: { 0: names } }),
  }
}
