import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { countParameters } from '@equivar/nn'
import { writeAtomically } from '@equivar/train/node'
import { type BackendChoice, chooseBackend } from './backends.ts'
import { crossValidation } from './cross-validation.ts'
import { UsageError } from './errors.ts'
import { finishRun } from './finish.ts'
import type { Settings, TaskModel } from './model.ts'
import type { Output } from './output.ts'
import { runModel } from './programs.ts'
import { buildModel, findTask, loadTask } from './registry.ts'
import { demandSameRun, fileOf, type RunConfig } from './run-directory.ts'
import { type SplitSettings, splitSettings } from './settings.ts'
import type { Recipe, Task, TaskData } from './task.ts'
import { type Training, trainFold, trainRun } from './training.ts'

/** Arguments of `equivar train`. */
export interface TrainArguments extends BackendChoice {
  readonly task: string
  readonly model: string | undefined
  readonly out: string | undefined
  readonly epochs: number | undefined
  readonly seed: number
  readonly data: string | undefined
  readonly keep: 'last' | 'best'
  readonly resume: boolean
  readonly settings: Settings
  readonly folds: number | undefined
  readonly fold: number | undefined
}

const modelName = (task: Task, given: string | undefined): string => {
  const name = given ?? task.models[0]
  if (!task.models.includes(name)) throw new UsageError(`expected a model of ${task.name} (${task.models.join(', ')}), received "${name}"`)
  return name
}

/** The configuration of a run: the arguments, with the task's recipe as defaults. */
function configOf(
  given: TrainArguments,
  {
    task,
    name,
    settings,
    data,
    recipe,
    model,
  }: { task: Task; name: string; settings: SplitSettings; data: TaskData; recipe: Recipe; model: TaskModel },
): RunConfig {
  const { epochs, batchSize, learningRate, accumulate, clipNorm, patience = recipe.patience } = settings.training
  return {
    task: task.name,
    model: name,
    settings: settings.model,
    ...(Object.keys(settings.data).length === 0 ? {} : { dataSettings: settings.data }),
    ...data.facts,
    classes: data.classes,
    seed: given.seed,
    epochs: given.epochs ?? epochs ?? recipe.epochs,
    batchSize: batchSize ?? recipe.batchSize,
    learningRate: learningRate ?? recipe.learningRate,
    ...(accumulate === undefined ? {} : { accumulate }),
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(patience === undefined ? {} : { patience }),
    ...(given.keep === 'best' ? { keep: 'best' } : {}),
    symmetries: model.symmetries.map((symmetry) => symmetry.name),
  }
}

/** `equivar train`. */
export async function train(given: TrainArguments, output: Output, stopping: AbortSignal): Promise<void> {
  const task = findTask(given.task)
  const name = modelName(task, given.model)
  const settings = splitSettings(task, name, given.settings)
  const folder = given.data === undefined ? {} : { data: given.data }
  const data = await loadTask(task, { ...folder, model: name, seed: given.seed, settings: settings.data })
  const recipe = task.recipe(name)
  const model = buildModel(name, settings.model, data.facts, task.goal(data.facts))
  const config = configOf(given, { task, name, settings, data, recipe, model })
  const out = given.out ?? join('runs', `${task.name.replace(':', '-')}-${name}`)
  await mkdir(out, { recursive: true })
  output.say(`${task.name}: ${task.description}`)
  output.say(`${name}, ${countParameters(model.module).toLocaleString('en')} parameters; symmetry: ${config.symmetries.join('; ')}`)
  if (given.resume) await demandSameRun(out, config)
  // A fold of small graphs cannot use several cores, so each gets one thread.
  const { backend, line } = await chooseBackend(given.folds === undefined ? given : { ...given, threads: 1 })
  if (line !== undefined) output.say(line)
  const training: Training = { run: runModel(model, config), data, recipe, backend, output, stopping }
  if (given.folds !== undefined) return await crossValidate(config, training, { given, task, data, out })
  await writeAtomically(fileOf(out, 'config'), `${JSON.stringify(config, undefined, 2)}\n`)
  const metrics = await trainRun(config, training, { out, resume: given.resume })
  await finishRun(config, metrics, { run: training.run, out, data, output })
}

/** Trains every fold from new initial values. */
const crossValidate = (
  config: RunConfig,
  training: Training,
  { given, task, data, out }: { given: TrainArguments; task: Task; data: TaskData; out: string },
): Promise<void> =>
  crossValidation(config, {
    count: given.folds,
    only: given.fold,
    resume: given.resume,
    task,
    data,
    out,
    output: training.output,
    curveOf: (split, seed) => trainFold({ ...config, seed }, { ...training, data: split }),
  })
