import { existsSync } from 'node:fs'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadOnnx } from '@equivar/backend-onnx'
import type { Dataset } from '@equivar/datasets'
import { exportOnnx } from '@equivar/export-onnx'
import { adam, countParameters, initialize, parametersOf, stepDecay } from '@equivar/nn'
import { add, type Backend, type Tensor, type TensorValue } from '@equivar/tensor'
import { fit, gradientProgram, inferenceProgram, initialState, type RunState, type TrainStep, trainStep } from '@equivar/train'
import { loadCheckpoint, saveCheckpoint, writeAtomically } from '@equivar/train/node'
import { assess } from './assess.ts'
import { type BackendChoice, chooseBackend } from './backends.ts'
import { crossValidation } from './cross-validation.ts'
import { CheckFailed, Interrupted, UsageError } from './errors.ts'
import type { Settings, TaskModel } from './model.ts'
import type { Output } from './output.ts'
import { defaultSettings, findTask, loadTask } from './registry.ts'
import { type EpochMetrics, report } from './report.ts'
import { completeLines, demandSameRun, fileOf, files, modelOf, type RunConfig, valuesFile } from './run-directory.ts'
import type { Recipe, Task, TaskData } from './task.ts'
import { verifyModel } from './verify.ts'

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

/** The loss of a model, its regularizer with it. */
function lossOf({ goal, target, regularizer }: TaskModel, output: Tensor): Tensor {
  const loss = goal.loss(output, target)
  return regularizer === undefined ? loss : add(loss, regularizer())
}

/** The training step of a model with its loss and the figure that its task is judged by. */
function stepOf(model: TaskModel, config: RunConfig): TrainStep {
  const { module, inputs, target, goal } = model
  return trainStep(module, {
    inputs: { ...inputs, target },
    optimizer: adam(),
    accumulate: config.accumulate ?? 1,
    ...(config.clipNorm === undefined ? {} : { clipNorm: config.clipNorm }),
    objective: () => {
      const output = model.output()
      return { loss: lossOf(model, output), metrics: { [goal.metric]: goal.measure(output, target) } }
    },
    metadata: metadataOf(config),
  })
}

/** Loss and gradient of a run's model, as data-parallel training reduces them across machines; parameters are inputs. */
export function gradientOf(config: RunConfig): ReturnType<typeof gradientProgram> {
  const model = modelOf(config)
  return gradientProgram(model.module, {
    inputs: { ...model.inputs, target: model.target },
    objective: () => ({ loss: lossOf(model, model.output()) }),
    metadata: metadataOf(config),
  })
}

function metadataOf(config: RunConfig): Record<string, string> {
  return {
    task: config.task,
    model: config.model,
    config: JSON.stringify(config),
    symmetry: config.symmetries.join('; '),
    'equivar.version': '0.0.0',
  }
}

/** A run's model for use; its parameters are inputs. */
export const inferenceOf = ({ module, inputs, goal, output, pose }: TaskModel, config: RunConfig): ReturnType<typeof inferenceProgram> =>
  inferenceProgram(module, {
    inputs,
    outputs: () => ({ [goal.output]: output(), ...(pose === undefined ? {} : { pose: pose() }) }),
    metadata: metadataOf(config),
  })

/** The learning rate of each epoch; the first is 0. */
export function scheduleOf(
  { decay, epochs: usual }: Recipe,
  { learningRate, epochs }: Pick<RunConfig, 'learningRate' | 'epochs'>,
): (epoch: number) => number {
  if (decay === undefined) return () => learningRate
  const every = decay.stretches === true ? Math.max(1, Math.round((decay.every * epochs) / usual)) : decay.every
  return stepDecay({ rate: learningRate, every, factor: decay.factor, minimum: decay.minimum })
}

/** JSON has no infinity: the lowest loss before the first epoch is null. */
const revived = (_: string, value: unknown): unknown => (value === null ? Number.POSITIVE_INFINITY : value)

