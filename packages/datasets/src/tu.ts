import { adjacencyFault, edgesOf } from './adjacency-lists.ts'
import { unzip } from './compression.ts'
import { FormatError } from './format-error.ts'
import type { Graph, GraphSet } from './graph.ts'
import { IntegerLines } from './integer-lines.ts'
import type { Fold } from './splits.ts'

const READER = 'parseTu'

/** A TU data set with the ten folds that published results use. */
export interface TuSet extends GraphSet {
  /**
   * The fixed folds of the GIN repository; empty if the archive has none. As published, a test fold has floor(graphs / 10) graphs, so the remaining
   * graphs % 10 are in every training fold.
   */
  readonly folds: readonly Fold[]
}

/** Options of parseTu. */
export interface TuOptions {
  /** The name of the file in error messages; "the archive" by default. */
  readonly file?: string
  /** The name of the data set, such as MUTAG. Optional if the archive contains only one. */
  readonly name?: string
}

/**
 * Reads a TU data set for graph classification from a zip archive in the text format of the GIN repository.
 *
 * The archive contains NAME/NAME.txt and, for the fixed folds, NAME/10fold_idx/{train,test}_idx-{1..10}.txt. Folders above NAME are ignored, so GIN's own
 * dataset.zip with all its sets can be read too. The text starts with the number of graphs. A graph is a line `n label` followed by n lines
 * `tag degree neighbour…`, with nodes numbered from 0. Labels become 0, 1, … in ascending order; `classes` contains the original labels.
 *
 * @param archive - the bytes of the zip file.
 * @throws FormatError that names the file, the line and what was expected there, if the file does not have this form or is damaged.
 * @remarks Time and memory are linear in the text; the 84 MB of COLLAB take about 2 seconds and 400 MB.
 * @see Xu, Hu, Leskovec, Jegelka 2019, "How powerful are graph neural networks?"; Morris et al. 2020, "TUDataset".
 */
export function parseTu(archive: Uint8Array, options: TuOptions = {}): TuSet {
  const { file = 'the archive' } = options
  const texts: string[] = []
  const entries = unzip(READER, file, archive, (entry) => {
    if (entry.startsWith('__MACOSX/') || !entry.endsWith('.txt')) return false
    texts.push(entry)
    return options.name === undefined || `/${entry}`.includes(`/${options.name}/`)
  })
  const path = findSet(texts, file, options.name)
  const name = baseName(path)
  const set = parseTuText(entries[path]!, name, `${file}: ${path}`)
  const folder = path.slice(0, path.length - `${name}.txt`.length)
  return { ...set, folds: readFolds(entries, `${folder}10fold_idx/`, file, set.graphs.length) }
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1, -'.txt'.length)

/** The path of the graph text in the archive: a file with the name of its folder. */
function findSet(paths: readonly string[], file: string, name: string | undefined): string {
  const sets = paths.filter((path) => `/${path}`.endsWith(`/${baseName(path)}/${baseName(path)}.txt`))
  const wanted = name === undefined ? sets : sets.filter((path) => baseName(path) === name)
  if (wanted.length === 1) return wanted[0]!
  throw new FormatError({
    reader: READER,
    file,
    expected: name === undefined ? 'one set, NAME/NAME.txt' : `the set ${name}/${name}.txt`,
    received: sets.length === 0 ? 'an archive without such a file' : sets.join(', '),
    ...(sets.length > 1 && name === undefined ? { remedy: 'Choose one with the option name.' } : {}),
  })
}

/**
 * Reads the graph text of a TU data set.
 *
 * @param text - bytes of NAME.txt.
 * @throws FormatError as parseTu does.
 */
