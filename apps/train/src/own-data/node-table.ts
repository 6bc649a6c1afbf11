import { UsageError } from '../errors.ts'
import { type Example, type ExampleEdges, type Examples, NOTHING, type Numbers, type Target } from './example.ts'
import type { OwnSource } from './source.ts'
import { type EdgeEnds, endsOf, idColumn } from './speaking-columns.ts'
import { columnAt, placeOf, type Row, readTable, type Table } from './table.ts'
import { type Channels, cellNumber, channelsOfColumns } from './table-columns.ts'
import { type Roles, rolesOf } from './table-roles.ts'

/** The row of each node by its name: the cell in the column `--node-id`, or without it the number of the row from 0. */
function nodeNumbers(table: Table, idAt: number | undefined): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const [node, row] of table.rows.entries()) {
    const name = idAt === undefined ? String(node) : (row.cells[idAt] as string)
    const other = numbers.get(name)
    if (other !== undefined)
      throw new UsageError(
        `${placeOf(table, row)}: expected another name than in line ${table.rows[other]?.line} in column ${JSON.stringify(table.columns[idAt as number])}, received ${JSON.stringify(name)}`,
      )
    numbers.set(name, node)
  }
  return numbers
}

/** Edges with, for each whose reverse is not in the list, its reverse. */
function bothDirections({ sources, targets, attributes }: ExampleEdges): ExampleEdges {
  const listed = new Set(Array.from(sources, (source, edge) => `${source} ${targets[edge]}`))
  const single = Array.from(sources.keys()).filter((edge) => !listed.has(`${targets[edge]} ${sources[edge]}`))
  const ends = (of: Int32Array, reversed: Int32Array): Int32Array =>
    Int32Array.from([...of, ...single.map((edge) => reversed[edge] as number)])
  const both = { sources: ends(sources, targets), targets: ends(targets, sources) }
  if (attributes === undefined) return both
  const width = attributes.shape[1] as number
  const data = new Float32Array((sources.length + single.length) * width)
  data.set(attributes.data)
  for (const [i, edge] of single.entries())
    data.set(attributes.data.subarray(edge * width, (edge + 1) * width), (sources.length + i) * width)
  return { ...both, attributes: { shape: [sources.length + single.length, width], data } }
}

/** The edges of a table: two columns name nodes, others are features. */
function edgesOf(
  table: Table,
  { sourceAt, targetAt }: EdgeEnds,
  nodes: ReadonlyMap<string, number>,
  named: boolean,
): { readonly edges: ExampleEdges; readonly categoryNames: Channels['categoryNames'] } {
  const ends = (at: number): Int32Array =>
    Int32Array.from(table.rows, (row) => {
      const node = nodes.get(row.cells[at] as string)
      if (node !== undefined) return node
      const expected = named ? 'the name of a node' : `a node from 0 to ${nodes.size - 1} (--node-id COLUMN gives nodes names)`
      throw new UsageError(
        `${placeOf(table, row)}: expected ${expected} in column "${table.columns[at]}", received ${JSON.stringify(row.cells[at])}`,
      )
    })
  const features = table.columns.map((_, at) => at).filter((at) => at !== sourceAt && at !== targetAt)
  const edges = { sources: ends(sourceAt), targets: ends(targetAt) }
  if (features.length === 0) return { edges, categoryNames: {} }
  const { of, categoryNames } = channelsOfColumns(table, features)
  return { edges: { ...edges, attributes: of(table.rows) }, categoryNames }
}

/** What is to be predicted of each node. An empty cell is not known. */
function targetOf(table: Table, { label, targets }: Roles): Target {
  if (label !== undefined) return { kind: 'labels', labels: table.rows.map(({ cells }) => cells[label] || undefined) }
  const numberOf = (row: Row, at: number): number => {
    const cell = row.cells[at] as string
    const value = cellNumber(cell)
    if (cell === '' || !Number.isNaN(value)) return value
    throw new UsageError(
      `${placeOf(table, row)}: expected a number or nothing in column ${JSON.stringify(table.columns[at])}, received ${JSON.stringify(cell)}`,
    )
  }
  const data = Float32Array.from(table.rows.flatMap((row) => targets.map((at) => numberOf(row, at))))
  return { kind: 'ys', ys: { shape: [table.rows.length, targets.length], data } }
}

/** The degree of each node, for a table without features. */
function degreesOf({ targets }: ExampleEdges, nodes: number): Numbers {
  const data = new Float32Array(nodes)
  for (const node of targets) data[node] = (data[node] as number) + 1
  return { shape: [nodes, 1], data }
}

/**
 * Rows as nodes of one graph, whose edges are in the file `--edges`. Each edge goes both ways, unless `--directed` says that the list is complete. Nodes
 * without features have their degree. Without `--node-id`, a column such as `id` names the nodes if all edges are between its names.
 */
export async function nodeExamples(table: Table, source: OwnSource & { readonly edges: string }): Promise<Examples> {
  const list = await readTable(source.edges)
  const ends = endsOf(list)
  const idAt = source.nodeId === undefined ? idColumn(table, list, ends) : columnAt(table, source.nodeId, '--node-id')
  const roles = rolesOf(table, source, idAt === undefined ? [] : [idAt])
  const { edges: written, categoryNames: edgeCategoryNames } = edgesOf(list, ends, nodeNumbers(table, idAt), idAt !== undefined)
  const edges = source.directed === true ? written : bothDirections(written)
  const channels = channelsOfColumns(table, roles.channels)
  const parts = table.rows.map(roles.partOf)
  const featureless = roles.channels.length === 0
  const example: Example = {
    where: table.file,
    x: featureless ? degreesOf(edges, table.rows.length) : channels.of(table.rows),
    edges,
    target: source.unlabelled === true ? NOTHING : targetOf(table, roles),
    ...(source.splitColumn === undefined ? {} : { parts }),
  }
  return {
    kind: 'nodes',
    examples: [example],
    channelNames: featureless ? ['degree'] : channels.names,
    columns: channels.names,
    categoryNames: channels.categoryNames,
    edgeCategoryNames,
    notes: [
      `${list.file}: ${list.rows.length} edge${list.rows.length === 1 ? '' : 's'}${source.directed === true ? '' : ', in both directions'}${idAt === undefined ? '' : `; column ${JSON.stringify(table.columns[idAt])} names the nodes`}`,
    ],
  }
}
