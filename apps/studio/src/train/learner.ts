import { exportOnnx } from '@equivar/export-onnx'
import { accuracy, adam, cosineDecay, countParameters, crossEntropy, initialize } from '@equivar/nn'
import { type Backend, input, type Program, type TensorValue } from '@equivar/tensor'
import { fit, inferenceProgram, type RunState, startRun, type TrainStep, trainedValues, trainStep } from '@equivar/train'
import { judge, predict } from './judge.ts'
import type { News, Settings } from './messages.ts'
import { plainModel } from './plain.ts'
import { type Examples, type Model, type Side, symmetryOf, type Task } from './task.ts'

/** How often a network is judged during a training, at most, and the fewest steps between. */
const [ROUNDS, BETWEEN] = [20, 10]

/** The two networks of a task, of about the same number of parameters. */
export function modelsOf(task: Task): Readonly<Record<Side, Model>> {
  const symmetric = task.symmetric()
  return { symmetric, plain: plainModel(task, countParameters(symmetric.module)) }
}

/** The metadata of a network's file. */
const metadataOf = (task: Task, side: Side): Readonly<Record<string, string>> => ({
  task: task.title,
  model: side === 'symmetric' ? task.network : 'plain',
  config: JSON.stringify({ classes: task.classes }),
  ...(side === 'symmetric' ? { symmetry: symmetryOf(task).name } : {}),
})

/** The network of one side as a program that takes its parameters. */
const inferenceOf = (task: Task, side: Side, model: Model): Program =>
  inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ logits: model.logits() }), metadata: metadataOf(task, side) })

/** The file of a network. @param values - its parameters; its initial ones if left out. */
export function fileOf(
  task: Task,
  side: Side,
  model: Model = modelsOf(task)[side],
  values: Readonly<Record<string, TensorValue>> = initialize(model.module, 1),
): Uint8Array<ArrayBuffer> {
  return exportOnnx(inferenceOf(task, side, model), { values, name: task.title }) as Uint8Array<ArrayBuffer>
}

function stepOf({ module, inputs, logits }: Model): TrainStep {
  const target = input('target', 'int64', ['batch'])
  const objective = () => {
    const found = logits()
    return { loss: crossEntropy(found, target), metrics: { accuracy: accuracy(found, target) } }
  }
  return trainStep(module, { inputs: { ...inputs, target }, objective, optimizer: adam() })
}

/** One network that learns. */
export class Learner {
  readonly parameters: number
  readonly #task: Task
  readonly #side: Side
  readonly #model: Model
  readonly #step: TrainStep
  #state: RunState

  constructor(task: Task, side: Side, model: Model, seed: number) {
    this.#task = task
    this.#side = side
    this.#model = model
    this.#step = stepOf(model)
    this.#state = startRun(this.#step, initialize(model.module, seed))
    this.parameters = countParameters(model.module)
  }

  /** Learns, one step each time it is asked, and says what it has come to. @param rounds - how often it is judged on the way. */
  async *learn(
    backend: Backend,
    examples: Examples,
    { steps, seed }: Pick<Settings, 'steps' | 'seed'>,
    rounds: number = Math.min(ROUNDS, Math.ceil(steps / BETWEEN)),
  ): AsyncGenerator<Extract<News, { type: 'steps' | 'judged' }>, void, void> {
    const [task, side] = [this.#task, this.#side]
    const stepsPerEpoch = Math.ceil(steps / rounds)
    const epochs = Math.ceil(steps / stepsPerEpoch)
    const executable = await backend.compile(inferenceOf(task, side, this.#model))
    try {
      const events = fit({
        step: this.#step,
        backend,
        train: examples.train,
        validate: async (values) => {
          const asked = { executable, values }
          return { ...(await judge(asked, examples.validation, task)), predicted: await predict(asked, examples.test) }
        },
        epochs,
        stepsPerEpoch,
        batchSize: task.batchSize,
        schedule: cosineDecay({ rate: task.learningRate, steps: epochs }),
        seed,
        state: this.#state,
      })
      for await (const event of events) {
        if (event.type === 'step') yield { type: 'steps', losses: [{ side, step: event.done, loss: event.loss }] }
        else this.#state = event.state
        if (event.type !== 'epoch') continue
        const { predicted, ...judged } = event.val
        yield { type: 'judged', side, step: event.step, judged, predicted }
      }
    } finally {
      await executable.dispose()
    }
  }

  /** The file of the network as it was last judged. */
  file(): Uint8Array<ArrayBuffer> {
    return fileOf(this.#task, this.#side, this.#model, trainedValues(this.#step, this.#state))
  }
}
