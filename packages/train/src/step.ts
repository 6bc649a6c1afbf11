import { clipByGlobalNorm, type Module, trace } from '@equivar/nn'
import { add, input, mod, mul, program, type Tensor } from '@equivar/tensor'
import { demandDataNames } from './data-names.ts'
import { evaluationOf } from './evaluation.ts'
import { trainedParameters } from './freeze.ts'
import { demandObjective, type Metrics, type NoMetrics, reported } from './objective.ts'
import { gradientsOf, inOrder, otherValues, timingOf, updateOf } from './step-parts.ts'
import { withToldSizes } from './told-sizes.ts'
import type { StateEntry, TrainStep, TrainStepOptions } from './train-step.ts'

/** @throws RangeError if an option is out of range. */
function demandOptions({ accumulate = 1, average }: Pick<TrainStepOptions, 'accumulate' | 'average'>): void {
  if (!Number.isInteger(accumulate) || accumulate < 1)
    throw new RangeError(`trainStep: expected accumulate of 1 or more steps, received ${accumulate}.`)
  if (average !== undefined && !(average >= 0 && average < 1))
    throw new RangeError(`trainStep: expected average, a decay, in [0, 1), received ${Number.isNaN(average) ? 'no number' : average}.`)
}

/**
 * One training step as one Program.
 *
 * To train, run it repeatedly and feed every `<name>.next` back as `<name>`. The exported file trains without this library. The list of these names is in
 * the program's metadata under `equivar.state`.
 *
 * @throws RangeError if `accumulate`, `clipNorm` or `average` is out of range, `freeze` names no parameter or leaves none, names of data or metrics are
 * taken, or no input tells a size, such as the number of graphs; ShapeError if the loss or a metric is not a scalar.
 */
export function trainStep<M extends Metrics = NoMetrics>(model: Module, options: TrainStepOptions<M>): TrainStep<M> {
  const { inputs, objective, optimizer, clipNorm, accumulate = 1, freeze = [], average, metadata = {} } = options
  demandOptions(options)
  demandDataNames('trainStep', model, inputs)
  const step = input('step', 'int64', [])
  const learningRate = input('learning_rate', 'float32', [])
  const seed = input('seed', 'int64', [])
  // Each step has its own seed of 24 bits, which every backend represents exactly: 8 bits of the seed, 16 of the step.
  const stepSeed = add(mul(mod(seed, 256), 65536), mod(step, 65536))
  const { result, updates } = trace({ training: true, seed: stepSeed }, objective)
  demandObjective('trainStep', result)
  const trained = trainedParameters('trainStep', model, freeze)
  const timing = timingOf(step, accumulate)
  const { own, gradients, sums } = gradientsOf(result.loss, trained, { accumulate, timing })
  const clipped = clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm).gradients
  const parts = inOrder([
    ...sums,
    ...trained.parameters.flatMap((one, i) => updateOf(one, clipped[i] as Tensor, { optimizer, learningRate, average, timing })),
    ...otherValues(model, trained, updates),
    { name: 'step', kind: 'step', leaf: step, next: add(step, 1) },
  ])
  const state = parts.map(
    ({ name, kind, leaf }): StateEntry => ({ input: name, output: `${name}.next`, kind, shape: leaf.shape as readonly number[] }),
  )
  const given = { ...inputs, ...Object.fromEntries(parts.map(({ name, leaf }) => [name, leaf])), learning_rate: learningRate, seed }
  const outputs = { ...reported(result), ...Object.fromEntries(parts.map(({ name, next }) => [`${name}.next`, next])) }
  const entries = { ...metadata, 'equivar.state': JSON.stringify(state), 'equivar.optimizer': optimizer.name }
  return {
    program: withToldSizes('trainStep', program({ inputs: given, outputs, metadata: entries })),
    state,
    gradients: own,
    metrics: Object.keys(reported(result)),
    evaluation: () => evaluationOf(model, { inputs, objective, metadata }),
  }
}
