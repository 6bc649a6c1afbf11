import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { batchRecipe } from '@equivar/batching'
import { inspectOnnx, type OnnxDescription } from '@equivar/export-onnx'
import Tinypool from 'tinypool'
import { Interrupted, UsageError } from '../errors.ts'
import { progress } from '../output.ts'
import { isOwnFormat } from '../own-data/read.ts'
import { type LineChunk, lineChunks } from './lines.ts'
import { npzRows, type RowChunk } from './npz-rows.ts'
import { fileOutput, type LineOutput, standardLines } from './output-file.ts'
import { ownLines } from './own-file.ts'
import type { WorkerResult, WorkerSettings, WorkerTask } from './worker.ts'

/** Options of a prediction of many examples. */
export interface ManyOptions extends WorkerSettings {
  readonly input: string
  /** The output file; default: standard output. */
  readonly out?: string
  readonly workers: number
  readonly resume: boolean
}

/** Number of runs in a chunk, whose examples are sorted by size before they are joined. */
const RUNS_OF_A_CHUNK = 4
const CHUNK_BYTES = 2 ** 22
const LONGEST_LINE = 2 ** 28

type Chunk = LineChunk | RowChunk

/** The examples of a file in chunks, with the number of bytes read so far. */
async function examplesOf(
  { model, input, batch, out }: ManyOptions,
  description: OnnxDescription,
): Promise<{ chunks: AsyncGenerator<Chunk>; total: number; read: () => number; unit: Unit }> {
  const recipe = batchRecipe(description)
  if (input.endsWith('.npz')) {
    if (recipe.rows === undefined || recipe.kind === 'union' || recipe.kind === 'alone')
      throw new UsageError(
        `${input}: expected newline-delimited JSON, received .npz; the inputs of this model have no axis of examples${out === undefined ? '' : '; omit --out for a single run'}`,
      )
    await stat(input)
    return { chunks: npzRows(input, { inputs: recipe.inputs, rows: batch }), total: 0, read: () => 0, unit: 'row' }
  }
  const form = { lines: RUNS_OF_A_CHUNK * batch, bytes: CHUNK_BYTES, longest: LONGEST_LINE }
  if (input !== '-' && (await isOwnFormat(input)))
    return { chunks: lineChunks(ownLines(description, model, input), { ...form, file: input }), total: 0, read: () => 0, unit: 'example' }
  let bytes = 0
  const standard = input === '-'
  const total = standard ? 0 : (await stat(input)).size
  async function* counted(): AsyncGenerator<Uint8Array> {
    const source = (standard ? process.stdin : createReadStream(input, { highWaterMark: 2 ** 18 })) as AsyncIterable<Buffer>
    for await (const block of source) {
      bytes += block.length
      yield block
    }
  }
  const file = standard ? 'standard input' : input
  return {
    chunks: lineChunks(counted(), { ...form, file }),
    total,
    read: () => bytes,
    unit: 'line',
  }
}

/** Everything that determines the lines of the output. */
function markOf({ input, batch, threads, device, skipErrors }: ManyOptions, model: Uint8Array): Record<string, unknown> {
  const sha256 = createHash('sha256').update(model).digest('hex')
  return { model: sha256, input: input === '-' ? input : resolve(input), batch, threads, device, skipErrors }
}

const taskOf = (settings: WorkerSettings, chunk: Chunk): WorkerTask =>
  'bytes' in chunk ? { settings, bytes: chunk.bytes, count: chunk.count } : { settings, rows: chunk.values, count: chunk.count }

/** What examples of a file are called. */
type Unit = 'line' | 'row' | 'example'

/** The lines of a result. @throws UsageError that names the invalid example. */
function linesOf(result: WorkerResult, chunk: Chunk, { input, out }: ManyOptions, unit: Unit): { lines: Uint8Array; errors: number } {
  if ('lines' in result) return result
  const where = `${input === '-' ? 'standard input' : input}, ${unit} ${chunk.first + result.bad}`
  const advice =
    'bytes' in chunk ? `; use --skip-errors to continue${out === undefined ? '' : ', or fix it and continue with --resume'}` : ''
  throw new UsageError(`${where}: ${result.message}${advice}`)
}

/**
 * Predicts the examples of newline-delimited JSON, of an .npz file, or of a file such as the model was trained on, one line for each, in order. Memory is constant: only as many chunks are read as keep
 * all threads busy. The chunks and their runs depend only on the input and the options, so an interrupted and resumed run gives the same bytes.
 *
 * @throws UsageError that names the file and the line of an invalid example; Interrupted when `stopping` aborts.
 */
export async function predictMany(options: ManyOptions, stopping: AbortSignal): Promise<{ lines: number; errors: number }> {
  const { model, device, threads, batch, skipErrors, workers, out } = options
  // Read it here first, so that an invalid model gives the usual error.
  const bytes = await readFile(model)
  const { chunks, total, read, unit } = await examplesOf(options, inspectOnnx(bytes, model))
  const output: LineOutput | undefined =
    out === undefined ? standardLines() : await fileOutput(out, { resume: options.resume, mark: markOf(options, bytes) })
  if (output === undefined) return { lines: 0, errors: 0 }
  const filename = fileURLToPath(new URL('./worker.js', import.meta.url))
  const pool = new Tinypool({ filename, runtime: 'worker_threads', minThreads: workers, maxThreads: workers, concurrentTasksPerWorker: 1 })
  const bar = total > 0 ? progress(total) : undefined
  const waiting: { chunk: Chunk; result: Promise<WorkerResult> }[] = []
  let [lines, errors, kept] = [0, 0, false]
  const writeNext = async (): Promise<void> => {
    const { chunk, result } = waiting.shift() as (typeof waiting)[number]
    const done = linesOf(await result, chunk, options, unit)
    await output.write(done.lines)
    lines += chunk.count
    errors += done.errors
    bar?.update(read(), lines)
  }
  try {
    for await (const chunk of chunks) {
      if (stopping.aborted)
        throw new Interrupted(`stopped after ${lines} examples${out === undefined ? '' : `; continue with --resume`}`, stopping.reason)
      if (lines + chunk.count <= output.done && waiting.length === 0 && !kept) {
        lines += chunk.count
        continue
      }
      if (!kept) await output.keep(lines)
      kept = true
      const task = taskOf({ model, device, threads, batch, skipErrors }, chunk)
      const result = pool.run(task, 'bytes' in task ? { transferList: [task.bytes.buffer as ArrayBuffer] } : {}) as Promise<WorkerResult>
      // It is awaited in order; until then a rejection must not count as unhandled.
      result.catch(() => {})
      waiting.push({ chunk, result })
      if (waiting.length >= 2 * workers) await writeNext()
    }
    while (waiting.length > 0) await writeNext()
    if (!kept) await output.keep(lines)
    await output.finish()
  } catch (error) {
    await output.leave()
    throw error
  } finally {
    bar?.stop()
    // Ending a thread inside ONNX Runtime would crash the process.
    await Promise.allSettled(waiting.map(({ result }) => result))
    await pool.destroy()
  }
  return { lines, errors }
}
