import type { Schedule } from '@equivar/nn'
import { type Backend, type DeviceTensor, type Executable, Random, type TensorValue } from '@equivar/tensor'
import type { TrainStep } from './step.ts'

/** A set of examples, requested by index. */
export interface Examples {
  readonly length: number
  /** The size of each example. If given, batches hold examples of similar size. */
  readonly sizes?: ArrayLike<number>
  batch(indices: ArrayLike<number>): Record<string, TensorValue>
}

/** Reported values: the loss and the metrics. */
export type Report = Record<string, number>

/** The state of a run, as saved in a checkpoint. */
export interface RunState {
  readonly values: Record<string, TensorValue>
  /** Number of completed steps. */
  readonly step: number
  /** Sums over the examples of the current epoch so far. */
  readonly sums: Report
  /** For early stopping: the lowest validation loss so far, and the epochs since. */
  readonly waiting?: { readonly best: number; readonly epochs: number }
}

/** Events of a training run. */
export type TrainEvent =
  | { readonly type: 'step'; readonly epoch: number; readonly step: number; readonly steps: number; readonly loss: number }
  | {
      readonly type: 'epoch'
      readonly epoch: number
      readonly step: number
      readonly train: Report
      readonly val: Report | undefined
      readonly learningRate: number
      readonly seconds: number
      /** The state after the epoch, on the host. */
      readonly state: RunState
    }
  | { readonly type: 'stopped'; readonly reason: 'patience' | 'signal'; readonly epoch: number; readonly state: RunState }

/** Options of a training run. */
export interface FitOptions {
  readonly step: TrainStep
  readonly backend: Backend
  readonly train: Examples
  /** Returns the report of the validation set; called after each epoch. */
  readonly validate?: (values: Readonly<Record<string, TensorValue>>) => Promise<Report>
  readonly epochs: number
  readonly batchSize: number
  /** Number of steps per epoch; default: one pass over the examples. If given, the steps draw batches from repeatedly shuffled examples. */
  readonly stepsPerEpoch?: number
  /** The learning rate of an epoch. */
  readonly schedule: Schedule
  readonly seed: number
  /** The state to start from: that of `initialState`, or of a checkpoint. */
  readonly state: RunState
  /** Stops the run if the validation loss has not fallen for this many epochs. */
  readonly patience?: number
  /** Stops the run between two steps. */
  readonly signal?: AbortSignal
}

/** A loss that is NaN or infinite. */
export class NonFiniteLossError extends Error {
  constructor(step: number, epoch: number, loss: number) {
    super(
      `train: the loss is ${loss} at step ${step} (epoch ${epoch}). The last checkpoint is as it was. Lower the learning rate, or clip the gradients.`,
    )
    this.name = 'NonFiniteLossError'
  }
}

const scalar = (dtype: 'float32' | 'int64', value: number): TensorValue => ({
  dtype,
  shape: [],
  data: dtype === 'int64' ? BigInt64Array.of(BigInt(value)) : Float32Array.of(value),
})

/** How the examples of an epoch are grouped. */
interface EpochOptions {
  readonly batchSize: number
  readonly seed: number
  readonly epoch: number
  readonly stepsPerEpoch?: number
  /** The size of each example. If given, batches hold examples of similar size, so that there is little padding, and come in random order. */
  readonly sizes?: ArrayLike<number>
}

/** The indices of the examples of every step of an epoch; they depend only on the options. */
export function epochBatches(length: number, { batchSize, seed, epoch, stepsPerEpoch, sizes }: EpochOptions): Uint32Array[] {
  const random = new Random({ seed, stream: 'epoch', index: epoch })
  const order = random.permutation(length)
  const steps = stepsPerEpoch ?? Math.ceil(length / batchSize)
  if (sizes !== undefined && stepsPerEpoch === undefined) {
    const sorted = Uint32Array.from(order).sort((a, b) => (sizes[a] as number) - (sizes[b] as number))
    const shuffled = random.permutation(steps)
    return Array.from(shuffled, (i) => sorted.slice(i * batchSize, (i + 1) * batchSize))
  }
  if (stepsPerEpoch === undefined)
    return Array.from({ length: steps }, (_, i) => Uint32Array.from(order.slice(i * batchSize, (i + 1) * batchSize)))
  return Array.from({ length: steps }, (_, i) =>
    Uint32Array.from(new Random({ seed, stream: 'draw', index: epoch * steps + i }).permutation(length).slice(0, batchSize)),
  )
}

/** Values by name, on the host or on a device. */
type Values = Readonly<Record<string, TensorValue | DeviceTensor>>

