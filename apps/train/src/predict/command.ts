import { availableParallelism } from 'node:os'
import type { Device } from '@equivar/backend-onnx'
import { writeAtomically } from '@equivar/train/node'
import { Command, Option } from 'commander'
import { whole } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import { predictMany } from './many.ts'
import { predictOnce } from './one-run.ts'

interface PredictOptions {
  readonly out?: string
  readonly batch: number
  readonly threads?: number
  readonly workers?: number
  readonly device: Device
  readonly resume: boolean
  readonly skipErrors: boolean
}

const isLines = (input: string): boolean => input === '-' || /\.(ndjson|jsonl)$/.test(input)

async function predict(model: string, input: string, options: PredictOptions, stopping: AbortSignal): Promise<void> {
  const { out, batch, device, resume, skipErrors } = options
  if (!isLines(input) && !(input.endsWith('.npz') && out !== undefined)) {
    if (resume || skipErrors)
      throw new UsageError(`${resume ? '--resume' : '--skip-errors'}: expected .ndjson, .jsonl or - for many examples, received ${input}`)
    const lines = await predictOnce(model, input, { device, ...(options.threads === undefined ? {} : { threads: options.threads }) })
    if (out === undefined) process.stdout.write(lines)
    else await writeAtomically(out, lines)
    return
  }
  if (resume && out === undefined) throw new UsageError('--resume: expected --out FILE, whose part is gone on with, received none')
  const workers = options.workers ?? (device === 'cpu' ? availableParallelism() : 1)
  const files = out === undefined ? {} : { out }
  const done = await predictMany(
    { model, input, batch, device, resume, skipErrors, workers, threads: options.threads ?? 1, ...files },
    stopping,
  )
  if (out !== undefined) process.stdout.write(done.lines === 0 ? `${out}: complete\n` : `${out}: ${done.lines} examples\n`)
  if (done.errors > 0) process.stderr.write(`${done.errors} of ${done.lines} examples could not be read\n`)
}

/** `equivar predict`. @param stopping - says that the user wants it to end. */
export function predictCommand(stopping: AbortSignal): Command {
  return new Command('predict')
    .description(
      'run a model: one run on JSON or .npz with the batch axis; or many examples, a line each, from newline-delimited JSON (.ndjson, .jsonl, - for standard input) or, with --out, from .npz',
    )
    .argument('<model>')
    .argument('<input>')
    .option('--out <file>', 'where the lines go, complete or not at all; standard output if left out')
    .option('--batch <n>', 'many: most examples of one run', whole(1), 64)
    .option('--workers <n>', 'many: examples are read and run by so many threads; the cores if left out, 1 on a GPU', whole(1))
    .option('--threads <n>', 'of ONNX Runtime in each of these; 1 if left out', whole(1))
    .addOption(new Option('--device <name>', 'where it computes').choices(['cpu', 'cuda', 'tensorrt', 'webgpu']).default('cpu'))
    .option('--resume', 'many: go on where the same command was killed; its output is the same to the byte', false)
    .option('--skip-errors', 'many: a bad line becomes {"error": ...} in its place', false)
    .action((model: string, input: string, options: PredictOptions) => predict(model, input, options, stopping))
}
