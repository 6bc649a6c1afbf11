import { readFile } from 'node:fs/promises'
import { loadOnnx } from '@equivar/backend-onnx'
import type { Batch } from '@equivar/datasets'
import { inspectOnnx } from '@equivar/export-onnx'
import { type DeviceTensor, type Executable, evaluate, Random, type TensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { relativeError, symmetryError, type Values } from '@equivar/verify'
import type { Goal } from './goals.ts'
import type { TaskModel } from './model.ts'
import type { Check } from './report.ts'
import type { TaskData } from './task.ts'

/** Allowed relative difference in float32. */
const TOLERANCE = 1e-5
/** Tolerances of files with fewer bits, where another order of sums may round differently: 11 bits of float16, 8 of int8, over several layers. */
const coarse: Readonly<Record<string, number>> = { 'equivar.float16': 5e-3, 'equivar.int8': 1e-2 }

const toleranceOf = (metadata: Readonly<Record<string, string>>): number =>
  Object.entries(coarse).find(([name]) => metadata[name] === 'true')?.[1] ?? TOLERANCE
/** Below this magnitude, differences are absolute instead of relative. */
const LEAST = 1e-12

const numbers = async (tensor: DeviceTensor | undefined): Promise<Float64Array> => Float64Array.from((await tensor?.data()) as Float32Array)

const inputsOf = (batch: Batch, model: TaskModel): Record<string, TensorValue> =>
  Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue]))

/** An output and the batch it was computed from. */
export interface Answer {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Runs a model on a batch and returns its main output. */
export async function answerOf(executable: Executable, model: TaskModel, given: Batch): Promise<Answer> {
  const result = (await executable.run(inputsOf(given, model)))[model.goal.output]
  return { shape: result?.shape ?? [], data: await numbers(result) }
}

/** Goals whose outputs move with the inputs. */
const follows: readonly Goal['kind'][] = ['nodes', 'choice', 'rows']

/** The equivariance errors of a model: for each symmetry, the largest over several random transformations, relative to the largest output. */
export async function symmetryChecks(
  executable: Executable,
  { model, batch, random, tolerance = TOLERANCE }: { model: TaskModel; batch: Batch; random: Random; tolerance?: number },
): Promise<Check[]> {
  const run = async (inputs: Values): Promise<Values> => ({
    [model.goal.output]: { dtype: 'float32', ...(await answerOf(executable, model, inputs)) },
  })
  const checks: Check[] = []
  for (const symmetry of model.symmetries) {
    checks.push({
      name: `${follows.includes(model.goal.kind) ? 'follows' : 'unchanged by'} ${symmetry.name}`,
      error: await symmetryError(run, symmetry.elements(batch, random), batch),
      tolerance: Math.max(symmetry.tolerance ?? 0, tolerance),
    })
  }
  return checks
}

/** A few random examples of the test split. */
export function someExamples(data: TaskData, random: Random): Uint32Array {
  return Uint32Array.from(random.permutation(data.test.length).slice(0, 4))
}

/**
 * Checks an exported model: its symmetries, batches of several sizes, and parity with the float64 reference if there are values.
 *
 * @param path - the model's file.
 * @param values - the values to compare with the reference, if any.
 */
export async function verifyModel(
  path: string,
  {
    model,
    data,
    seed,
    values,
  }: { model: TaskModel; data: TaskData; seed: number; values: Readonly<Record<string, TensorValue>> | undefined },
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
      name: 'a single example has the same output as in a batch',
      error: relativeError(plain.data.slice(0, single.length), single, { minimumScale: LEAST }),
      tolerance,
    })
  }
  if (values !== undefined) checks.push(parityCheck(model, batch, plain.data, values))
  await executable.dispose()
  return checks
}

function parityCheck(model: TaskModel, batch: Batch, output: Float64Array, values: Readonly<Record<string, TensorValue>>): Check {
  const program = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ y: model.output() }) })
  const reference = evaluate(program, { ...values, ...inputsOf(batch, model) }).y?.data ?? new Float64Array()
  return {
    name: 'the file on ONNX Runtime agrees with the float64 reference',
    error: relativeError(output, reference, { minimumScale: LEAST }),
    tolerance: TOLERANCE,
  }
}