async function toHost(state: Values): Promise<Record<string, TensorValue>> {
  const entries = Object.entries(state).map(async ([name, value]) => {
    if (typeof value.data !== 'function') return [name, value as TensorValue] as const
    const data = await value.data()
    return [name, { dtype: value.dtype, shape: [...value.shape], data: data.slice() } satisfies TensorValue] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** Frees the values that are on a device. */
function dispose(values: Values): void {
  for (const value of Object.values(values)) if (typeof value.data === 'function') (value as DeviceTensor).dispose()
}

/** Runs one step on one batch. */
async function runStep(
  executable: Executable,
  { step, seed }: FitOptions,
  state: Values,
  batch: Readonly<Record<string, TensorValue>>,
  learningRate: number,
): Promise<{ next: Record<string, DeviceTensor>; report: Report }> {
  const outputs = await executable.run({ ...batch, ...state, learning_rate: scalar('float32', learningRate), seed: scalar('int64', seed) })
  const next = Object.fromEntries(step.state.map(({ input, output }) => [input, outputs[output] as DeviceTensor]))
  const report: Report = {}
  for (const name of step.metrics) report[name] = Number((await (outputs[name] as DeviceTensor).data())[0])
  for (const name of step.metrics) outputs[name]?.dispose()
  return { next, report }
}

/** The means over the examples of an epoch. */
const means = ({ examples = 1, ...sums }: Report): Report =>
  Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / examples]))

/** The state during a run: as RunState, but the values are on the device during an epoch. */
interface Position {
  values: Values
  step: number
  sums: Report
  waiting: NonNullable<RunState['waiting']>
}

/** The RunState of a position, with the values on the host. */
const stateAt = async ({ values, step, sums, waiting }: Position): Promise<RunState> => ({
  values: await toHost(values),
  step,
  sums: { ...sums },
  waiting,
})

const stepsOf = ({ stepsPerEpoch, train, batchSize }: FitOptions): number => stepsPerEpoch ?? Math.ceil(train.length / batchSize)

/** Runs the remaining steps of an epoch. @returns false if the signal stopped it. */
async function* runEpoch(
  executable: Executable,
  options: FitOptions,
  at: Position,
  epoch: number,
): AsyncGenerator<TrainEvent, boolean, void> {
  const { step, train, batchSize, seed, stepsPerEpoch, schedule, signal } = options
  const names = new Set(step.program.inputs.map(({ name }) => name))
  const steps = stepsOf(options)
  const batches = epochBatches(train.length, {
    batchSize,
    seed,
    epoch,
    ...(stepsPerEpoch === undefined ? {} : { stepsPerEpoch }),
    ...(train.sizes === undefined ? {} : { sizes: train.sizes }),
  })
  const learningRate = schedule(epoch)
  for (let i = at.step - epoch * steps; i < steps; i++) {
    if (signal?.aborted === true) return false
    const indices = batches[i] as Uint32Array
    const batch = Object.fromEntries(Object.entries(train.batch(indices)).filter(([name]) => names.has(name)))
    const { next, report } = await runStep(executable, options, at.values, batch, learningRate)
    const loss = report.loss as number
    if (!Number.isFinite(loss)) throw new NonFiniteLossError(at.step + 1, epoch + 1, loss)
    dispose(at.values)
    at.values = next
    at.step++
    for (const [name, value] of Object.entries({ ...report, examples: 1 })) at.sums[name] = (at.sums[name] ?? 0) + value * indices.length
    yield { type: 'step', epoch: epoch + 1, step: i + 1, steps, loss }
  }
  return true
}

/** Ends an epoch: computes its means, validates, and updates the count for early stopping. Afterwards the values are on the host. */
async function endEpoch({ validate }: FitOptions, at: Position): Promise<{ train: Report; val: Report | undefined; state: RunState }> {
  const values = await toHost(at.values)
  dispose(at.values)
  const train = means(at.sums)
  const val = await validate?.(values)
  const loss = val?.loss ?? (train.loss as number)
  const { best, epochs } = at.waiting
  at.values = values
  at.sums = {}
  at.waiting = { best: Math.min(best, loss), epochs: loss < best ? 0 : epochs + 1 }
  return { train, val, state: { values, step: at.step, sums: {}, waiting: at.waiting } }
}

/**
 * Trains a model and yields events.
 *
 * The order of the examples and all random numbers depend only on the seed and the step count. So a run that resumes from a checkpoint, even in the
 * middle of an epoch, gives the same values bit for bit as one that never stopped (on the same device, with the same number of threads).
 *
 * @throws NonFiniteLossError if the loss is NaN or infinite; the result of that step is discarded.
 */
export async function* fit(options: FitOptions): AsyncGenerator<TrainEvent, void, void> {
  const { step, backend, train, epochs, schedule, patience, state } = options
  if (train.length === 0) throw new RangeError('train: expected at least one example, received none.')
  const executable = await backend.compile(step.program)
  const waiting = state.waiting ?? { best: Number.POSITIVE_INFINITY, epochs: 0 }
  const at: Position = { values: { ...state.values }, step: state.step, sums: { ...state.sums }, waiting }
  try {
    for (let epoch = Math.floor(at.step / stepsOf(options)); epoch < epochs; epoch++) {
      const started = performance.now()
      const isDone = yield* runEpoch(executable, options, at, epoch)
      if (!isDone) {
        yield { type: 'stopped', reason: 'signal', epoch, state: await stateAt(at) }
        return
      }
      const end = await endEpoch(options, at)
      const seconds = (performance.now() - started) / 1000
      yield { type: 'epoch', epoch: epoch + 1, step: at.step, learningRate: schedule(epoch), seconds, ...end }
      if (patience !== undefined && at.waiting.epochs >= patience) {
        yield { type: 'stopped', reason: 'patience', epoch: epoch + 1, state: end.state }
        return
      }
    }
  } finally {
    dispose(at.values)
    await executable.dispose()
  }
}
