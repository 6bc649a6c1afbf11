import type { Dataset } from '@equivar/datasets'
import { parametersOf } from '@equivar/nn'
import type { Backend, TensorValue } from '@equivar/tensor'
import { fit, type RunState, type TrainEvent } from '@equivar/train'
import { assess } from './assess.ts'
import { Interrupted, UsageError } from './errors.ts'
import type { Goal } from './goals.ts'
import type { TaskModel } from './model.ts'
import type { Output } from './output.ts'
import { shiftedImages } from './own-data/shifted-images.ts'
import { metricOf, type RunModel } from './programs.ts'
import type { RankJob } from './ranks/rank-job.ts'
import { firstState, keptMetrics, RunRecorder, resumedState } from './recorder.ts'
import type { EpochMetrics } from './report.ts'
import type { RunConfig } from './run/run-config.ts'
import type { RunLock } from './run/run-lock.ts'
import { scheduleOf } from './schedule.ts'
import type { Recipe } from './task.ts'

/** The parts of a training run. */
export interface Training {
  readonly run: RunModel
  readonly data: { readonly train: Dataset; readonly validation: Dataset }
  readonly recipe: Recipe
  readonly backend: Backend
  readonly output: Output
  readonly stopping: AbortSignal
  /** The processes that train together, if there are several. */
  readonly job?: RankJob | undefined
}

/** Trains a model from a state, validates it after every epoch, and yields events. */
async function* trained(config: RunConfig, training: Training, state: RunState): AsyncGenerator<TrainEvent, void, void> {
  const { run, data, recipe, backend, stopping, job } = training
  const { model, step, inference } = run
  const evaluator = await backend.compile(inference)
  const names = [...parametersOf(model.module).keys()]
  try {
    yield* fit({
      step,
      backend,
      train: recipe.shift === undefined ? data.train : shiftedImages(data.train, { share: recipe.shift, seed: config.seed }),
      validate: async (all) => {
        const values = Object.fromEntries(names.map((name) => [name, all[name] as TensorValue]))
        const { loss, metric, further } = await assess(evaluator, data.validation, { model, values, ranks: job })
        return { loss, [model.goal.metric]: metric, ...further }
      },
      epochs: config.epochs,
      batchSize: config.batchSize,
      ...(recipe.stepsPerEpoch === undefined ? {} : { stepsPerEpoch: recipe.stepsPerEpoch }),
      schedule: scheduleOf(recipe, config),
      seed: config.seed,
      state,
      ...(config.patience === undefined ? {} : { patience: config.patience }),
      keepBest: config.keep === 'best',
      signal: stopping,
      ...(job === undefined ? {} : { ranks: job }),
      ...(config.statistics === undefined ? {} : { statistics: config.statistics }),
    })
  } finally {
    await evaluator.dispose()
  }
}

const sayPatience = (output: Output, { patience }: RunConfig): void =>
  output.say(`  stopped: the validation loss has not fallen for ${patience} epochs`)

/** The line of an epoch. */
function epochLine({ epoch, train, val, seconds }: EpochMetrics, { goal, further }: TaskModel): string {
  const figure = (name: string, { show }: Goal): string => `${name} ${show(train[name])}  validation ${show(val?.[name])}`
  const second = further === undefined ? '' : `  ${figure(metricOf(further), further.goal)}`
  const figures = `loss ${train.loss?.toFixed(4)}  ${figure(goal.metric, goal)}${second}`
  return `  epoch ${String(epoch).padStart(3)}  ${figures}  ${seconds.toFixed(1)} s`
}

/** A progress bar with the steps, epochs and figures of a run; does nothing without a terminal. */
function trainingBar(
  output: Output,
  { epochs, perEpoch, done }: { readonly epochs: number; readonly perEpoch: number; readonly done: number },
): { step(at: number, loss: number): void; validated(figure: string): void; stop(): void } {
  const bar = output.bar(epochs * perEpoch)
  const started = performance.now()
  let validation = '-'
  return {
    step: (at, loss) => {
      const speed = ((at - done) / (performance.now() - started)) * 1000
      const epoch = `${Math.ceil(at / perEpoch)}/${epochs}`
      bar?.update(at, { epoch, loss: loss.toFixed(4), validation, speed: speed.toFixed(1) })
    },
    validated: (figure) => {
      validation = figure
    },
    stop: () => bar?.stop(),
  }
}

