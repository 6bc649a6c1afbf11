import { readFile } from 'node:fs/promises'
import { loadOnnx } from '@equivar/backend-onnx'
import type { Batch } from '@equivar/datasets'
import { inspectOnnx } from '@equivar/export-onnx'
import { type Executable, evaluate, Random, type TensorValue, toNumbers } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { relativeError, runToHost, symmetryError, type Values } from '@equivar/verify'
import type { Goal } from './goals.ts'
import type { TaskModel } from './model.ts'
import { judgedOutputs } from './programs.ts'
import type { Check } from './report.ts'
import type { TaskData } from './task.ts'

/** Allowed relative difference in float32. */
const FLOAT32_TOLERANCE = 1e-5
/** Roundings, each as large as that of the inputs, which the steps of a network may add up to. */
const ROUNDINGS = 32
/** Inputs are moved by 2^-16 of themselves, and float32 rounds by 2^-24: large enough that the network's own roundings do not count. */
const [MOVED, ROUNDED] = [2 ** -16, 2 ** -24]
/** Tolerances of files with fewer bits, where another order of sums may round differently: 11 bits of float16, 8 of int8, over several layers. */
const coarse: Readonly<Record<string, number>> = { 'equivar.float16': 5e-3, 'equivar.int8': 1e-2 }

const coarseTolerance = (metadata: Readonly<Record<string, string>>): number | undefined =>
  Object.entries(coarse).find(([name]) => metadata[name] === 'true')?.[1]
/** Below this magnitude, differences are absolute instead of relative. */
const LEAST = 1e-12

const inputsOf = (batch: Batch, model: Pick<TaskModel, 'inputs'>): Record<string, TensorValue> =>
  Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue]))

/** Runs a model on a batch and returns the outputs that are judged, on the host. */
export async function answersOf(executable: Executable, { inputs, goal, further }: TaskModel, given: Batch): Promise<Values> {
  const all = await runToHost(executable, inputsOf(given, { inputs }))
  const names = [goal.output, ...(further === undefined ? [] : [further.goal.output])]
  return Object.fromEntries(names.map((name) => [name, all[name] as TensorValue]))
}

/** The largest difference of some outputs from others that are expected, each relative to its largest. Expected are the first rows, if there are fewer. */
export const answersError = (received: Values, expected: Values): number =>
  Math.max(
    ...Object.entries(expected).map(([name, { data }]) => {
      const wanted = toNumbers(data)
      return relativeError(toNumbers((received[name] as TensorValue).data).slice(0, wanted.length), wanted, { minimumScale: LEAST })
    }),
  )

/** The batch with each float32 number moved by at most 2^-16 of itself. */
const moved = (batch: Batch, random: Random): Batch =>
  Object.fromEntries(
    Object.entries(batch).map(([name, value]) => {
      if (value.dtype !== 'float32') return [name, value]
      const data = Float32Array.from(toNumbers(value.data), (x) => x * (1 + MOVED * (2 * random.uniform() - 1)))
      return [name, { ...value, data }]
    }),
  )

/**
 * The relative difference that float32 allows: 1e-5. Energies of molecules are what is left of larger sums over atoms, and forces are their derivatives: both have
 * fewer digits, how many depends on the network. So for models with a derivative as an output, it is 32 times what rounding the inputs alone changes, if that is more.
 */
async function float32Tolerance(executable: Executable, model: TaskModel, batch: Batch, random: Random): Promise<number> {
  if (model.further === undefined) return FLOAT32_TOLERANCE
  const plain = await answersOf(executable, model, batch)
  let largest = 0
  for (let draw = 0; draw < 3; draw++) {
    const answers = await answersOf(executable, model, moved(batch, random))
    largest = Math.max(largest, answersError(answers, plain) * (ROUNDED / MOVED))
  }
  return Math.max(FLOAT32_TOLERANCE, ROUNDINGS * largest)
}

/** Goals whose outputs move with the inputs. */
const following: readonly Goal['kind'][] = ['nodes', 'choice', 'rows']

/** The equivariance errors of a model: for each symmetry, the largest over several random transformations, relative to the largest output. */
export async function symmetryChecks(
  executable: Executable,
  { model, batch, random, tolerance }: { model: TaskModel; batch: Batch; random: Random; tolerance?: number },
): Promise<Check[]> {
  const allowed = tolerance ?? (await float32Tolerance(executable, model, batch, random))
  const run = (inputs: Values): Promise<Values> => answersOf(executable, model, inputs)
  const follows = following.includes(model.goal.kind) || model.further !== undefined
  const checks: Check[] = []
  for (const symmetry of model.symmetries) {
    checks.push({
      name: `${follows || symmetry.follows === true ? 'follows' : 'unchanged by'} ${symmetry.name}`,
      error: await symmetryError(run, symmetry.elements(batch, random), batch),
      tolerance: Math.max(symmetry.tolerance ?? 0, allowed),
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
  const { metadata } = inspectOnnx(await readFile(path), path)
  const executable = await loadOnnx(path)
  const random = new Random({ seed, stream: 'verify' })
  const some = someExamples(data, random)
  const batch = data.test.batch(some)
  const plain = await answersOf(executable, model, batch)
  const tolerance = coarseTolerance(metadata) ?? (await float32Tolerance(executable, model, batch, random))
  const checks = await symmetryChecks(executable, { model, batch, random, tolerance })
  if (some.length > 1) {
    const single = await answersOf(executable, model, data.test.batch(some.slice(0, 1)))
    checks.push({ name: 'a single example has the same output as in a batch', error: answersError(plain, single), tolerance })
  }
  if (values !== undefined) checks.push({ ...parityCheck(model, batch, plain, values), tolerance })
  await executable.dispose()
  return checks
}

function parityCheck(
  model: TaskModel,
  batch: Batch,
  outputs: Values,
  values: Readonly<Record<string, TensorValue>>,
): Omit<Check, 'tolerance'> {
  const program = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => judgedOutputs(model) })
  const reference = evaluate(program, { ...values, ...inputsOf(batch, model) })
  return {
    name: 'the file on ONNX Runtime agrees with the float64 reference',
    error: answersError(outputs, reference),
  }
}
