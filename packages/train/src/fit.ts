import type { DeviceTensor, Executable, TensorValue } from '@equivar/tensor'
import { batchesAhead, type Wait } from './batches-ahead.ts'
import { epochBatches, feedsFrom } from './epochs.ts'
import { demandFitOptions, type FitOptions, type Judged, stepsOf } from './fit-options.ts'
import { type FitRunner, fitRunner, type Validate } from './fit-runner.ts'
import type { Metrics, SplitReport, StepReport } from './objective.ts'
import { sharedState } from './ranks/shared-state.ts'
import type { Report, RunState } from './run-state.ts'
import { currentValues } from './start.ts'
import { NonFiniteLossError, type TrainEvent } from './train-event.ts'

const scalar = (dtype: 'float32' | 'int64', value: number): TensorValue => ({
  dtype,
  shape: [],
  data: dtype === 'int64' ? BigInt64Array.of(BigInt(value)) : Float32Array.of(value),
})

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
const means = ({ examples = 1, ...sums }: Report): StepReport =>
  Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / examples])) as StepReport

/** Adds what a step reports to the sums of its epoch. A batch that has no examples has no mean. */
function addTo(sums: Report, { examples, ...report }: Report, size: number): void {
  const count = examples ?? size
  if (count === 0) return
  for (const [name, value] of Object.entries({ ...report, examples: 1 })) sums[name] = (sums[name] ?? 0) + value * count
}

/** The state during a run: as RunState, but the values are on the device during an epoch. */
interface Position {
  values: Values
  step: number
  sums: Report
  waiting: RunState['waiting']
  best: RunState['best']
}

/** The RunState of a position, with the values on the host. */
const stateAt = async ({ values, step, sums, waiting, best }: Position): Promise<RunState> => ({
  values: await toHost(values),
  step,
  sums: { ...sums },
  ...(waiting === undefined ? {} : { waiting }),
  ...(best === undefined ? {} : { best }),
})

/** The learning rate of a step. @throws RangeError if it is negative or not finite. */
function rateAt({ schedule, scheduleBy = 'epoch' }: FitOptions, epoch: number, step: number): number {
  const rate = schedule(scheduleBy === 'epoch' ? epoch : step)
  if (Number.isFinite(rate) && rate >= 0) return rate
  const received = Number.isNaN(rate) ? 'one that is not a number' : `${rate}`
  throw new RangeError(`fit: expected a learning rate of 0 or more at step ${step + 1} (epoch ${epoch + 1}), received ${received}.`)
}

/** Runs the remaining steps of an epoch. @returns false if the signal stopped it. */
async function* runEpoch(
  runner: FitRunner,
  options: FitOptions,
  at: Position,
  { epoch, wait }: { readonly epoch: number; readonly wait: Wait },
): AsyncGenerator<TrainEvent, boolean, void> {
  const { train, batchSize, seed, stepsPerEpoch } = options
  const steps = stepsOf(options)
  const batches = epochBatches(train.length, { batchSize, seed, epoch, stepsPerEpoch, sizes: train.sizes })
  let i = at.step - epoch * steps
  for await (const { indices, batch: whole } of batchesAhead(runner.train, batches.slice(i), wait)) {
    if (await runner.isStopped()) return false
    const batch = feedsFrom('fit', whole, runner.data)
    const learningRate = rateAt(options, epoch, at.step)
    const { next, report } = await runStep(runner.executable, options, at.values, batch, learningRate)
    const loss = report.loss as number
    if (!Number.isFinite(loss)) throw new NonFiniteLossError(at.step + 1, epoch + 1, loss)
    dispose(at.values)
    at.values = next
    at.step++
    addTo(at.sums, report, indices.length)
    const { examples: _, ...metrics } = report
    i++
    yield { type: 'step', epoch: epoch + 1, step: i, steps, done: at.step, loss, report: { ...metrics, loss }, learningRate }
  }
  return true
}

/** Updates the count for early stopping and the best values after an epoch. @returns whether the loss has fallen. @throws RangeError if the validation has no loss. */
function judge(
  { step, keepBest = false }: FitOptions,
  at: Position,
  values: Record<string, TensorValue>,
  val: SplitReport,
  epoch: number,
): boolean {
  const loss: number | undefined = val.loss
  if (loss === undefined) throw new RangeError('fit: expected validate to return a loss, received a report without "loss".')
  const { best, epochs } = at.waiting ?? { best: Number.POSITIVE_INFINITY, epochs: 0 }
  const hasFallen = loss < best
  at.waiting = hasFallen ? { best: loss, epochs: 0 } : { best, epochs: epochs + 1 }
  if (keepBest && hasFallen) at.best = { epoch, values: currentValues(step.state, values) }
  return hasFallen
}