/** Where a run starts: its state, and the lines of its completed epochs. */
export interface RunStart {
  readonly state: RunState
  readonly kept: readonly EpochMetrics[]
}

const stepsPerEpoch = ({ batchSize }: RunConfig, { recipe, data }: Training): number =>
  recipe.stepsPerEpoch ?? Math.ceil(data.train.length / batchSize)

/**
 * Where a run starts. Reads files and writes none.
 *
 * @throws UsageError or CheckpointError if it is to be resumed and there is nothing to resume, another run, a damaged file, or more steps than `epochs`.
 */
export async function startOf(config: RunConfig, training: Training, { out, resume }: { out: string; resume: boolean }): Promise<RunStart> {
  if (!resume) return { state: firstState(training.run, config), kept: [] }
  const state = await resumedState(training.run, config, out)
  const perEpoch = stepsPerEpoch(config, training)
  if (state.step > config.epochs * perEpoch)
    throw new UsageError(
      `${out}: expected a checkpoint of at most step ${config.epochs * perEpoch}, the end of epoch ${config.epochs}, found step ${state.step}; raise --epochs`,
    )
  const kept = await keptMetrics(out, state.step)
  const epochs = Math.floor(state.step / perEpoch)
  if (kept.length !== epochs) training.output.say(`${out}: metrics.jsonl has ${kept.length} of ${epochs} epochs; the others are lost`)
  return { state, kept }
}

/**
 * Trains a model in a run directory. After every epoch, the directory contains everything that is needed to resume.
 *
 * @param folder - `out`: the directory. `lock`: the right to write there. `state`: where to start, from `startOf`.
 * @returns the metrics of every epoch.
 * @throws Interrupted after a signal, when the checkpoint is saved; CheckFailed if another process has taken the directory over.
 */
export async function trainRun(
  config: RunConfig,
  training: Training,
  { out, lock, start }: { readonly out: string; readonly lock: RunLock; readonly start: RunStart },
): Promise<readonly EpochMetrics[]> {
  const { run, output, stopping } = training
  const { state, kept } = start
  const recorder = new RunRecorder(out, config, lock)
  await recorder.begin(state, kept)
  const perEpoch = stepsPerEpoch(config, training)
  const bar = trainingBar(output, { epochs: config.epochs, perEpoch, done: state.step })
  try {
    for await (const event of trained(config, training, state)) {
      if (event.type === 'step') bar.step((event.epoch - 1) * perEpoch + event.step, event.loss)
      else if (event.type === 'epoch') {
        const { epoch, step, train, val, seconds, waited } = event
        const line: EpochMetrics = { epoch, step, train, ...(val === undefined ? {} : { val }), seconds, waited }
        await recorder.epoch(line, event.state)
        output.result(line)
        bar.validated(run.model.goal.show(val?.[run.model.goal.metric]))
        output.say(epochLine(line, run.model))
      } else {
        await recorder.checkpoint(event.state)
        await training.job?.end()
        if (event.reason === 'signal')
          throw new Interrupted(`stopped at step ${event.state.step}; the checkpoint is saved, continue with --resume`, stopping.reason)
        sayPatience(output, config)
      }
    }
  } finally {
    bar.stop()
  }
  await training.job?.end()
  return recorder.metrics
}

/** Trains as a rank that keeps nothing: the first has the state and the files. @throws Interrupted after a signal on any rank, when the first has saved. */
export async function trainWithout(config: RunConfig, training: Training): Promise<void> {
  let stopped = false
  for await (const event of trained(config, training, firstState(training.run, config)))
    stopped = event.type === 'stopped' && event.reason === 'signal'
  await training.job?.end()
  if (stopped) throw new Interrupted('stopped with all ranks', training.stopping.reason)
}

/** Trains a model on one fold and saves nothing. @returns the validation metric of every epoch. @throws Interrupted after Ctrl-C. */
export async function trainFold(config: RunConfig, training: Training): Promise<number[]> {
  const curve: number[] = []
  for await (const event of trained(config, training, firstState(training.run, config))) {
    if (event.type === 'epoch') curve.push(event.val?.[training.run.model.goal.metric] ?? Number.NaN)
    if (event.type !== 'stopped') continue
    if (event.reason === 'signal')
      throw new Interrupted('stopped; finished folds are saved, continue with --resume', training.stopping.reason)
    sayPatience(training.output, config)
  }
  return curve
}
