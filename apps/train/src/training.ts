import type { Dataset } from '@equivar/datasets'
import { parametersOf } from '@equivar/nn'
import type { Backend, TensorValue } from '@equivar/tensor'
import { fit, type RunState, type TrainEvent } from '@equivar/train'
import { assess } from './assess.ts'
import { Interrupted } from './errors.ts'
import type { Goal } from './goals.ts'
import type { Output } from './output.ts'
import type { RunModel } from './programs.ts'
import { firstState, RunRecorder, resumedState } from './recorder.ts'
import type { EpochMetrics } from './report.ts'
import type { RunConfig } from './run-directory.ts'
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
}

/** Trains a model from a state, validates it after every epoch, and yields events. */
async function* trained(config: RunConfig, training: Training, state: RunState): AsyncGenerator<TrainEvent, void, void> {
  const { run, data, recipe, backend, stopping } = training
  const { model, step, inference } = run
  const evaluator = await backend.compile(inference)
  const names = [...parametersOf(model.module).keys()]
  try {
    yield* fit({
      step,
      backend,
      train: data.train,
      validate: async (all) => {
        const values = Object.fromEntries(names.map((name) => [name, all[name] as TensorValue]))
        const { loss, metric } = await assess(evaluator, data.validation, { model, values })
        return { loss, [model.goal.metric]: metric }
      },
      epochs: config.epochs,
      batchSize: config.batchSize,
      ...(recipe.stepsPerEpoch === undefined ? {} : { stepsPerEpoch: recipe.stepsPerEpoch }),
      schedule: scheduleOf(recipe, config),
      seed: config.seed,
      state,
      ...(config.patience === undefined ? {} : { patience: config.patience }),
      signal: stopping,
    })
  } finally {
    await evaluator.dispose()
  }
}

const sayPatience = (output: Output, { patience }: RunConfig): void =>
  output.say(`  stopped: the validation loss has not fallen for ${patience} epochs`)

/** The line of an epoch. */
function epochLine({ epoch, train, val, seconds }: EpochMetrics, { metric, show }: Goal): string {
  const figures = `loss ${train.loss?.toFixed(4)}  ${metric} ${show(train[metric])}  validation ${show(val?.[metric])}`
  return `  epoch ${String(epoch).padStart(3)}  ${figures}  ${seconds.toFixed(1)} s`
}

/** A progress bar with the steps of a run and their speed; does nothing without a terminal. */
function stepBar(output: Output, total: number, done: number): { step(at: number, loss: number): void; stop(): void } {
  const bar = output.bar(total)
  const started = performance.now()
  return {
    step: (at, loss) => {
      const speed = ((at - done) / (performance.now() - started)) * 1000
      bar?.update(at, { loss: loss.toFixed(4), speed: speed.toFixed(1) })
    },
    stop: () => bar?.stop(),
  }
}

/**
 * Trains a model in a run directory. After every epoch, the directory contains everything that is needed to resume.
 *
 * @param folder - `out`: the directory. `resume`: whether to continue from its checkpoint.
 * @returns the metrics of every epoch.
 * @throws Interrupted after Ctrl-C, when the checkpoint is saved; UsageError if there is nothing to resume.
 */
export async function trainRun(
  config: RunConfig,
  training: Training,
  { out, resume }: { readonly out: string; readonly resume: boolean },
): Promise<readonly EpochMetrics[]> {
  const { run, output, data, recipe } = training
  const state = resume ? await resumedState(run, config, out) : firstState(run, config.seed)
  const recorder = new RunRecorder(out, config, run)
  await recorder.begin(state, resume)
  const perEpoch = recipe.stepsPerEpoch ?? Math.ceil(data.train.length / config.batchSize)
  const bar = stepBar(output, config.epochs * perEpoch, state.step)
  try {
    for await (const event of trained(config, training, state)) {
      if (event.type === 'step') bar.step((event.epoch - 1) * perEpoch + event.step, event.loss)
      else if (event.type === 'epoch') {
        const { epoch, step, train, val, seconds } = event
        const line: EpochMetrics = { epoch, step, train, ...(val === undefined ? {} : { val }), seconds }
        await recorder.epoch(line, event.state)
        output.result(line)
        output.say(epochLine(line, run.model.goal))
      } else {
        await recorder.checkpoint(event.state)
        if (event.reason === 'signal')
          throw new Interrupted(`stopped at step ${event.state.step}; the checkpoint is saved, continue with --resume`)
        sayPatience(output, config)
      }
    }
  } finally {
    bar.stop()
  }
  return recorder.metrics
}

/** Trains a model on one fold and saves nothing. @returns the validation accuracy of every epoch. @throws Interrupted after Ctrl-C. */
export async function trainFold(config: RunConfig, training: Training): Promise<number[]> {
  const curve: number[] = []
  for await (const event of trained(config, training, firstState(training.run, config.seed))) {
    if (event.type === 'epoch') curve.push(event.val?.accuracy ?? 0)
    if (event.type !== 'stopped') continue
    if (event.reason === 'signal') throw new Interrupted('stopped; finished folds are saved, continue with --resume')
    sayPatience(training.output, config)
  }
  return curve
}
