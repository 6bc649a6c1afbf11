import { readFile } from 'node:fs/promises'
import { loadOnnx } from '@equivar/backend-onnx'
import type { Batch } from '@equivar/datasets'
import { inspectOnnx } from '@equivar/export-onnx'
import { type DeviceTensor, type Executable, evaluate, Random, type TensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { loadCheckpoint } from '@equivar/train/node'
import { relativeError, symmetryError, type Values } from '@equivar/verify'
import type { TaskModel } from './model.ts'
import type { Check } from './report.ts'
import type { TaskData } from './task.ts'

/** Relative difference that float32 may leave. */
const TOLERANCE = 1e-5
/** In files of fewer bits sums in another order may round to the next number: 11 bits of float16, 8 of int8, over several layers. */
const coarse: Readonly<Record<string, number>> = { 'equivar.float16': 5e-3, 'equivar.int8': 1e-2 }

const toleranceOf = (metadata: Readonly<Record<string, string>>): number =>
  Object.entries(coarse).find(([name]) => metadata[name] === 'true')?.[1] ?? TOLERANCE
/** Magnitude below which differences are compared as they are. */
const LEAST = 1e-12

const numbers = async (tensor: DeviceTensor | undefined): Promise<Float64Array> => Float64Array.from((await tensor?.data()) as Float32Array)

const inputsOf = (batch: Batch, model: TaskModel): Record<string, TensorValue> =>
  Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue]))

/** An output, and what it was computed from. */
export interface Answer {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Runs a model on a batch: its main output, as numbers. */
export async function answerOf(executable: Executable, model: TaskModel, given: Batch): Promise<Answer> {
  const result = (await executable.run(inputsOf(given, model)))[model.goal.output]
  return { shape: result?.shape ?? [], data: await numbers(result) }
}

/** By how much the symmetries of a model are broken: for each the largest of several random transformations, relative to the largest output. */
export async function symmetryChecks(
  executable: Executable,
  { model, batch, random, tolerance = TOLERANCE }: { model: TaskModel; batch: Batch; random: Random; tolerance?: number },
): Promise<Check[]> {
  const run = async (inputs: Values): Promise<Values> => ({
    output: { dtype: 'float32', ...(await answerOf(executable, model, inputs)) },
  })
  const checks: Check[] = []
  for (const symmetry of model.symmetries) {
    checks.push({
      name: `${model.goal.kind === 'nodes' || model.goal.kind === 'choice' ? 'follows' : 'unchanged by'} ${symmetry.name}`,
      error: await symmetryError(run, symmetry.elements(batch, random), batch),
      tolerance: Math.max(symmetry.tolerance ?? 0, tolerance),
    })
  }
  return checks
}

/** A few examples of the test split, the same ones for the same seed. */
export function someExamples(data: TaskData, random: Random): Uint32Array {
  return Uint32Array.from(random.permutation(data.test.length).slice(0, 4))
}

/**
 * Checks an exported model: its symmetries, its batches of several sizes, and the float64 reference if there is a checkpoint.
 *
 * @param path - the model's file.
 * @param checkpoint - the values to compare with the reference, if any.
 */
export async function verifyModel(
  path: string,
  { model, data, seed, checkpoint }: { model: TaskModel; data: TaskData; seed: number; checkpoint: string | undefined },
): Promise<Check[]> {
  const tolerance = toleranceOf(inspectOnnx(await readFile(path), path).metadata)
  const executable = await loadOnnx(path)
  const random = new Random({ seed, stream: 'verify' })
  const some = someExamples(data, random)
  const batch = data.test.batch(some)
  const plain = await answerOf(executable, model, batch)
  const checks = await symmetryChecks(executable, { model, batch, random, tolerance })
  if (some.length > 1) {
    const { data: single } = await answerOf(executable, model, data.test.batch(some.slice(0, 1)))
    checks.push({
      name: 'one example alone gives what it gives in a batch',
      error: relativeError(plain.data.slice(0, single.length), single, { minimumScale: LEAST }),
      tolerance,
    })
  }
  if (checkpoint !== undefined) checks.push(await parityCheck(model, batch, plain.data, checkpoint))
  await executable.dispose()
  return checks
}

async function parityCheck(model: TaskModel, batch: Batch, output: Float64Array, checkpoint: string): Promise<Check> {
  const { values } = await loadCheckpoint(checkpoint)
  const program = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ y: model.output() }) })
  const reference = evaluate(program, { ...values, ...inputsOf(batch, model) }).y?.data ?? new Float64Array()
  return {
    name: 'the file on ONNX Runtime gives what the float64 reference gives',
    error: relativeError(output, reference, { minimumScale: LEAST }),
    tolerance: TOLERANCE,
  }
}
