import type { ReadOptions } from './allowance.ts'
import { FormatError } from './format-error.ts'
import type { GraphSet } from './graph.ts'
import type { Fold } from './splits.ts'
import { readFolds } from './tu-folds.ts'
import { readTables, TuTables } from './tu-tables.ts'
import { parseTuText } from './tu-text.ts'
import { unzip } from './zip.ts'

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
export interface TuOptions extends ReadOptions {
  /** The name of the file in error messages; "the archive" by default. */
  readonly file?: string
  /** The name of the data set, such as MUTAG. Optional if the archive contains only one. */
  readonly name?: string
}

/** A file of an archive in the official form, NAME_A.txt. */
const TABLE = '_A.txt'

/**
 * Reads a TU data set for graph classification from a zip archive, in the text format of the GIN repository or in that of the official archives.
 *
 * GIN's archive contains NAME/NAME.txt and, for the fixed folds, NAME/10fold_idx/{train,test}_idx-{1..10}.txt. Folders above NAME are ignored, so GIN's own
 * dataset.zip with all its sets can be read too. The text starts with the number of graphs. A graph is a line `n label` followed by n lines
 * `tag degree neighbour…`, with nodes numbered from 0. Every edge is listed once by both its nodes.
 *
 * The official archive contains NAME_A.txt, NAME_graph_indicator.txt, NAME_graph_labels.txt, and where they exist tables of labels (which become `tags` of
 * nodes and edges) and attributes (which become `features`). NAME_graph_attributes.txt has numbers of each graph for regression (`attributes`); then
 * NAME_graph_labels.txt may be missing. Its edges are directed, and count as often as they are listed. It has no folds.
 *
 * Labels become 0, 1, … in ascending order; `classes` contains the original labels.
 *
 * @param archive - the bytes of the zip file.
 * @throws FormatError that names the file, the line and what was expected there, if the file does not have this form or is damaged, or unpacks to more than
 * `maxBytes`.
 * @remarks Time and memory are linear in the text; the 84 MB of COLLAB take about 2 seconds and 400 MB.
 * @see Xu, Hu, Leskovec, Jegelka 2019, "How powerful are graph neural networks?"; Morris et al. 2020, "TUDataset".
 */
export function parseTu(archive: Uint8Array, options: TuOptions = {}): TuSet {
  const { file = 'the archive', name: wanted } = options
  const texts: string[] = []
  const isWanted = (entry: string): boolean => {
    if (entry.startsWith('__MACOSX/') || !entry.endsWith('.txt')) return false
    texts.push(entry)
    return wanted === undefined || `/${entry}`.includes(`/${wanted}/`) || `/${entry}`.includes(`/${wanted}_`)
  }
  const entries = unzip(READER, file, archive, isWanted, options)
  const path = findSet(texts, file, wanted)
  if (path.endsWith(TABLE)) {
    const start = path.slice(0, -TABLE.length)
    return { ...readTables(new TuTables(entries, start, file), start.slice(start.lastIndexOf('/') + 1)), folds: [] }
  }
  const name = baseName(path)
  const set = parseTuText(entries.get(path)!, name, `${file}: ${path}`)
  const folder = path.slice(0, path.length - `${name}.txt`.length)
  return { ...set, folds: readFolds(entries, `${folder}10fold_idx/`, file, set.graphs.length) }
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1, -'.txt'.length)

/** The path of the graph text in the archive, a file with the name of its folder, or that of the official table of edges. */
function findSet(paths: readonly string[], file: string, name: string | undefined): string {
  const nameOf = (path: string): string => (path.endsWith(TABLE) ? baseName(path).slice(0, -'_A'.length) : baseName(path))
  const sets = paths.filter((path) => path.endsWith(TABLE) || `/${path}`.endsWith(`/${baseName(path)}/${baseName(path)}.txt`))
  const wanted = name === undefined ? sets : sets.filter((path) => nameOf(path) === name)
  if (wanted.length === 1) return wanted[0]!
  throw new FormatError({
    reader: READER,
    file,
    expected: name === undefined ? 'one set, NAME/NAME.txt or NAME_A.txt' : `the set ${name}/${name}.txt or ${name}_A.txt`,
    received: sets.length === 0 ? 'an archive without such a file' : sets.join(', '),
    ...(sets.length > 0 && name === undefined ? { remedy: 'Choose one with the option name.' } : {}),
  })
}
