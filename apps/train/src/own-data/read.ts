import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { UsageError } from '../errors.ts'
import { readCsv } from './csv.ts'
import { demandExamples, type Example, type Examples, type Part, parts, withEdgeWidth } from './example.ts'
import { readGraph6 } from './graph6.ts'
import { imageExtensions } from './image-file.ts'
import { readImageFolder } from './image-folder.ts'
import { readMolecules } from './molecule.ts'
import { readNdjson } from './ndjson.ts'
import { readNpz } from './npz.ts'
import type { OwnSource, Reader } from './source.ts'
import { readTuArchive } from './tu-archive.ts'

/** Readers by extension; `folder` reads a folder. */
const readers: Readonly<Record<string, Reader>> = {
  '.ndjson': readNdjson,
  '.jsonl': readNdjson,
  '.npz': readNpz,
  '.zip': readTuArchive,
  '.g6': readGraph6,
  '.csv': readCsv,
  '.tsv': readCsv,
  '.xyz': readMolecules,
  '.extxyz': readMolecules,
  folder: readImageFolder,
}

/** A folder with this file holds the tables of one graph. */
const NODES = 'nodes.csv'

/** Whether `equivar predict` reads a path as training does. Newline-delimited JSON and .npz it reads by itself. */
export async function isOwnFormat(path: string): Promise<boolean> {
  const extension = extname(path).toLowerCase()
  if (['.ndjson', '.jsonl', '.npz'].includes(extension)) return false
  return Object.hasOwn(readers, extension) || isImage(extension) || ((await stat(path).catch(() => undefined))?.isDirectory() ?? false)
}

const isImage = (extension: string): boolean => imageExtensions.some((each) => each === extension)

async function readerOf(path: string, one: boolean): Promise<Reader> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new UsageError(`--data: expected a file or a folder, but ${path} does not exist`)
  if (found.isDirectory() && existsSync(join(path, NODES))) return (folder, source) => readCsv(join(folder, NODES), source)
  const key = found.isDirectory() ? 'folder' : extname(path).toLowerCase()
  if (one && isImage(key)) return readImageFolder
  const reader = readers[key]
  if (reader === undefined)
    throw new UsageError(`--data: expected a file of one of the kinds ${Object.keys(readers).join(', ')}, received ${basename(path)}`)
  return reader
}

/** Graphs without edges have as many features of edges as the others. */
function withEdgeWidths(all: Examples): Examples {
  const width = all.examples.find(({ edges }) => (edges?.sources.length ?? 0) > 0)?.edges?.attributes?.shape[1]
  return width === undefined ? all : { ...all, examples: all.examples.map((example) => withEdgeWidth(example, width)) }
}

/** All examples of a file, of the kind that is asked for, checked. */
async function readOne(path: string, source: OwnSource, signal?: AbortSignal): Promise<Examples> {
  const examples = await (await readerOf(path, source.unlabelled === true))(path, source, signal)
  const named = source.kind === undefined ? examples : { ...examples, kind: source.kind }
  demandExamples(named, path)
  return withEdgeWidths(named)
}

const inPart = (examples: readonly Example[], part: Part): Example[] => examples.map((example) => ({ ...example, part }))

/**
 * Reads own data: one path, or one each for training, validation and test.
 *
 * @throws UsageError that names the file, the place in it, what was expected and what came; Interrupted if the signal aborts.
 */
export async function readExamples(source: OwnSource, signal?: AbortSignal): Promise<Examples> {
  const [first, ...others] = source.paths
  if (first === undefined) throw new UsageError('--data: expected a file or a folder, received none')
  if (others.length === 0) return await readOne(first, source, signal)
  if (source.paths.length !== parts.length)
    throw new UsageError(`--data: expected one path, or three for ${parts.join(', ')}, received ${source.paths.length}`)
  const each: Examples[] = []
  for (const path of source.paths) each.push(await readOne(path, source, signal))
  const whole = { ...(each[0] as Examples), examples: each.flatMap(({ examples }, i) => inPart(examples, parts[i] as Part)) }
  demandExamples(whole, first)
  return whole
}
