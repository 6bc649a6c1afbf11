import { allowance, RAISE_LIMIT, type ReadOptions } from './allowance.ts'
import { FormatError, quoted } from './format-error.ts'
import type { Graph } from './graph.ts'
import { gunzipped } from './gzip.ts'
import { IntegerLines } from './integer-lines.ts'

const READER = 'parsePlanetoid'

/** The three files of a citation network, each optionally gzipped. */
export interface PlanetoidFiles extends ReadOptions {
  /** One line per node: `label feature…`, where the features are the indices of those equal to 1. The label is -1 if the node has none. */
  readonly nodes: Uint8Array
  /** One line per undirected edge: `a b` with a < b. */
  readonly edges: Uint8Array
  /** JSON with the counts `nodes`, `features` and `classes`, and the lists of nodes `train`, `val` and `test`. */
  readonly split: Uint8Array
  /** The name of the data set in error messages; "the set" by default. */
  readonly name?: string
}

/** A node classification task on one graph, with its fixed split. */
export interface NodeClassification {
  /** The graph, with features [nodes, features] of zeros and ones. */
  readonly graph: Graph
  /** The number of features of a node. */
  readonly features: number
  readonly classes: number
  /** The class of each node, -1 if it has none. */
  readonly labels: Int32Array
  readonly train: Uint32Array
  readonly validation: Uint32Array
  readonly test: Uint32Array
}

/**
 * Reads a citation network (Cora, CiteSeer) from a text form of the Planetoid files.
 *
 * @returns the graph with every edge in both directions and dense features, the labels, and the fixed split.
 * @throws FormatError that names the file and line, if a file does not have this form, the files are inconsistent, an edge occurs twice, or a file or the dense
 * features need more than `maxBytes`. Counts are compared with the sizes of the files before anything is made.
 * @remarks The dense features take 15 MB for Cora and 49 MB for CiteSeer.
 * @see Yang, Cohen, Salakhutdinov 2016, "Revisiting semi-supervised learning with graph embeddings".
 */
export function parsePlanetoid(files: PlanetoidFiles): NodeClassification {
  const { name = 'the set' } = files
  const part = (kind: 'nodes' | 'edges' | 'split'): Uint8Array => gunzipped(READER, `${name}.${kind}`, files[kind], files)
  const split = readSplit(part('split'), `${name}.split`)
  const { nodes, features } = split
  const lines = part('nodes')
  requireRoom(split, lines.length, `${name}.split`, files)
  const { labels, rows } = readNodes(new IntegerLines(READER, `${name}.nodes`, lines), split)
  const edges = readEdges(new IntegerLines(READER, `${name}.edges`, part('edges')), nodes)
  const { classes, train, val, test } = split
  const graph: Graph = { nodes, edges, features: rows }
  return {
    graph,
    features,
    classes,
    labels,
    train: Uint32Array.from(train),
    validation: Uint32Array.from(val),
    test: Uint32Array.from(test),
  }
}

interface Split {
  readonly nodes: number
  readonly features: number
  readonly classes: number
  readonly train: readonly number[]
  readonly val: readonly number[]
  readonly test: readonly number[]
}

function readSplit(bytes: Uint8Array, file: string): Split {
  const text = new TextDecoder().decode(bytes)
  let split: Partial<Split> | null = null
  try {
    split = JSON.parse(text)
  } catch {
    // Not JSON: the check below reports it.
  }
  const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && (count as number) > 0
  const isPart = (part: unknown): boolean =>
    Array.isArray(part) && part.every((node) => Number.isInteger(node) && node >= 0 && node < split!.nodes!)
  const { nodes, features, classes, train, val, test } = split ?? {}
  if (![nodes, features, classes].every(isCount) || classes! > nodes! || ![train, val, test].every(isPart)) {
    const expected = 'JSON with the counts nodes, features and classes (at most nodes) and lists of nodes train, val and test'
    throw new FormatError({ reader: READER, file, expected, received: quoted(text) })
  }
  return split as Split
}

/** Labels and features are dense, with four bytes a number. */
function requireRoom({ nodes, features }: Split, bytes: number, file: string, options: ReadOptions): void {
  const limit = allowance(bytes, options)
  if (nodes * (features + 1) * 4 <= limit) return
  const expected = `at most ${limit} bytes of labels and dense features from ${bytes} bytes of nodes`
  throw new FormatError({ reader: READER, file, expected, received: `${nodes} x (1 + ${features}) x 4`, remedy: RAISE_LIMIT })
}

function readNodes(lines: IntegerLines, { nodes, features, classes }: Split): { labels: Int32Array; rows: Float32Array } {
  const labels = new Int32Array(nodes)
  const rows = new Float32Array(nodes * features)
  for (let node = 0; node < nodes; node++) {
    const expected = `node ${node} of ${nodes} as "label feature…", labels from -1 to ${classes - 1}, features from 0 to ${features - 1}`
    const [label, ...ones] = lines.expectLine(expected)
    if (label! < -1 || label! >= classes || ones.some((feature) => feature < 0 || feature >= features)) throw lines.error(expected)
    labels[node] = label!
    for (const feature of ones) rows[node * features + feature] = 1
  }
  while (lines.next()) if (lines.count > 0) throw lines.error(`the end of the file after ${nodes} nodes`)
  return { labels, rows }
}

function readEdges(lines: IntegerLines, nodes: number): Graph['edges'] {
  const pairs: [number, number][] = []
  const seen = new Set<number>()
  while (lines.next()) {
    if (lines.count === 0) continue
    const [a, b] = lines.values
    if (lines.count !== 2 || a! < 0 || b! <= a! || b! >= nodes) throw lines.error(`an edge "a b" with 0 <= a < b < ${nodes}`)
    if (seen.size === seen.add(a! * nodes + b!).size) throw lines.error('every edge once', `${a} ${b} again`)
    pairs.push([a!, b!], [b!, a!])
  }
  pairs.sort(([a, b], [c, d]) => b - d || a - c)
  return { sources: Int32Array.from(pairs, ([a]) => a), targets: Int32Array.from(pairs, ([, b]) => b) }
}
