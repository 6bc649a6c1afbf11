import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseGraph6 } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import { type Examples, NOTHING } from './example.ts'
import { graphExamples } from './graph-examples.ts'
import type { OwnSource } from './source.ts'

/** The lines of the file of labels. The end of the file is no line. */
async function labelsOf(path: string): Promise<string[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').map((line) => line.trim())
  while (lines.at(-1) === '') lines.pop()
  const empty = lines.indexOf('')
  if (empty !== -1) throw new UsageError(`${basename(path)}, line ${empty + 1}: expected the class of a graph, received an empty line`)
  return lines
}

/**
 * Reads graphs in graph6, with the class of each as a line of the file that `--labels` names. Their channel is the degree.
 *
 * @throws UsageError or FormatError that names the file and the line.
 */
export async function readGraph6(path: string, { labels: labelFile, kind, unlabelled }: OwnSource): Promise<Examples> {
  const file = basename(path)
  const dense = kind === 'dense graph'
  if (unlabelled === true) return graphExamples(parseGraph6(await readFile(path), file), { file, target: () => NOTHING, dense })
  if (labelFile === undefined)
    throw new UsageError(`${file}: expected --labels FILE with the class of each graph, one a line, received no such option`)
  const [graphs, labels] = [parseGraph6(await readFile(path), file), await labelsOf(labelFile)]
  if (labels.length !== graphs.length)
    throw new UsageError(
      `${basename(labelFile)}: expected ${graphs.length} lines, one for each graph of ${file}, received ${labels.length}`,
    )
  return graphExamples(graphs, {
    file,
    target: (graph) => ({ kind: 'label', label: labels[graph] as string }),
    dense,
  })
}
