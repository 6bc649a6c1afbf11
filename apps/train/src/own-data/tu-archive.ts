import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseTu, type TuSet } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import { type Examples, NOTHING, type Target } from './example.ts'
import { graphExamples } from './graph-examples.ts'
import type { OwnSource } from './source.ts'

/** The columns of graph attributes that `--target` names, counted from 1; all of them by default. */
function columnsOf(target: string | undefined, width: number, file: string): number[] {
  if (target === undefined) return Array.from({ length: width }, (_, column) => column)
  return target.split(',').map((text) => {
    const column = Number(text)
    if (text.trim() !== '' && Number.isInteger(column) && column >= 1 && column <= width) return column - 1
    throw new UsageError(
      `--target: expected columns of the graph attributes of ${file}, from 1 to ${width}, received ${JSON.stringify(text)}`,
    )
  })
}

/** What is to be predicted of a graph: its class, or with `--target` or without classes its attributes. */
function targetsOf({ classes, labels, attributes, graphs }: TuSet, target: string | undefined, file: string): (graph: number) => Target {
  if (target === undefined && classes.length > 0) return (graph) => ({ kind: 'label', label: classes[labels[graph] as number] as string })
  if (attributes === undefined)
    throw new UsageError(`--target: expected an archive with graph attributes (NAME_graph_attributes.txt), received ${file} without them`)
  const width = attributes.length / Math.max(1, graphs.length)
  const columns = columnsOf(target, width, file)
  return (graph) => ({ kind: 'y', y: columns.map((column) => attributes[graph * width + column] as number) })
}

/**
 * Reads the graphs of a TU archive, in the official form or in that of GIN. What is to be predicted is the class of a graph, or, with `--target` or without
 * classes, its attributes.
 *
 * @throws UsageError or FormatError that names the file and the line.
 */
export async function readTuArchive(path: string, { target, kind, unlabelled }: OwnSource): Promise<Examples> {
  const file = basename(path)
  const set = parseTu(await readFile(path), { file })
  const targets = unlabelled === true ? () => NOTHING : targetsOf(set, target, file)
  return graphExamples(set.graphs, { file, target: targets, dense: kind === 'dense graph' })
}