async function stateOf(step: TrainStep, model: TaskModel, config: RunConfig, out: string, resume: boolean): Promise<RunState> {
  const path = fileOf(out, 'checkpoint')
  if (!resume || !existsSync(path)) {
    if (resume && !existsSync(path)) throw new UsageError(`${path}: expected a checkpoint to resume from, found none`)
    return { values: initialState(step, initialize(model.module, config.seed)), step: 0, sums: {} }
  }
  const { values, metadata } = await loadCheckpoint(path)
  const wanted = step.state.map(({ input }) => input)
  const lacking = wanted.find((name) => values[name] === undefined)
  if (lacking !== undefined || metadata.seed !== String(config.seed)) {
    const reason = lacking === undefined ? `seed ${config.seed}, received seed ${metadata.seed}` : `a value for "${lacking}", received none`
    throw new UsageError(`${path}: expected a checkpoint of this model with ${reason}`)
  }
  const waiting =
    metadata.waiting === undefined ? {} : { waiting: JSON.parse(metadata.waiting, revived) as NonNullable<RunState['waiting']> }
  return { values: { ...values }, step: Number(metadata.step), sums: JSON.parse(metadata.sums ?? '{}') as RunState['sums'], ...waiting }
}

/** Trains one model on one split. */
async function run(
  config: RunConfig,
  {
    out,
    data,
    recipe,
    backend,
    output,
    resume,
    save,
    stopping,
  }: {
    out: string
    data: { train: Dataset; validation: Dataset }
    recipe: Recipe
    backend: Backend
    output: Output
    resume: boolean
    save: boolean
    stopping: AbortSignal
  },
): Promise<EpochMetrics[]> {
  const model = modelOf(config)
  const step = stepOf(model, config)
  const state = await stateOf(step, model, config, out, resume)
  const evaluator = await backend.compile(inferenceOf(model, config))
  const names = [...parametersOf(model.module).keys()]
  const values = (all: Readonly<Record<string, TensorValue>>): Record<string, TensorValue> =>
    Object.fromEntries(names.map((name) => [name, all[name] as TensorValue]))
  const checkpoint = async (current: RunState): Promise<void> => {
    const metadata = {
      step: String(current.step),
      seed: String(config.seed),
      sums: JSON.stringify(current.sums),
      config: JSON.stringify(config),
      ...(current.waiting === undefined ? {} : { waiting: JSON.stringify(current.waiting) }),
    }
    if (save) await saveCheckpoint(fileOf(out, 'checkpoint'), { values: current.values, metadata })
  }
  const metrics: EpochMetrics[] = save && resume ? await keptMetrics(out, state.step) : []
  if (save) await writeFile(fileOf(out, 'metrics'), metrics.map((line) => `${JSON.stringify(line)}\n`).join(''))
  // A run of no epochs has a model, too.
  if (save && config.keep === 'best' && state.step === 0) await keepBest(out, { epoch: 0 }, values(state.values))
  await checkpoint(state)
  const perEpoch = recipe.stepsPerEpoch ?? Math.ceil(data.train.length / config.batchSize)
  const bar = save ? output.bar(config.epochs * perEpoch) : undefined
  let last = state
  const started = performance.now()
  try {
    const events = fit({
      step,
      backend,
      train: data.train,
      validate: async (all) => {
        const { loss, metric } = await assess(evaluator, data.validation, { model, values: values(all) })
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
    for await (const event of events) {
      if (event.type === 'step') {
        const done = (event.epoch - 1) * perEpoch + event.step
        const speed = ((done - state.step) / (performance.now() - started)) * 1000
        bar?.update(done, { loss: event.loss.toFixed(4), speed: speed.toFixed(1) })
        continue
      }
      last = event.state
      if (event.type === 'stopped') {
        await checkpoint(last)
        if (event.reason === 'patience') {
          output.say(`  stopped: the validation loss has not fallen for ${config.patience} epochs`)
          break
        }
        throw new Interrupted(
          save
            ? `stopped at step ${last.step}; the checkpoint is saved, go on with --resume`
            : 'stopped; finished folds are kept, go on with --resume',
        )
      }
      const { epoch, step: done, train, val, seconds } = event
      const line: EpochMetrics = { epoch, step: done, train, ...(val === undefined ? {} : { val }), seconds }
      metrics.push(line)
      // The line first: one that no checkpoint follows is dropped when the run is resumed.
      if (save) await appendFile(fileOf(out, 'metrics'), `${JSON.stringify(line)}\n`)
      if (save && config.keep === 'best' && last.waiting?.epochs === 0) await keepBest(out, line, values(last.values))
      await checkpoint(last)
      if (!save) continue
      output.result(line)
      const { metric, show } = model.goal
      output.say(
        `  epoch ${String(epoch).padStart(3)}  loss ${train.loss?.toFixed(4)}  ${metric} ${show(train[metric])}  validation ${show(val?.[metric])}  ${seconds.toFixed(1)} s`,
      )
    }
  } finally {
    bar?.stop()
    await evaluator.dispose()
  }
  return metrics
}

/** Keeps an epoch's values: no other had as low a validation loss. */
async function keepBest(out: string, { epoch }: Pick<EpochMetrics, 'epoch'>, values: Record<string, TensorValue>): Promise<void> {
  await saveCheckpoint(fileOf(out, 'best'), { values, metadata: { epoch: String(epoch) } })
}

/** Lines of metrics.jsonl up to a step. */
async function keptMetrics(out: string, step: number): Promise<EpochMetrics[]> {
  const path = fileOf(out, 'metrics')
  if (!existsSync(path)) return []
  return (await completeLines<EpochMetrics>(path)).filter((line) => line.step <= step)
}

/** Writes the exported files and the report of a run, and checks the model. */
async function finish(
  config: RunConfig,
  metrics: readonly EpochMetrics[],
  { out, data, output }: { out: string; data: TaskData; output: Output },
): Promise<void> {
  const model = modelOf(config)
  const { values, metadata } = await loadCheckpoint(valuesFile(out, config))
  await writeAtomically(fileOf(out, 'model'), exportOnnx(inferenceOf(model, config), { values, name: config.model }))
  await writeAtomically(fileOf(out, 'trainStep'), exportOnnx(stepOf(model, config).program, { name: `${config.model} training step` }))
  const executable = await loadOnnx(fileOf(out, 'model'))
  const test = await assess(executable, data.test, { model })
  await executable.dispose()
  const checks = await verifyModel(fileOf(out, 'model'), { config, data, seed: config.seed, checkpoint: valuesFile(out, config) })
  const { metric, show } = model.goal
  await writeAtomically(fileOf(out, 'report'), await report(config, { metrics, test, checks, goal: model.goal }))
  output.result({ split: 'test', loss: test.loss, [metric]: test.metric, out })
  output.say(`\ntest ${metric} ${show(test.metric)}, loss ${test.loss.toFixed(4)}`)
  if (config.keep === 'best') output.say(`the model is that of epoch ${metadata.epoch}, whose validation loss is lowest`)
  output.say(
    `${out}: ${Object.values(files)
      .filter((file) => existsSync(join(out, file)))
      .join(', ')}`,
  )
  const failed = checks.find(({ error, tolerance }) => error > tolerance)
  if (failed !== undefined) throw new CheckFailed(`${failed.name}: error ${failed.error.toExponential(1)}, tolerance ${failed.tolerance}`)
}

/** `equivar train`. */
export async function train(given: TrainArguments, output: Output, stopping: AbortSignal): Promise<void> {
  const task = findTask(given.task)
  const name = modelName(task, given.model)
  const { epochs: epochsSetting, batchSize, learningRate, accumulate, clipNorm, patience, ...further } = given.settings
  demandKnown(task, name, further)
  const { ofData, ofModel: settings } = dealtOut(task, further)
  const data = await loadTask(task, {
    ...(given.data === undefined ? {} : { data: given.data }),
    model: name,
    seed: given.seed,
    settings: ofData,
  })
  const recipe = task.recipe(name)
  const waits = patience ?? recipe.patience
  const base: RunConfig = {
    task: task.name,
    model: name,
    settings,
    ...(Object.keys(ofData).length === 0 ? {} : { dataSettings: ofData }),
    ...data.facts,
    classes: data.classes,
    seed: given.seed,
    epochs: given.epochs ?? epochsSetting ?? recipe.epochs,
    batchSize: batchSize ?? recipe.batchSize,
    learningRate: learningRate ?? recipe.learningRate,
    ...(accumulate === undefined ? {} : { accumulate }),
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(waits === undefined ? {} : { patience: waits }),
    ...(given.keep === 'best' ? { keep: 'best' as const } : {}),
    symmetries: [],
  }
  const config = { ...base, symmetries: modelOf(base).symmetries.map((symmetry) => symmetry.name) }
  const out = given.out ?? join('runs', `${task.name.replace(':', '-')}-${name}`)
  await mkdir(out, { recursive: true })
  const model = modelOf(config)
  output.say(`${task.name}: ${task.description}`)
  output.say(`${name}, ${countParameters(model.module).toLocaleString('en')} parameters; symmetry: ${config.symmetries.join('; ')}`)
  if (given.resume) await demandSameRun(out, config)
  if (given.folds !== undefined) return await crossValidate(config, given, { task, data, recipe, out, output, stopping })
  const { backend, line } = await chooseBackend(given)
  if (line !== undefined) output.say(line)
  await writeAtomically(fileOf(out, 'config'), `${JSON.stringify(config, undefined, 2)}\n`)
  const metrics = await run(config, { out, data, recipe, backend, output, resume: given.resume, save: true, stopping })
  await finish(config, metrics, { out, data, output })
}

const trainingSettings = ['epochs', 'batchSize', 'learningRate', 'accumulate', 'clipNorm', 'patience']

/** Settings of the data, and those of the model. */
function dealtOut({ settings: own = {} }: Task, given: Settings): { ofData: Settings; ofModel: Settings } {
  const entries = Object.entries(given)
  return {
    ofData: Object.fromEntries(entries.filter(([key]) => Object.hasOwn(own, key))),
    ofModel: Object.fromEntries(entries.filter(([key]) => !Object.hasOwn(own, key))),
  }
}

function demandKnown(task: Task, model: string, settings: Settings): void {
  const known = [...Object.keys(task.settings ?? {}), ...Object.keys(defaultSettings(model))]
  const unknown = Object.keys(settings).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new UsageError(
      `--set: expected a setting of ${task.name} or ${model} (${[...known, ...trainingSettings].join(', ')}), received "${unknown}"`,
    )
}

/** Trains every fold anew; small graphs do not fill the cores, so that each has one thread. */
async function crossValidate(
  config: RunConfig,
  given: TrainArguments,
  {
    data,
    recipe,
    out,
    output,
    stopping,
    task,
  }: { task: Task; data: TaskData; recipe: Recipe; out: string; output: Output; stopping: AbortSignal },
): Promise<void> {
  const { backend, line } = await chooseBackend({ ...given, threads: 1 })
  if (line !== undefined) output.say(line)
  await crossValidation(config, {
    count: given.folds,
    only: given.fold,
    resume: given.resume,
    task,
    data,
    out,
    output,
    curveOf: async (split, seed) => {
      const settings = { out, data: split, recipe, backend, output, resume: false, save: false, stopping }
      const metrics = await run({ ...config, seed }, settings)
      return metrics.map(({ val }) => val?.accuracy ?? 0)
    },
  })
}
