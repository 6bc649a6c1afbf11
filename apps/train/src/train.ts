import { availableParallelism } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { countParameters } from '@equivar/nn'
import { Random } from '@equivar/tensor'
import { writeAtomically } from '@equivar/train/node'
import { type BackendChoice, chooseBackend } from './backends.ts'
import { type CrossValidation, crossValidation, foldsBeside } from './cross-validation.ts'
import { asUsage, Interrupted, UsageError } from './errors.ts'
import { finishRun } from './finish.ts'
import type { Settings, TaskModel } from './model.ts'
import type { Output } from './output.ts'
import type { OwnSource } from './own-data/source.ts'
import { runModel } from './programs.ts'
import { describeJob, describePlaces, isFirst, type RankJob, threadsOf } from './ranks/rank-job.ts'
import { buildTaskModel, loadTask } from './registry.ts'
import { folderName } from './run/data-name.ts'
import type { RunConfig } from './run/run-config.ts'
import { clearRun, clearTemporaries, demandEmpty, demandWritable, fileOf, makeFolder } from './run/run-directory.ts'
import { lockRun, type RunLock } from './run/run-lock.ts'
import { type SplitSettings, splitSettings } from './settings.ts'
import type { Recipe, Task, TaskData } from './task.ts'
import { taskOf } from './task-of.ts'
import { startOf, type Training, trainFold, trainRun, trainWithout } from './training.ts'
import { someExamples } from './verify.ts'

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
  readonly overwrite: boolean
  readonly settings: Settings
  readonly folds: number | undefined
  /** Own data instead of a built-in task's. */
  readonly own?: OwnSource | undefined
  /** The path of a file that defines the task. */
  readonly file?: string | undefined
  readonly fold: number | undefined
  /** The command as it was written, for the report. */
  readonly command?: string | undefined
}

const modelName = (task: Task, given: string | undefined): string => {
  const name = given ?? task.models[0]
  if (!task.models.includes(name)) throw new UsageError(`expected a model of ${task.name} (${task.models.join(', ')}), received "${name}"`)
  return name
}

/** The parts that a run's arguments choose. */
interface Chosen {
  readonly task: Task
  readonly name: string
  readonly settings: SplitSettings
  readonly data: TaskData
  readonly recipe: Recipe
  readonly model: TaskModel
}

/** The file that defines a task, as a run in a folder names it. */
const definedIn = ({ file }: Task, out: string): Pick<RunConfig, 'taskFile' | 'taskDigest'> =>
  file === undefined ? {} : { taskFile: relative(resolve(out), file.path).replaceAll(sep, '/'), taskDigest: file.digest }

/** The configuration of a run: the arguments, with the task's recipe as defaults. @param out - the run directory. */
function configOf(given: TrainArguments, out: string, { task, name, settings, data, recipe, model }: Chosen): RunConfig {
  const { epochs, batchSize, learningRate, accumulate, clipNorm, statisticsPerRank } = settings.training
  // All folds need the same number of epochs.
  const patience = given.folds === undefined ? (settings.training.patience ?? recipe.patience) : undefined
  return {
    task: task.name,
    model: name,
    settings: settings.model,
    ...(Object.keys(settings.data).length === 0 ? {} : { dataSettings: settings.data }),
    ...data.facts,
    classes: data.classes,
    examples: data.train.length,
    seed: given.seed,
    epochs: given.epochs ?? epochs ?? recipe.epochs,
    batchSize: batchSize ?? recipe.batchSize,
    learningRate: learningRate ?? recipe.learningRate,
    ...(accumulate === undefined ? {} : { accumulate }),
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(patience === undefined ? {} : { patience }),
    ...(statisticsPerRank === 1 ? { statistics: 'rank' } : {}),
    ...(given.keep === 'best' ? { keep: 'best' } : {}),
    ...(given.folds === undefined ? {} : { folds: given.folds }),
    ...(given.own === undefined ? {} : { own: given.own }),
    ...definedIn(task, out),
    symmetries: model.symmetries.map((symmetry) => symmetry.name),
  }
}

