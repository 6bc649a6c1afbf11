import { type LoadedOnnx, loadOnnx, onnxBackend } from '@equivar/backend-onnx'
import type { Dataset } from '@equivar/datasets'
import { calibrationProgram, exportOnnx, type Int8Ranges } from '@equivar/export-onnx'
import { parametersOf } from '@equivar/nn'
import { Random, type TensorValue } from '@equivar/tensor'
import type { Values } from '@equivar/verify'
import { assess } from '../assess.ts'
import { CheckFailed } from '../errors.ts'
import type { TaskModel } from '../model.ts'
import { inferenceOf } from '../programs.ts'
import type { Check } from '../report.ts'
import type { RunConfig } from '../run/run-config.ts'
import { modelValues } from '../run/run-directory.ts'
import type { TaskData } from '../task.ts'
import { answersError, answersOf, someExamples, symmetryChecks } from '../verify.ts'
import type { Precision } from './precisions.ts'

/** Largest number of examples for the ranges of int8, and their number per run. */
const CALIBRATION = 512
const CALIBRATION_BATCH = 16

/** The values of a run's parameters. */
async function parametersOfRun(folder: string, config: RunConfig, model: TaskModel): Promise<Record<string, TensorValue>> {
  const { values } = await modelValues(folder, config)
  return Object.fromEntries([...parametersOf(model.module).keys()].map((name) => [name, values[name] as TensorValue]))
}

/** The ranges of all activations over examples of the validation split, or of the training split if there is none. */
async function calibrate(
  config: RunConfig,
  { model, values, data }: { model: TaskModel; values: Record<string, TensorValue>; data: TaskData },
): Promise<Int8Ranges> {
  const executable = await onnxBackend().compile(calibrationProgram(inferenceOf(model, config), values), { values })
  const examples: Dataset = data.validation.length > 0 ? data.validation : data.train
  let ranges: { least: Float32Array; most: Float32Array } | undefined
  for (let at = 0; at < Math.min(examples.length, CALIBRATION); at += CALIBRATION_BATCH) {
    const count = Math.min(CALIBRATION_BATCH, examples.length - at)
    const batch = examples.batch(Uint32Array.from({ length: count }, (_, i) => at + i))
    const outputs = await executable.run(Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue])))
    const [least, most] = (await Promise.all([outputs.least?.data(), outputs.most?.data()])) as [Float32Array, Float32Array]
    const { least: low, most: high } = ranges ?? { least, most }
    ranges = {
      least: least.map((value, i) => Math.min(value, low[i] as number)),
      most: most.map((value, i) => Math.max(value, high[i] as number)),
    }
  }
  await executable.dispose()
  return ranges ?? { least: [], most: [] }
}

/** A run's model in another precision. @throws RangeError if a parameter exceeds float16, or no part of the model can be int8. */
export async function inPrecision(
  folder: string,
  { config, model, precision, data }: { config: RunConfig; model: TaskModel; precision: Exclude<Precision, 'float32'>; data: TaskData },
): Promise<Uint8Array> {
  const values = await parametersOfRun(folder, config, model)
  const form = precision === 'float16' ? { float16: true } : { int8: await calibrate(config, { model, values, data }) }
  return exportOnnx(inferenceOf(model, config), { values, name: config.model, ...form })
}

/** Measurements of an exported model. */
export interface Measured {
  readonly bytes: number
  /** The metric on the test split. */
  readonly metric: number
  readonly loss: number
  /** The error of each symmetry, with the tolerance of `verify`. */
  readonly symmetries: readonly Check[]
  /** Time for a batch of test examples with one thread, the fastest of several runs. */
  readonly millisecondsPerExample: number
  /** The model's outputs for a few examples. */
  readonly answer: Values
}

async function fastest(executable: LoadedOnnx, model: TaskModel, test: Dataset): Promise<number> {
  const count = Math.min(16, test.length)
  const batch = test.batch(Uint32Array.from({ length: count }, (_, i) => i))
  let best = Number.POSITIVE_INFINITY
  const started = performance.now()
  for (let k = 0; k < 3 || (k < 200 && performance.now() - started < 300); k++) {
    const before = performance.now()
    await answersOf(executable, model, batch)
    best = Math.min(best, performance.now() - before)
  }
  return best / count
}

/** Measures an exported model on the test split. */
export async function measure(
  file: Uint8Array,
  { seed, model, data }: { seed: number; model: TaskModel; data: TaskData },
): Promise<Measured> {
  const executable = await loadOnnx(file, { threads: 1 })
  const { loss, metric } = await assess(executable, data.test, { model })
  const random = new Random({ seed, stream: 'export' })
  const batch = data.test.batch(someExamples(data, random))
  const symmetries = await symmetryChecks(executable, { model, batch, random })
  const answer = await answersOf(executable, model, batch)
  const millisecondsPerExample = await fastest(executable, model, data.test)
  await executable.dispose()
  return { bytes: file.length, metric, loss, symmetries, millisecondsPerExample, answer }
}

/** Largest allowed losses. */
export interface Limits {
  /** Loss of accuracy (absolute) or increase of a mean error (relative). */
  readonly maxAccuracyLoss: number
  /** Equivariance error, relative to the largest output. For an approximate symmetry, the tolerance of `verify` applies if it is larger. */
  readonly maxEquivarianceError: number
}

/** The loss of a file compared with the float32 file. */
export interface Loss {
  readonly metric: 'accuracy' | 'mae'
  /** Loss of accuracy (absolute) or increase of the mean error (relative). */
  readonly accuracyLoss: number
  readonly equivarianceError: number
  /** Largest difference of the outputs for a few examples, relative to the largest. */
  readonly difference: number
}

const worst = (checks: readonly Check[]): number => Math.max(0, ...checks.map(({ error }) => error))

/** Compares the measurements of two files. */
export function lossOf(before: Measured, after: Measured, metric: 'accuracy' | 'mae'): Loss {
  const accuracyLoss =
    metric === 'accuracy' ? before.metric - after.metric : (after.metric - before.metric) / Math.max(before.metric, 1e-30)
  return {
    metric,
    accuracyLoss,
    equivarianceError: worst(after.symmetries),
    difference: answersError(after.answer, before.answer),
  }
}

/** @throws CheckFailed that names the loss and the option that would allow it. */
export function demandLimits(before: Measured, after: Measured, loss: Loss, { maxAccuracyLoss, maxEquivarianceError }: Limits): void {
  const roundedUp = (value: number): string => (Math.ceil(value * 1e4) / 1e4).toString()
  const refuse = (what: string, option: string, needed: number, allowed: number): never => {
    throw new CheckFailed(`${what}; ${option} allows ${allowed}. Nothing was written. ${option} ${roundedUp(needed)} would allow it.`)
  }
  if (!(loss.accuracyLoss <= maxAccuracyLoss)) {
    const figures = `${before.metric.toPrecision(4)} to ${after.metric.toPrecision(4)}`
    const what =
      loss.metric === 'accuracy'
        ? `the accuracy fell by ${loss.accuracyLoss.toPrecision(3)}`
        : `the mean error grew by ${(100 * loss.accuracyLoss).toPrecision(3)} %`
    refuse(`${what} (${figures})`, '--max-accuracy-loss', loss.accuracyLoss, maxAccuracyLoss)
  }
  for (const { name, error, tolerance } of after.symmetries)
    if (!(error <= Math.max(maxEquivarianceError, tolerance)))
      refuse(`not ${name}: error ${error.toPrecision(3)}`, '--max-equivariance-error', error, maxEquivarianceError)
}
