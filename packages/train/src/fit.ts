import type { Schedule } from '@equivar/nn'
import { type Backend, type DeviceTensor, type Executable, Random, type TensorValue } from '@equivar/tensor'
import type { TrainStep } from './step.ts'

/** Examples that can be asked for by number. */
export interface Examples {
  readonly length: number
  /** How large each example is, where batches are to be of examples of like size. */
  readonly sizes?: ArrayLike<number>
  batch(indices: ArrayLike<number>): Record<string, TensorValue>
}

/** Numbers to report: the loss and the metrics. */
export type Report = Record<string, number>

/** The state of a run: what a checkpoint holds. */
export interface RunState {
  readonly values: Record<string, TensorValue>
  /** Steps done. */
  readonly step: number
  /** Sums over the examples of the epoch that is under way. */
  readonly sums: Report
  /** For early stopping: the lowest validation loss so far, and the epochs since. */
  readonly waiting?: { readonly best: number; readonly epochs: number }
}

/** What happens while a model trains. */
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

/** Settings of a training run. */
export interface FitOptions {
  readonly step: TrainStep
  readonly backend: Backend
  readonly train: Examples
  /** Reports on the validation set after an epoch. */
  readonly validate?: (values: Readonly<Record<string, TensorValue>>) => Promise<Report>
  readonly epochs: number
  readonly batchSize: number
  /** Steps of an epoch; as many as the examples fill if left out. Batches are then drawn anew from the shuffled examples. */
  readonly stepsPerEpoch?: number
  /** The learning rate of an epoch. */
  readonly schedule: Schedule
  readonly seed: number
  /** Where to start: after initialState, or of a checkpoint. */
  readonly state: RunState
  /** Stop when the validation loss has not fallen for so many epochs. */
  readonly patience?: number
  /** Stops between two steps. */
  readonly signal?: AbortSignal
}

/** A loss that is no number. */
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
  /** Of each example: batches are of examples of like size then, in random order, so that little is padded. */
  readonly sizes?: ArrayLike<number>
}

/** The examples of every step of an epoch, the same for the same seed. */
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

/** Frees what is on a device. */
function dispose(values: Values): void {
  for (const value of Object.values(values)) if (typeof value.data === 'function') (value as DeviceTensor).dispose()
}

/** One batch: feeds, the names of the step's data inputs, and the metrics that come back. */
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

/** Where a run is: RunState, with the values on the device while an epoch is under way. */
interface Position {
  values: Values
  step: number
  sums: Report
  waiting: NonNullable<RunState['waiting']>
}

/** A position as a checkpoint holds it. */
const stateAt = async ({ values, step, sums, waiting }: Position): Promise<RunState> => ({
  values: await toHost(values),
  step,
  sums: { ...sums },
  waiting,
})

const stepsOf = ({ stepsPerEpoch, train, batchSize }: FitOptions): number => stepsPerEpoch ?? Math.ceil(train.length / batchSize)

/** The steps of an epoch that are not done yet. @returns false if the signal came first. */
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

/** What an epoch comes to: its means, the validation, and how long the loss has not fallen. The values are on the host afterwards. */
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
 * Trains, and tells what happens.
 *
 * The order of the examples, and every random number, follow from the seed and the step count alone, so a run that is continued from a
 * checkpoint, even in the middle of an epoch, goes on bit for bit as if it had never stopped (on one device, with one number of threads).
 *
 * @throws NonFiniteLossError if the loss is NaN or infinite; the step's result is not kept.
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
