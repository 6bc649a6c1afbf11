import { numberedClasses } from './classes.ts'
import { decimal } from './decimal.ts'
import { FormatError } from './format-error.ts'
import type { Graph, GraphSet } from './graph.ts'
import { IntegerLines } from './integer-lines.ts'
import { TextLines } from './text-lines.ts'

const READER = 'parseTu'

/** The tables NAME_A.txt, NAME_graph_indicator.txt, ... of an archive. */
export class TuTables {
  readonly #entries: ReadonlyMap<string, Uint8Array>
  readonly #start: string
  readonly #file: string

  /** @param start - the path of the tables up to NAME. */
  constructor(entries: ReadonlyMap<string, Uint8Array>, start: string, file: string) {
    this.#entries = entries
    this.#start = start
    this.#file = file
  }

  #find(table: string): [bytes: Uint8Array | undefined, file: string] {
    const path = `${this.#start}_${table}.txt`
    return [this.#entries.get(path), `${this.#file}: ${path}`]
  }

  /** An optional table of `width` integers a line. */
  integers(table: string, width: number, check: (row: Int32Array, lines: IntegerLines) => void = () => {}): Int32Array | undefined {
    const [bytes, file] = this.#find(table)
    if (bytes === undefined) return undefined
    const lines = new IntegerLines(READER, file, bytes, 'commas')
    let [values, length] = [new Int32Array(64 * width), 0]
    while (lines.next()) {
      if (lines.count === 0) continue
      const row = lines.values.subarray(0, lines.count)
      if (lines.count !== width) throw lines.error(width === 1 ? 'one integer' : `${width} integers`)
      check(row, lines)
      if (length === values.length) {
        const larger = new Int32Array(2 * length)
        larger.set(values)
        values = larger
      }
      values.set(row, length)
      length += width
    }
    return values.slice(0, length)
  }

