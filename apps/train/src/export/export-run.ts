import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { needsOneThread } from '@equivar/backend-onnx'
import { exportOnnx, inspectOnnx, onnxNodes } from '@equivar/export-onnx'
import { writeAtomically } from '@equivar/train/node'
import { UsageError } from '../errors.ts'
import type { Goal } from '../goals.ts'
import { type Output, standardOutput } from '../output.ts'
import { gradientOf } from '../programs.ts'
import { folderName } from '../run/data-name.ts'
import type { RunConfig } from '../run/run-config.ts'
import { demandModelOfRun, fileOf, makeFolder, type Run, readRun } from '../run/run-directory.ts'
import { withDataOf } from '../run-data.ts'
import type { TaskData } from '../task.ts'
import { kserveManifest } from './kserve.ts'
import { demandLimits, inPrecision, type Limits, lossOf, type Measured, measure } from './precision.ts'
import type { Precision } from './precisions.ts'
import { tritonFiles } from './triton.ts'

/** Options of `equivar export`. */
export interface ExportOptions extends Limits {
  readonly what: 'model' | 'gradient' | 'train-step' | 'triton'
  readonly out?: string
  readonly precision: Precision
  readonly data?: string
  readonly json: boolean
  readonly name?: string
  readonly modelVersion: number
  readonly device: 'cpu' | 'cuda' | 'tensorrt'
  readonly maxBatch: number
  readonly maxDelay: number
  readonly instances: number
  readonly threads: number
  readonly engineCache?: string
  readonly storage?: string
  readonly maxReplicas: number
}

const size = (bytes: number): string => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`)

/** Prints the measurements before and after. */
function sayMeasured(
  before: Measured,
  after: Measured,
  { goal: { metric, show }, output, precision }: { goal: Goal; output: Output; precision: Precision },
): void {
  const row = (what: string, value: (one: Measured) => string): void => output.say(`${what.padEnd(12)}${value(before)} -> ${value(after)}`)
  output.say(`float32 -> ${precision}, on the test split`)
  row('size', ({ bytes }) => size(bytes))
  row(metric, (one) => show(one.metric))
  row('loss', ({ loss }) => loss.toFixed(4))
  row('time', ({ millisecondsPerExample }) => `${millisecondsPerExample.toPrecision(3)} ms per example, one thread`)
  after.symmetries.forEach(({ name, error }, i) => {
    output.say(`${(before.symmetries[i]?.error ?? 0).toExponential(1)} -> ${error.toExponential(1)}  ${name}`)
  })
}

/** The model of a run in the requested precision. Measures its losses and checks them against the limits. */
async function modelBytes(folder: string, run: Run, options: ExportOptions, output: Output): Promise<Uint8Array> {
  const { config } = run
  const path = fileOf(folder, 'model')
  const whole = await readFile(path)
  demandModelOfRun(path, inspectOnnx(whole, path).metadata, config)
  const { precision, data: given } = options
  if (precision === 'float32') return whole
  return withDataOf(run, { folder: given }, (data) =>
    measuredBytes(folder, run, { whole, data, options: { ...options, precision } }, output),
  )
}

/** The model in a lower precision, measured beside the whole one. */
async function measuredBytes(
  folder: string,
  { config, model }: Run,
  {
    whole,
    data,
    options,
  }: {
    readonly whole: Uint8Array
    readonly data: TaskData
    readonly options: ExportOptions & { readonly precision: Exclude<Precision, 'float32'> }
  },
  output: Output,
): Promise<Uint8Array> {
  const { precision } = options
  const file = await inPrecision(folder, { config, model, precision, data })
  const { seed } = config
  const [before, after] = [await measure(whole, { seed, model, data }), await measure(file, { seed, model, data })]
  const loss = lossOf(before, after, model.goal.metric)
  const plain = ({ answer: _, ...rest }: Measured): Omit<Measured, 'answer'> => rest
  output.result({ precision, before: plain(before), after: plain(after), ...loss })
  sayMeasured(before, after, { goal: model.goal, output, precision })
  output.say(`outputs differ by at most ${loss.difference.toExponential(1)}, relative to the largest`)
  demandLimits(before, after, loss, options)
  return file
}

async function writeTriton(out: string, bytes: Uint8Array, config: RunConfig, options: ExportOptions): Promise<string[]> {
  const { device, precision, maxReplicas, modelVersion, storage = 'pvc://models/repository' } = options
  if (precision === 'int8' && device !== 'cpu')
    throw new UsageError(`--precision int8: expected --device cpu, received ${device}; int8 files are for CPUs, use float16 for GPUs`)
  const name = options.name ?? folderName(config, config.model)
  const model = inspectOnnx(bytes, fileOf(out, 'model'))
  const threads = needsOneThread(onnxNodes(bytes, fileOf(out, 'model'))) ? 1 : options.threads
  const files = tritonFiles(model, { ...options, name, threads, classes: config.classes, float16: precision === 'float16' })
  const manifest = kserveManifest({ name, device, storage, maxReplicas })
  const written: string[] = []
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await makeFolder(dirname(path))
    await writeAtomically(path, content)
    written.push(path)
  }
  // The configuration comes last, so that a server that watches the folder finds all files that it names.
  const { 'config.pbtxt': configuration = '', ...rest } = files
  await write(join(out, name, String(modelVersion), 'model.onnx'), bytes)
  for (const [path, content] of Object.entries(rest)) await write(join(out, name, path), content)
  await write(join(out, name, 'config.pbtxt'), configuration)
  await write(join(out, 'kserve.yaml'), manifest)
  return written
}

/** `equivar export`. @throws UsageError if the run cannot be exported this way; CheckFailed if a lower precision exceeds a limit. */
export async function exportRun(folder: string, options: ExportOptions): Promise<void> {
  const { what, out, json, precision } = options
  const output = standardOutput(json)
  const run = await readRun(folder)
  if (precision !== 'float32' && (what === 'gradient' || what === 'train-step'))
    throw new UsageError(
      `--precision: expected float32 with --what ${what}, received ${precision}; only --what model and triton support other precisions`,
    )
  let written: string[]
  if (what === 'triton') written = await writeTriton(out ?? 'models', await modelBytes(folder, run, options, output), run.config, options)
  else {
    const to = out ?? `${what}.onnx`
    await writeAtomically(to, await fileBytes(folder, run, options, output))
    written = [to]
  }
  output.result({ written })
  for (const path of written) output.say(path)
}

async function fileBytes(folder: string, run: Run, options: ExportOptions, output: Output): Promise<Uint8Array> {
  const { config, model } = run
  if (options.what === 'gradient') return exportOnnx(gradientOf(model, config), { name: `${config.model} gradient` })
  if (options.what === 'model') return modelBytes(folder, run, options, output)
  const path = fileOf(folder, 'trainStep')
  const bytes = await readFile(path)
  demandModelOfRun(path, inspectOnnx(bytes, path).metadata, config)
  return bytes
}