/** Draws from every symmetry, so that a group that does not fit the examples is refused before the training. @throws RangeError */
function demandSymmetries({ symmetries }: TaskModel, data: TaskData, seed: number): void {
  const random = new Random({ seed, stream: 'symmetries' })
  const batch = data.test.batch(someExamples(data, random))
  for (const symmetry of symmetries) for (const element of symmetry.elements(batch, random).slice(0, 1)) element.input(batch)
}

/** Loads the data and builds the model. @throws UsageError if a setting is out of range. */
async function choose(given: TrainArguments, task: Task, signal: AbortSignal): Promise<Chosen> {
  const early = given.own === undefined ? modelName(task, given.model) : (given.model ?? task.models[0])
  const load = (settings: Settings): Promise<TaskData> =>
    loadTask(task, {
      ...(given.data === undefined ? {} : { data: given.data }),
      ...(given.own === undefined ? {} : { own: given.own }),
      model: early,
      seed: given.seed,
      signal,
      settings,
      ...(given.folds === undefined ? {} : { folds: given.folds }),
    })
  // Which models fit own data is known when they are read.
  const read = given.own === undefined ? undefined : await load({})
  const name = modelName(read?.models === undefined ? task : { ...task, models: read.models }, given.model)
  const settings = splitSettings(task, name, given.settings)
  const data = read ?? (await asUsage(task.name, () => load(settings.data)))
  const model = await asUsage('--set', () => buildTaskModel(task, name, settings.model, data.facts))
  if (task.file !== undefined) await asUsage('symmetries', () => demandSymmetries(model, data, given.seed))
  return { task, name, settings, data, recipe: task.recipe(name, data), model }
}

/** Checks which options go together. @throws UsageError for the first that do not. */
function demandConsistent({ resume, overwrite, folds, fold, keep, settings, own }: TrainArguments): void {
  if (resume && overwrite) throw new UsageError('expected --resume or --overwrite, received both')
  if (fold !== undefined && folds === undefined)
    throw new UsageError('--fold: expected --folds beside it, the number of folds, received none')
  if (folds === undefined) return
  if (keep === 'best') throw new UsageError('--folds: expected --keep last, because all epochs of all folds are compared, received best')
  if (own?.shares !== undefined) throw new UsageError('expected --split or --folds, received both')
  if (settings.patience !== undefined)
    throw new UsageError('--folds: expected no patience, because all folds need the same number of epochs, received one')
}

/** The name of a run's folder: with the model, but for own data whose default is only known when they are read, and for the one model of a file. */
const runName = (given: TrainArguments, { models }: Task): string =>
  folderName(given, given.model ?? (given.own === undefined && given.file === undefined ? models[0] : undefined))

/** `equivar train`. @param job - the processes that train together; rank 0 writes the run directory. */
export async function train(given: TrainArguments, output: Output, stopping: AbortSignal, job?: RankJob): Promise<void> {
  demandConsistent(given)
  const task = await taskOf(given)
  const out = given.out ?? join('runs', runName(given, task))
  const writes = isFirst(job)
  if (writes) await demandWritable(out)
  if (writes && !given.resume && !given.overwrite) demandEmpty(out)
  const chosen = await choose(given, task, stopping)
  try {
    if (stopping.aborted) throw new Interrupted('stopped before the first step; nothing is written', stopping.reason)
    const config = { ...configOf(given, out, chosen), ...(job === undefined ? {} : { ranks: job.size }) }
    if (!writes) return await trainBeside(config, chosen, { given, output, stopping, job: job as RankJob })
    await makeFolder(out)
    const lock = await lockRun(out)
    try {
      await trainLocked(config, chosen, { given, out, lock, output, stopping, job })
    } finally {
      await lock.release()
    }
  } finally {
    await chosen.data.close?.()
  }
}

