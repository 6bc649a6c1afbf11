import { readFile } from 'node:fs/promises'
import { loadOnnx } from '@equivar/backend-onnx'
import { inspectOnnx } from '@equivar/export-onnx'
import { assess } from './assess.ts'
import { UsageError } from './errors.ts'
import type { Settings } from './model.ts'
import type { Output } from './output.ts'
import { poseCorrelation } from './poses.ts'
import { dataName } from './run/data-name.ts'
import { demandModelOfRun, fileOf, type Run, readRun } from './run/run-directory.ts'
import { withDataOf } from './run-data.ts'
import { shownBesides } from './split-metrics.ts'
import type { TaskData } from './task.ts'

/** Options of `equivar evaluate`. */
export interface EvaluateOptions {
  readonly split: 'train' | 'validation' | 'test' | 'untransformed'
  readonly data?: string
  readonly set: Settings
}

/** `equivar evaluate`: the loss and the metric of a run on one of its splits. @throws UsageError if the task does not have the split. */
export async function evaluateRun(folder: string, { split, data, set }: EvaluateOptions, output: Output): Promise<void> {
  const run = await readRun(folder)
  await withDataOf(run, { folder: data, settings: set }, (all) => evaluateSplit(run, { folder, split, all }, output))
}

async function evaluateSplit(
  { config, model }: Run,
  { folder, split, all }: { readonly folder: string; readonly split: EvaluateOptions['split']; readonly all: TaskData },
  output: Output,
): Promise<void> {
  const examples = all[split]
  if (examples === undefined)
    throw new UsageError(`--split: expected train, validation or test, received "${split}", which ${dataName(config)} does not have`)
  const path = fileOf(folder, 'model')
  demandModelOfRun(path, inspectOnnx(await readFile(path), path).metadata, config)
  const executable = await loadOnnx(path)
  const { loss, metric, further, figures } = await assess(executable, examples, { model, figures: true })
  const pose = split === 'test' ? await poseCorrelation(executable, all, model) : undefined
  await executable.dispose()
  const { metric: name, show } = model.goal
  output.result({ split, loss, [name]: metric, ...further, ...figures, ...(pose === undefined ? {} : { pose }) })
  output.say(
    `${split}: ${name} ${show(metric)}${shownBesides(model, { further, figures })}, loss ${loss.toFixed(4)}, ${examples.length} example${examples.length === 1 ? '' : 's'}`,
  )
  if (pose !== undefined) output.say(`correlation of the estimated parameter with the true one: ${pose.toFixed(3)}`)
}
