import { loadOnnx } from '@equivar/backend-onnx'
import { exportOnnx } from '@equivar/export-onnx'
import { writeAtomically } from '@equivar/train/node'
import { assess } from './assess.ts'
import { CheckFailed } from './errors.ts'
import type { Output } from './output.ts'
import type { RunModel } from './programs.ts'
import type { RankJob } from './ranks/rank-job.ts'
import { type EpochMetrics, report, totalOf } from './report.ts'
import type { RunConfig } from './run/run-config.ts'
import { fileOf, modelValues, presentFiles } from './run/run-directory.ts'
import { shownBesides } from './split-metrics.ts'
import type { Recipe, TaskData } from './task.ts'
import { verifyModel } from './verify.ts'

/** What a run ends with. */
interface Finished {
  readonly run: RunModel
  readonly out: string
  readonly data: TaskData
  readonly recipe: Recipe
  /** The command that trained it, as it was written. */
  readonly command: string | undefined
  readonly output: Output
  readonly job: RankJob | undefined
}

/** A validation loss of this share of that of a constant answer is none that a network has learned. */
const UNLEARNED = 0.95

/** What to try if a network is no better on the validation examples than an answer that is always the same; undefined if it is. */
export function advice(
  { model, own }: Pick<RunConfig, 'model' | 'own'>,
  metrics: readonly EpochMetrics[],
  { constantLoss, models = [model] }: Pick<TaskData, 'constantLoss' | 'models'>,
): string | undefined {
  const losses = metrics.flatMap(({ val }) => val?.loss ?? [])
  if (constantLoss === undefined || losses.length === 0 || Math.min(...losses) < UNLEARNED * constantLoss) return undefined
  const others = models.filter((name) => name !== model).map((name) => `--model ${name}`)
  const cycles =
    own !== undefined && ['gin', 'gine'].includes(model)
      ? ['--kind "dense graph", whose networks see cycles, which message passing cannot']
      : []
  const tries = [...others, ...cycles, 'more examples'].join(', or ')
  return `the validation loss is hardly lower than that of always the same answer, ${constantLoss.toFixed(4)}: ${model} has found nothing that holds for new examples. Try ${tries}`
}

/** Writes the exported files and the report of a run, and checks the model. @throws CheckFailed if a check fails, after the files are written. */
export async function finishRun(
  config: RunConfig,
  metrics: readonly EpochMetrics[],
  { run, out, data, recipe, command, output, job }: Finished,
): Promise<void> {
  const { model, step, inference } = run
  const { metric, show } = model.goal
  const path = fileOf(out, 'model')
  const { values, epoch } = await modelValues(out, config)
  await writeAtomically(path, exportOnnx(inference, { values, name: config.model }))
  await writeAtomically(fileOf(out, 'trainStep'), exportOnnx(step.program, { name: `${config.model} training step` }))
  const executable = await loadOnnx(path)
  const test = await assess(executable, data.test, { model, answers: true, figures: true })
  await executable.dispose()
  const checks = await verifyModel(path, { model, data, seed: config.seed, values })
  await writeAtomically(
    fileOf(out, 'report'),
    await report(config, {
      metrics,
      test,
      checks,
      goal: model.goal,
      further: model.further?.goal,
      recipe,
      command,
      nameOf: data.nameOf,
      job,
    }),
  )
  output.result({ split: 'test', loss: test.loss, [metric]: test.metric, ...test.further, ...test.figures, out })
  output.say(`\ntest ${metric} ${show(test.metric)}${shownBesides(model, test)}, loss ${test.loss.toFixed(4)}`)
  if (config.keep === 'best') output.say(`the model is from epoch ${epoch}, which has the lowest validation loss`)
  const tip = advice(config, metrics, data)
  if (tip !== undefined) output.say(tip)
  if (data.close !== undefined)
    output.say(`the training waited ${totalOf(metrics, 'waited').toFixed(1)} s of ${totalOf(metrics, 'seconds').toFixed(0)} s for data`)
  output.say(`${out}: ${presentFiles(out).join(', ')}`)
  const failed = checks.find(({ error, tolerance }) => error > tolerance)
  if (failed !== undefined) throw new CheckFailed(`${failed.name}: error ${failed.error.toExponential(1)}, tolerance ${failed.tolerance}`)
}