/** What a run needs besides its configuration and model. */
interface Surroundings {
  readonly given: TrainArguments
  readonly out: string
  readonly lock: RunLock
  readonly output: Output
  readonly stopping: AbortSignal
  readonly job: RankJob | undefined
}

/** The backend of a run. A fold of small graphs cannot use several cores, so each gets one thread; ranks on one host share its cores. */
function backendOf(given: TrainArguments, job: RankJob | undefined): ReturnType<typeof chooseBackend> {
  if (job !== undefined) return chooseBackend({ ...given, threads: threadsOf(given.threads, job, availableParallelism()) })
  return chooseBackend(given.folds === undefined ? given : { ...given, threads: 1 })
}

/** Trains as another rank than the first, which writes nothing. */
async function trainBeside(
  config: RunConfig,
  chosen: Chosen,
  { given, output, stopping, job }: Omit<Surroundings, 'lock' | 'out'> & { readonly job: RankJob },
): Promise<void> {
  const { data, recipe, model } = chosen
  const { backend } = await backendOf(given, job)
  const training: Training = { run: runModel(model, config), data, recipe, backend, output, stopping, job }
  if (given.folds === undefined) return trainWithout(config, training)
  await foldsBeside(config, { data, job, curveOf: curveOfFold(config, chosen, training) })
}

/** Trains on folds: each may have facts of its own, such as the offset of its targets. */
const curveOfFold =
  (config: RunConfig, { task, name }: Chosen, training: Training): CrossValidation['curveOf'] =>
  ({ facts, ...split }, seed) => {
    const own = { ...config, ...facts, seed }
    const run = facts === undefined ? training.run : runModel(buildTaskModel(task, name, own.settings, own), own)
    return trainFold(own, { ...training, run, data: split })
  }

async function trainLocked(config: RunConfig, chosen: Chosen, { given, out, lock, output, stopping, job }: Surroundings): Promise<void> {
  const { task, name, data, recipe, model } = chosen
  for (const line of data.found ?? [`${task.name}: ${task.description}`]) output.say(line)
  output.say(
    `${name}, ${countParameters(model.module).toLocaleString('en')} parameters; symmetry: ${config.symmetries.join('; ') || 'none'}`,
  )
  if (
    data.models !== undefined &&
    model.inputs.edge_index !== undefined &&
    data.facts.edgeFeatures !== undefined &&
    model.inputs.edge_attr === undefined
  )
    output.say(`${name} leaves out the features of edges; ${data.models[0]} uses them`)
  if (job !== undefined) for (const line of [describeJob(job), describePlaces(job)]) output.say(line)
  const { backend, line } = await backendOf(given, job)
  if (line !== undefined) output.say(line)
  const training: Training = { run: runModel(model, config), data, recipe, backend, output, stopping, job }
  if (given.folds === undefined) {
    const start = await startOf(config, training, { out, resume: given.resume })
    await writeConfig(config, given, out)
    const metrics = await trainRun(config, training, { out, lock, start })
    return await finishRun(config, metrics, { run: training.run, out, data, recipe, command: given.command, output, job })
  }
  await crossValidation(config, {
    count: given.folds,
    only: given.fold,
    resume: given.resume,
    task,
    data,
    goal: model.goal,
    out,
    output,
    lock,
    begin: () => writeConfig(config, given, out),
    job,
    curveOf: curveOfFold(config, chosen, training),
  })
}

/** Makes a folder the run of a configuration: the files of an earlier run are removed first, unless it is resumed. */
async function writeConfig(config: RunConfig, { resume, overwrite }: TrainArguments, out: string): Promise<void> {
  if (overwrite) await clearRun(out)
  else if (resume) await clearTemporaries(out)
  else demandEmpty(out)
  await writeAtomically(fileOf(out, 'config'), `${JSON.stringify(config, undefined, 2)}\n`)
}
