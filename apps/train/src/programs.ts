import { adam } from '@equivar/nn'
import { add, type Input, type Program, type Tensor } from '@equivar/tensor'
import { gradientProgram, inferenceProgram, type TrainStep, trainStep } from '@equivar/train'
import type { FurtherOutput, TaskModel } from './model.ts'
import { ownVersion } from './own-version.ts'
import { type RunConfig, withoutFolders } from './run/run-config.ts'

/** The loss of a model, including its regularizer, and its metrics. */
function objectiveOf(model: TaskModel): { readonly loss: Tensor; readonly metrics: Readonly<Record<string, Tensor>> } {
  const { goal, target, further, regularizer } = model
  const output = model.output()
  let loss = goal.loss(output, target)
  const metrics = { [goal.metric]: goal.measure(output, target) }
  if (further !== undefined) {
    const second = further.output(output)
    loss = add(loss, further.goal.loss(second, further.target))
    metrics[metricOf(further)] = further.goal.measure(second, further.target)
  }
  return { loss: regularizer === undefined ? loss : add(loss, regularizer()), metrics }
}

/** The name of the metric of a further output. */
export const metricOf = ({ goal }: FurtherOutput): string => `${goal.output}_${goal.metric}`

/** The data inputs of a training step: those of the model, and the targets. */
const trainingInputs = ({ inputs, target, further }: TaskModel): Readonly<Record<string, Input>> => ({
  ...inputs,
  target,
  ...(further === undefined ? {} : { [further.goal.output]: further.target }),
})

/** All outputs of a model that are judged, by name. */
export function judgedOutputs({ goal, further, output }: TaskModel): Readonly<Record<string, Tensor>> {
  const main = output()
  return { [goal.output]: main, ...(further === undefined ? {} : { [further.goal.output]: further.output(main) }) }
}

/** The metadata of an exported file. */
function metadataOf(config: RunConfig): Record<string, string> {
  return {
    task: config.task,
    model: config.model,
    config: JSON.stringify(withoutFolders(config)),
    symmetry: config.symmetries.join('; '),
    'equivar.version': ownVersion(),
  }
}

/** The training step of a model, with its loss and metric. */
function stepOf(model: TaskModel, config: RunConfig): TrainStep {
  return trainStep(model.module, {
    inputs: trainingInputs(model),
    optimizer: adam(),
    accumulate: config.accumulate ?? 1,
    ...(config.clipNorm === undefined ? {} : { clipNorm: config.clipNorm }),
    objective: () => objectiveOf(model),
    metadata: metadataOf(config),
  })
}

/** Loss and gradient of a run's model for data-parallel training, with the parameters as inputs. */
export function gradientOf(model: TaskModel, config: RunConfig): Program {
  return gradientProgram(model.module, {
    inputs: trainingInputs(model),
    objective: () => ({ loss: objectiveOf(model).loss }),
    metadata: metadataOf(config),
  })
}

/** A run's model in inference mode, with the parameters as inputs. */
export const inferenceOf = (model: TaskModel, config: RunConfig): Program =>
  inferenceProgram(model.module, {
    inputs: model.inputs,
    outputs: () => ({ ...judgedOutputs(model), ...(model.pose === undefined ? {} : { pose: model.pose() }) }),
    metadata: metadataOf(config),
  })

/** A run's model and its programs. */
export interface RunModel {
  readonly model: TaskModel
  readonly step: TrainStep
  readonly inference: Program
}

/** The programs of a run. */
export const runModel = (model: TaskModel, config: RunConfig): RunModel => ({
  model,
  step: stepOf(model, config),
  inference: inferenceOf(model, config),
})