  /** A table of `width` integers a line. @throws FormatError if the archive lacks it. */
  required(table: string, width: number, check?: (row: Int32Array, lines: IntegerLines) => void): Int32Array {
    const values = this.integers(table, width, check)
    if (values !== undefined) return values
    const expected = `the table ${this.#start}_${table}.txt`
    throw new FormatError({ reader: READER, file: this.#file, expected, received: 'an archive without it' })
  }

  /** An optional table of numbers, the same number in each line. @param rows - the number of its lines; undefined if any number will do. */
  numbers(table: string, rows: number | undefined, of: string): { values: Float32Array; width: number } | undefined {
    const [bytes, file] = this.#find(table)
    if (bytes === undefined) return undefined
    const lines = new TextLines(READER, file, bytes)
    const values: number[] = []
    let [width, count] = [0, 0]
    for (let line = lines.next(); line !== undefined; line = lines.next()) {
      if (line === '') continue
      const row = line.split(/[\s,]+/).map(decimal)
      if (row.some((value) => !Number.isFinite(Math.fround(value)))) throw lines.error('numbers separated by commas')
      if (count === 0) width = row.length
      if (row.length !== width) throw lines.error(`${width} numbers, as in the first line`, `${row.length}`)
      for (const value of row) values.push(value)
      count++
    }
    if (rows !== undefined) this.requireRows(table, count, rows, of)
    return { values: Float32Array.from(values), width }
  }

  /** @throws FormatError if a table does not have one line for each `of`. */
  requireRows(table: string, received: number, rows: number, of: string): void {
    if (received === rows) return
    throw new FormatError({
      reader: READER,
      file: this.#find(table)[1],
      expected: `${rows} lines, one for each ${of}`,
      received: `${received}`,
    })
  }
}

/** The edges of all graphs, ordered by target. */
interface Sorted {
  /** For each node of all graphs, the place of its first incoming edge. */
  readonly starts: Int32Array
  /** The line of each edge. */
  readonly lines: Int32Array
}

function sortedByTarget(pairs: Int32Array, nodes: number): Sorted {
  const starts = new Int32Array(nodes + 1)
  for (let e = 1; e < pairs.length; e += 2) starts[pairs[e]!]!++
  for (let node = 0; node < nodes; node++) starts[node + 1]! += starts[node]!
  const next = starts.slice()
  const lines = new Int32Array(pairs.length / 2)
  for (let e = 0; e < lines.length; e++) lines[next[pairs[2 * e + 1]! - 1]!++] = e
  return { starts, lines }
}

const rowsOf = (table: { values: Float32Array; width: number }, lines: Int32Array): Float32Array => {
  const { values, width } = table
  const rows = new Float32Array(lines.length * width)
  lines.forEach((line, i) => {
    rows.set(values.subarray(line * width, (line + 1) * width), i * width)
  })
  return rows
}

/**
 * Reads a TU data set in the form of the official archives: NAME_A.txt with an edge `source, target` a line, nodes of all graphs numbered from 1;
 * NAME_graph_indicator.txt with the graph of each node, ascending; NAME_graph_labels.txt, or NAME_graph_attributes.txt for regression, or both; and where they
 * exist NAME_node_labels.txt (`tags`), NAME_node_attributes.txt (`features`), NAME_edge_labels.txt (`edges.tags`) and NAME_edge_attributes.txt
 * (`edges.features`).
 *
 * @throws FormatError that names the table and the line.
 */
export function readTables(tables: TuTables, name: string): GraphSet {
  const { count, ...wanted } = readWanted(tables)
  const owners = readOwners(tables, count)
  const nodes = owners.length
  const pairs = tables.required('A', 2, ([source, target], lines) => {
    const isNode = (node: number): boolean => node >= 1 && node <= nodes
    if (!isNode(source!) || !isNode(target!)) throw lines.error(`an edge between nodes from 1 to ${nodes}`)
    if (owners[source! - 1] !== owners[target! - 1]) throw lines.error('an edge between nodes of one graph')
  })
  const edges = pairs.length / 2
  const tags = tables.integers('node_labels', 1)
  if (tags !== undefined) tables.requireRows('node_labels', tags.length, nodes, 'node')
  const edgeTags = tables.integers('edge_labels', 1)
  if (edgeTags !== undefined) tables.requireRows('edge_labels', edgeTags.length, edges, 'edge')
  const attributes = tables.numbers('node_attributes', nodes, 'node')
  const edgeAttributes = tables.numbers('edge_attributes', edges, 'edge')
  const { starts, lines } = sortedByTarget(pairs, nodes)
  let first = 0
  const graphs = Array.from({ length: count }, (_, g): Graph => {
    const from = first
    while (first < nodes && owners[first] === g + 1) first++
    const own = lines.subarray(starts[from]!, starts[first]!)
    return {
      nodes: first - from,
      edges: {
        sources: own.map((line) => pairs[2 * line]! - 1 - from),
        targets: own.map((line) => pairs[2 * line + 1]! - 1 - from),
        ...(edgeTags === undefined ? {} : { tags: own.map((line) => edgeTags[line]!) }),
        ...(edgeAttributes === undefined ? {} : { features: rowsOf(edgeAttributes, own) }),
      },
      ...(tags === undefined ? {} : { tags: tags.slice(from, first) }),
      ...(attributes === undefined ? {} : { features: attributes.values.slice(from * attributes.width, first * attributes.width) }),
    }
  })
  return { name, graphs, ...wanted }
}

/** The classes of the graphs, their numbers for regression, or both. @throws FormatError if the archive has neither. */
function readWanted(tables: TuTables): Pick<GraphSet, 'labels' | 'classes' | 'attributes'> & { count: number } {
  const attributes = tables.numbers('graph_attributes', undefined, 'graph')
  const original = attributes === undefined ? tables.required('graph_labels', 1) : tables.integers('graph_labels', 1)
  const rows = attributes === undefined ? 0 : attributes.values.length / Math.max(1, attributes.width)
  const count = original?.length ?? rows
  if (attributes !== undefined) tables.requireRows('graph_attributes', rows, count, 'graph')
  return {
    count,
    ...(original === undefined ? { labels: new Int32Array(count).fill(-1), classes: [] } : numberedClasses([...original])),
    ...(attributes === undefined ? {} : { attributes: attributes.values }),
  }
}

/** The graph of each node, from 1. */
function readOwners(tables: TuTables, graphs: number): Int32Array {
  let before = 1
  return tables.required('graph_indicator', 1, ([graph], lines) => {
    if (graph! < before || graph! > graphs) throw lines.error(`a graph from ${before} to ${graphs}, in ascending order`)
    before = graph!
  })
}
