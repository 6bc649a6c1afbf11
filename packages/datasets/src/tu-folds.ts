import { FormatError } from './format-error.ts'
import { IntegerLines } from './integer-lines.ts'
import type { Fold } from './splits.ts'

const READER = 'parseTu'

/** The ten fixed folds of an archive in the form of the GIN repository; none if the archive has no such folder. */
export function readFolds(entries: ReadonlyMap<string, Uint8Array>, folder: string, file: string, graphs: number): Fold[] {
  if (![...entries.keys()].some((path) => path.startsWith(folder))) return []
  return Array.from({ length: 10 }, (_, i) => readFold(entries, folder, i + 1, file, graphs))
}

function readFold(entries: ReadonlyMap<string, Uint8Array>, folder: string, fold: number, file: string, graphs: number): Fold {
  const seen = new Map<number, string>()
  const read = (part: 'train' | 'test'): Uint32Array => {
    const path = `${folder}${part}_idx-${fold}.txt`
    const text = entries.get(path)
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
