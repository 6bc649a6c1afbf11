import { statSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { Dataset } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import { progress } from '../output.ts'
import { BatchThreads } from './batch-threads.ts'
import { isJoined } from './dataset.ts'
import type { Example, Examples, Part } from './example.ts'
import { exampleLines } from './example-lines.ts'
import { FileExamples } from './file-examples.ts'
import { FirstReading } from './first-reading.ts'
import type { Fitted } from './fit.ts'
import { PLACE } from './line-index.ts'
import { exampleOfLine, kindOfLine } from './ndjson.ts'
import type { OwnSource } from './source.ts'
import type { SplitChoice } from './split.ts'

/** Newline-delimited JSON above this size stays on the disk. */
const LARGE_BYTES = 128 * 2 ** 20

/** Whether own data stay on the disk: one file of newline-delimited JSON of more than 128 MiB. */
export const isLarge = ({ paths }: OwnSource): boolean => {
  const [path, ...others] = paths
  if (path === undefined || others.length > 0 || !['.ndjson', '.jsonl'].includes(extname(path).toLowerCase())) return false
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGE_BYTES
}

/** What is known of a large file after the first reading. */
export interface LargeFile {
  readonly kind: Examples['kind']
  /** The first example, which all others are like. */
  readonly first: Example
  readonly fitted: Fitted
  /** Batches are read from the file: those of `prefetch` by other threads. */
  readonly parts: Readonly<Record<Part, Dataset>>
  readonly found: readonly string[]
  /** The loss of the best answer that is always the same. */
  readonly constantLoss: number | undefined
  /** Closes the file and ends the threads that read it. */
  close(): Promise<void>
}

/** How a large file is read. */
export interface LargeFileOptions {
  /** What examples are, where the file does not say it. */
  readonly kind?: Examples['kind'] | undefined
  /** Stops the first reading. */
  readonly signal?: AbortSignal | undefined
}

async function readOnce(path: string, choice: SplitChoice, { kind, signal }: LargeFileOptions): Promise<FirstReading | undefined> {
  const file = basename(path)
  const bar = progress(statSync(path).size)
  let reading: FirstReading | undefined
  try {
    for await (const lines of exampleLines(path, signal)) {
      for (const { line, text, start } of lines) {
        const where = `${file}, line ${line}`
        const example = exampleOfLine(text, where)
        reading ??= new FirstReading(example, kind ?? kindOfLine(text, where), choice)
        if (reading.kind === 'nodes') return undefined
        reading.include(example, start, line)
      }
      bar?.update(lines.at(-1)?.start ?? 0, reading?.lines.length ?? 0)
    }
  } finally {
    bar?.stop()
  }
  if (reading === undefined) throw new UsageError(`${path}: expected at least one example, received none`)
  return reading
}

/** The examples of a part, read again from the file when a batch asks for them. */
function datasetOf(
  reading: FirstReading,
  part: Part,
  { examples, threads }: { readonly examples: FileExamples; readonly threads: BatchThreads },
): Dataset {
  const { kind, lines, parts } = reading
  const length = parts.count(part)
  const placesOf = (indices: ArrayLike<number>): Float64Array => {
    const places = new Float64Array(PLACE * indices.length)
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number
      if (!(index >= 0 && index < length))
        throw new RangeError(`batch: expected example indices from 0 to ${length - 1}, received ${index}.`)
      lines.place(parts.example(part, index), places, PLACE * i)
    }
    return places
  }
  const sizes = isJoined(kind) ? undefined : reading.sizes(part)
  return {
    length,
    ...(sizes === undefined ? {} : { sizes }),
    batch: (indices) => examples.batch(placesOf(indices)),
    prefetch: async (indices) => threads.batch(placesOf(indices)),
  }
}

/**
 * Reads a file of newline-delimited JSON once and leaves the examples on the disk. In memory are 2 bytes an example, or 3 to 5 if they have different sizes,
 * and 16 bytes for 4096 of the file.
 *
 * Each example is in a part by a random number of its own, so the parts have about the shares of the choice.
 *
 * @returns undefined if the examples are the nodes of graphs, which are split within a graph.
 * @throws UsageError that names the line of the first example that is not like the others; Interrupted if the signal aborts.
 */
export async function readLargeFile(path: string, choice: SplitChoice, options: LargeFileOptions = {}): Promise<LargeFile | undefined> {
  const reading = await readOnce(path, choice, options)
  if (reading === undefined) return undefined
  const { kind, first, edgeWidth } = reading
  const fitted = reading.fit.fitted()
  const file = { path, kind, classes: fitted.classes, edgeWidth }
  const sources = { examples: new FileExamples(file), threads: new BatchThreads(file) }
  const of = (part: Part): Dataset => datasetOf(reading, part, sources)
  return {
    kind,
    first,
    fitted,
    found: reading.found(),
    constantLoss: reading.constantLoss(),
    parts: { train: of('train'), validation: of('validation'), test: of('test') },
    close: async () => {
      sources.examples.close()
      await sources.threads.close()
    },
  }
}