export function parseTuText(text: Uint8Array, name: string, file: string = `${name}.txt`): GraphSet {
  const lines = new IntegerLines(READER, file, text)
  const [count, ...more] = lines.expectLine('the number of graphs')
  if (count! < 0 || more.length > 0) throw lines.error('the number of graphs, alone on its line')
  const graphs: Graph[] = []
  const original: number[] = []
  while (graphs.length < count!) {
    const expected = `the nodes and the label of graph ${graphs.length} of ${count}`
    const [nodes, label, ...rest] = lines.expectLine(expected)
    if (nodes! < 1 || nodes! > text.length || label === undefined || rest.length > 0) throw lines.error(`${expected}, as in "23 1"`)
    original.push(label)
    graphs.push(readGraph(lines, nodes!))
  }
  while (lines.next()) if (lines.count > 0) throw lines.error(`the end of the file after ${count} graphs`)
  const classes = [...new Set(original)].sort((a, b) => a - b)
  return { name, graphs, labels: Int32Array.from(original, (label) => classes.indexOf(label)), classes: classes.map(String) }
}

function readGraph(lines: IntegerLines, nodes: number): Graph {
  const tags = new Int32Array(nodes)
  const starts = new Int32Array(nodes + 1)
  const parts: Int32Array[] = []
  const nodeLines = new Int32Array(nodes)
  for (let j = 0; j < nodes; j++) {
    const row = lines.expectLine(`node ${j} of a graph with ${nodes} nodes`)
    const [tag, degree] = row
    if (degree === undefined || row.length !== 2 + degree) {
      const form = degree === undefined ? '' : `, so ${2 + degree} integers`
      throw lines.error(`node ${j} as "tag degree neighbour…"${form}`, `${row.length} integers`)
    }
    const neighbours = row.slice(2)
    const stranger = neighbours.find((neighbour) => neighbour < 0 || neighbour >= nodes)
    if (stranger !== undefined) throw lines.error(`neighbours of node ${j} from 0 to ${nodes - 1}`, `${stranger}`)
    tags[j] = tag!
    nodeLines[j] = lines.line
    starts[j + 1] = starts[j]! + neighbours.length
    parts.push(neighbours)
  }
  const neighbours = new Int32Array(starts[nodes]!)
  for (let j = 0; j < nodes; j++) neighbours.set(parts[j]!, starts[j])
  const fault = adjacencyFault({ starts, neighbours })
  if (fault?.fault === 'repeated') {
    throw lines.error(`every neighbour of node ${fault.node} once`, `${fault.neighbour} twice`, nodeLines[fault.node])
  }
  if (fault !== undefined) {
    const received = `an edge from ${fault.node} to ${fault.neighbour} that node ${fault.neighbour} does not list`
    throw lines.error('an undirected graph, every edge listed by both its nodes', received, nodeLines[fault.node])
  }
  return { nodes, tags, edges: edgesOf({ starts, neighbours }) }
}

function readFolds(entries: Record<string, Uint8Array>, folder: string, file: string, graphs: number): Fold[] {
  if (!Object.keys(entries).some((path) => path.startsWith(folder))) return []
  return Array.from({ length: 10 }, (_, i) => readFold(entries, folder, i + 1, file, graphs))
}

function readFold(entries: Record<string, Uint8Array>, folder: string, fold: number, file: string, graphs: number): Fold {
  const seen = new Map<number, string>()
  const read = (part: 'train' | 'test'): Uint32Array => {
    const path = `${folder}${part}_idx-${fold}.txt`
    const text = entries[path]
    if (text === undefined) {
      throw new FormatError({
        reader: READER,
        file,
        expected: `the fold ${path}`,
        received: 'an archive with other folds but not this one',
      })
    }
    const lines = new IntegerLines(READER, `${file}: ${path}`, text)
    const indices: number[] = []
    while (lines.next()) {
      if (lines.count === 0) continue
      const index = lines.values[0]!
      if (lines.count !== 1 || index < 0 || index >= graphs)
        throw lines.error(`the number of a graph from 0 to ${graphs - 1}, alone on its line`)
      const before = seen.get(index)
      if (before !== undefined) throw lines.error('every graph at most once in a fold', `graph ${index}, which is in ${before} already`)
      seen.set(index, `${part}_idx-${fold}.txt`)
      indices.push(index)
    }
    return Uint32Array.from(indices)
  }
  return { train: read('train'), test: read('test') }
}