/** Ends an epoch: computes its means, validates, and judges. Afterwards the values are on the host. */
async function endEpoch(
  options: FitOptions,
  at: Position,
  { epoch, validate }: { readonly epoch: number; readonly validate: Validate | undefined },
): Promise<{ train: StepReport; val: SplitReport | undefined; isBest: boolean; state: RunState }> {
  const values = await toHost(at.values)
  dispose(at.values)
  at.values = values
  const train = means(at.sums)
  const val = await validate?.({ ...values, ...currentValues(options.step.state, values) })
  at.sums = {}
  const isBest = val !== undefined && judge(options, at, values, val, epoch)
  return { train, val, isBest, state: await stateAt(at) }
}

/**
 * Trains a model and yields events.
 *
 * The order of the examples and all random numbers depend only on the seed and the step count. So a run that resumes from a checkpoint, even in the
 * middle of an epoch, gives the same values bit for bit as one that never stopped (on the same device, with the same number of threads).
 *
 * The generator returns the last state; `lastState` runs it to its end.
 *
 * With `ranks`, several processes train together, each with its part of every batch: the run is that of one process, but for the order of additions, with dropout and
 * batch norm over all of them. All start from the state of rank 0, all yield the same events, and a signal on one stops all. A step whose examples meet other
 * than in sums is refused (`overRanks`).
 *
 * A run that early stopping has ended yields only `stopped` when it is resumed, as long as `patience` is not raised.
 *
 * @throws RangeError if an option is out of range, or the state is beyond the last epoch, before anything runs, or if batches lack an input of the step;
 * NonFiniteLossError if the loss is NaN or infinite; the result of that step is discarded.
 */
export function fit<M extends Metrics>(
  options: FitOptions<M> & { readonly validation: FitOptions['train'] },
): AsyncGenerator<TrainEvent<M, SplitReport<M>>, RunState, void>
export function fit<M extends Metrics, Val extends Judged>(
  options: FitOptions<M, Val> & { readonly validate: (values: Readonly<Record<string, TensorValue>>) => Promise<Val> },
): AsyncGenerator<TrainEvent<M, Val>, RunState, void>
export function fit<M extends Metrics>(options: FitOptions<M>): AsyncGenerator<TrainEvent<M>, RunState, void>
export async function* fit(options: FitOptions): AsyncGenerator<TrainEvent<Metrics, Judged | undefined>, RunState, void> {
  demandFitOptions(options)
  const { epochs, patience = Number.POSITIVE_INFINITY, ranks } = options
  const state = ranks === undefined || ranks.size === 1 ? options.state : await sharedState(ranks, options.state)
  const steps = stepsOf(options)
  const at: Position = { values: { ...state.values }, step: state.step, sums: { ...state.sums }, waiting: state.waiting, best: state.best }
  const isStopped = (): boolean => at.step % steps === 0 && (at.waiting?.epochs ?? 0) >= patience
  if (isStopped()) {
    yield { type: 'stopped', reason: 'patience', epoch: at.step / steps, state }
    return state
  }
  let last = state
  const runner = await fitRunner(options)
  try {
    for (let epoch = Math.floor(at.step / steps); epoch < epochs; epoch++) {
      const started = performance.now()
      const wait = { seconds: 0 }
      const isDone = yield* runEpoch(runner, options, at, { epoch, wait })
      if (!isDone) {
        const stopped = await stateAt(at)
        yield { type: 'stopped', reason: 'signal', epoch, state: stopped }
        return stopped
      }
      const end = await endEpoch(options, at, { epoch: epoch + 1, validate: runner.validate })
      const seconds = (performance.now() - started) / 1000
      const learningRate = rateAt(options, epoch, at.step - 1)
      yield { type: 'epoch', epoch: epoch + 1, step: at.step, learningRate, seconds, waited: wait.seconds, ...end }
      last = end.state
      if (!isStopped()) continue
      yield { type: 'stopped', reason: 'patience', epoch: epoch + 1, state: last }
      break
    }
    return last
  } finally {
    dispose(at.values)
    await runner.dispose()
  }
}
