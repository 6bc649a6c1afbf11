import { availableParallelism } from 'node:os'
import type { Device } from '@equivar/backend-onnx'
import { writeAtomically } from '@equivar/train/node'
import { UsageError } from '../errors.ts'
import { isOwnFormat } from '../own-data/read.ts'
import { predictMany } from './many.ts'
import { predictOnce } from './one-run.ts'

/** Options of `equivar predict`. */
export interface PredictOptions {
  readonly out?: string
  readonly batch: number
  readonly threads?: number
  readonly workers?: number
  readonly device: Device
  readonly resume: boolean
  readonly skipErrors: boolean
}

const isLines = (input: string): boolean => input === '-' || /\.(ndjson|jsonl)$/.test(input)

/** `equivar predict`. @param stopping - aborts on Ctrl-C. */
export async function predict(model: string, input: string, options: PredictOptions, stopping: AbortSignal): Promise<void> {
  const { out, batch, device, resume, skipErrors } = options
  if (!isLines(input) && !(input.endsWith('.npz') && out !== undefined) && !(await isOwnFormat(input))) {
    if (resume || skipErrors)
      throw new UsageError(`${resume ? '--resume' : '--skip-errors'}: expected .ndjson, .jsonl or - for many examples, received ${input}`)
    const lines = await predictOnce(model, input, { device, ...(options.threads === undefined ? {} : { threads: options.threads }) })
    if (out === undefined) process.stdout.write(lines)
    else await writeAtomically(out, lines)
    return
  }
  if (resume && out === undefined) throw new UsageError('--resume: expected --out FILE of the run to continue, received none')
  const workers = options.workers ?? (device === 'cpu' ? availableParallelism() : 1)
  const files = out === undefined ? {} : { out }
  const done = await predictMany(
    { model, input, batch, device, resume, skipErrors, workers, threads: options.threads ?? 1, ...files },
    stopping,
  )
  if (out !== undefined) process.stdout.write(done.lines === 0 ? `${out}: complete\n` : `${out}: ${done.lines} examples\n`)
  if (done.errors > 0) process.stderr.write(`${done.errors} of ${done.lines} examples are invalid\n`)
}
