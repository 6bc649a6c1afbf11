import { type Module, parametersOf, trace } from '@equivar/nn'
import { differentiate, type Input, input, type Program, program, type Tensor } from '@equivar/tensor'
import { demandDataNames } from './data-names.ts'
import { trainedParameters } from './freeze.ts'
import { demandObjective, type Metrics } from './objective.ts'
import { withToldSizes } from './told-sizes.ts'
import type { TrainStepOptions } from './train-step.ts'

/** A model in inference mode, with its data and parameters as inputs. @throws RangeError if no input tells a size, such as the number of graphs. */
export function inferenceProgram<Named extends Readonly<Record<string, Tensor>>>(
  model: Module,
  {
    inputs,
    outputs,
    metadata = {},
  }: {
    inputs: Readonly<Record<string, Input>>
    outputs: () => Named
    metadata?: Readonly<Record<string, string>>
  },
): Program<keyof Named & string> {
  const given = { ...inputs, ...Object.fromEntries(parametersOf(model)) }
  return withToldSizes('inferenceProgram', program({ inputs: given, outputs: outputs(), metadata }))
}

/**
 * The loss and its gradient, `gradient.<path>` for every trainable parameter that is not frozen. Data-parallel training sums these over processes.
 *
 * @throws RangeError if names of data or metrics are taken or no input tells a size, and as `trainStep` for `freeze`; ShapeError if the loss or a metric is not a
 * scalar.
 */
export function gradientProgram<M extends Metrics>(
  model: Module,
  { inputs, objective, freeze = [], metadata = {} }: Pick<TrainStepOptions<M>, 'inputs' | 'objective' | 'freeze' | 'metadata'>,
): Program {
  demandDataNames('gradientProgram', model, inputs)
  const seed = input('seed', 'int64', [])
  const { result } = trace({ training: true, seed }, objective)
  demandObjective('gradientProgram', result)
  const { parameters } = trainedParameters('gradientProgram', model, freeze)
  const gradients = differentiate(
    result.loss,
    parameters.map(([, p]) => p),
  )
  const given = { ...inputs, ...Object.fromEntries(parametersOf(model)), seed }
  const outputs = { loss: result.loss, ...Object.fromEntries(parameters.map(([path], i) => [`gradient.${path}`, gradients[i] as Tensor])) }
  return withToldSizes('gradientProgram', program({ inputs: given, outputs, metadata }))
}
