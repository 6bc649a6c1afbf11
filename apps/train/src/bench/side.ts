import { onnxBackend } from '@equivar/backend-onnx'
import { adam, countParameters, crossEntropy, initialize, meanSquaredError } from '@equivar/nn'
import {
  add,
  type DeviceTensor,
  type Executable,
  type Input,
  input,
  Random,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'
import { compileOverRanks, inferenceProgram, initialState, type Ranks, trainStep } from '@equivar/train'
import { operationsOf } from './floor.ts'
import { normal } from './inputs.ts'
import type { Workload } from './workload.ts'

/** What is timed: a training step, inference on a batch, inference on one example. */
export const measures = ['train', 'infer', 'infer1'] as const
/** One of them. */
export type Measure = (typeof measures)[number]

/** One side of a benchmark, ready to be asked for one run at a time. */
export interface Side {
  readonly parameters: number
  readonly compileMs: number
  /** Multiplications and additions in matrix products and convolutions of a training step. */
  readonly operations: number
  run(measure: Measure): Promise<Taken>
}

/** Wall-clock and processor milliseconds of one run. */
export interface Taken {
  readonly ms: number
  readonly cpuMs: number
}

/** Times one run. */
export async function timed(work: () => Promise<unknown>): Promise<Taken> {
  const [started, before] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - started, cpuMs: (user + system) / 1000 }
}

/** Runs a model, reads all that it answers. */
export async function answer(executable: Executable, feeds: Record<string, TensorValue>): Promise<void> {
  for (const result of Object.values(await executable.run(feeds))) {
    await result.data()
    result.dispose()
  }
}

/**
 * A workload on ONNX Runtime: one training step (forward, loss, backward, Adam) that feeds itself, and inference with the parameters as constants.
 *
 * @param ranks - the processes that take a training step together, each with the workload's batch.
 */
export async function equivarSide(workload: Workload, threads: number, ranks?: Ranks): Promise<Side> {
  const started = performance.now()
  const { module, inputs, examples, outputs } = workload.make()
  const heads = Object.keys(workload.classes)
  const numbers = Object.entries(workload.numbers ?? {})
  const targets = Object.fromEntries([
    ...heads.map((head) => [`${head}_target`, input(`${head}_target`, 'int64', [examples])] as const),
    ...numbers.map(([name, width]) => [`${name}_target`, input(`${name}_target`, 'float32', [examples, width])] as const),
  ])
  const step = trainStep(module, {
    inputs: { ...inputs, ...targets },
    optimizer: adam(),
    objective: () => {
      const given = outputs()
      const losses = [
        ...heads.map((head) => crossEntropy(given[head] as Tensor, targets[`${head}_target`] as Input)),
        ...numbers.map(([name]) => meanSquaredError(given[name] as Tensor, targets[`${name}_target`] as Input)),
      ]
      return { loss: losses.reduce((a, b) => add(a, b)) }
    },
  })
  const values = initialize(module, 1)
  const backend = onnxBackend({ threads })
  const data = Object.keys({ ...inputs, ...targets })
  const training = await (ranks === undefined ? backend.compile(step.program) : compileOverRanks(step.program, { backend, ranks, data }))
  const compileMs = performance.now() - started
  const inference: Executable = await backend.compile(inferenceProgram(module, { inputs, outputs }), {
    values,
  })
  const random = new Random({ seed: 2 })
  const labels = Object.fromEntries(
    Object.entries(workload.classes).map(([head, classes]) => {
      const chosen = Array.from({ length: workload.batch }, () => random.integer(classes))
      return [`${head}_target`, tensorValue('int64', [workload.batch], chosen)]
    }),
  )
  for (const [name, width] of numbers) labels[`${name}_target`] = normal([workload.rows?.(workload.batch) ?? workload.batch, width])
  const [whole, single] = [workload.feeds(workload.batch), workload.feeds(workload.single)]
  const fixed = { ...whole, ...labels, learning_rate: tensorValue('float32', [], [1e-3]), seed: tensorValue('int64', [], [1]) }
  let state: Record<string, TensorValue | DeviceTensor> = initialState(step, values)
  const train = async (): Promise<void> => {
    const results = await training.run({ ...fixed, ...state })
    await results.loss?.data()
    results.loss?.dispose()
    for (const value of Object.values(state)) if (typeof value.data === 'function') (value as DeviceTensor).dispose()
    state = Object.fromEntries(step.state.map(({ input: name, output }) => [name, results[output] as DeviceTensor]))
  }
  const work = { train, infer: () => answer(inference, whole), infer1: () => answer(inference, single) }
  const shapes = Object.fromEntries(step.program.inputs.map(({ name }) => [name, ({ ...fixed, ...state }[name] as TensorValue).shape]))
  const sizes = whole.num_graphs === undefined ? {} : { num_graphs: workload.batch }
  return {
    parameters: countParameters(module),
    compileMs,
    operations: operationsOf(step.program, step.program.bind(shapes, sizes)),
    run: (measure) => timed(work[measure]),
  }
}
