import { adam } from '@equivar/nn'
import { add, type Program, type Tensor } from '@equivar/tensor'
import { gradientProgram, inferenceProgram, type TrainStep, trainStep } from '@equivar/train'
import type { TaskModel } from './model.ts'
import { ownVersion } from './own-version.ts'
import { type RunConfig, withoutFolders } from './run/run-config.ts'

/** The loss of a model, including its regularizer. */
function lossOf({ goal, target, regularizer }: TaskModel, output: Tensor): Tensor {
  const loss = goal.loss(output, target)
  return regularizer === undefined ? loss : add(loss, regularizer())
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

/** Loss and gradient of a run's model for data-parallel training, with the parameters as inputs. */
export function gradientOf(model: TaskModel, config: RunConfig): Program {
  return gradientProgram(model.module, {
    inputs: { ...model.inputs, target: model.target },
    objective: () => ({ loss: lossOf(model, model.output()) }),
    metadata: metadataOf(config),
  })
}

/** A run's model in inference mode, with the parameters as inputs. */
export const inferenceOf = ({ module, inputs, goal, output, pose }: TaskModel, config: RunConfig): Program =>
  inferenceProgram(module, {
    inputs,
    outputs: () => ({ [goal.output]: output(), ...(pose === undefined ? {} : { pose: pose() }) }),
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
