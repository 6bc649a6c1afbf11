import { clipByGlobalNorm, type Module, type Optimizer, type Parameter, parametersOf, trace } from '@equivar/nn'
import {
  add,
  cast,
  differentiate,
  div,
  equal,
  type Input,
  input,
  mod,
  mul,
  type Program,
  printShape,
  program,
  ShapeError,
  sameShape,
  type Tensor,
  type TensorValue,
  where,
} from '@equivar/tensor'

/** A part of the state: a training step takes its value and returns the next one. */
export interface StateEntry {
  readonly input: string
  readonly output: string
  /** `slot`: state of the optimizer, or the sum of gradients for the next update. */
  readonly kind: 'parameter' | 'buffer' | 'slot' | 'step'
  readonly shape: readonly number[]
}

/** A training step as a Program: forward, backward, optimizer. */
export interface TrainStep {
  /** Inputs: the data, every parameter under its path, `optimizer.<slot>.<path>`, `step`, `learning_rate`, `seed`. Outputs: `loss`, metrics, `<input>.next`. */
  readonly program: Program
  readonly state: readonly StateEntry[]
  /** Names of the reported outputs: `loss` and the metrics. */
  readonly metrics: readonly string[]
}

/** The loss and the metrics: scalars, means over the batch. */
export interface Objective {
  readonly loss: Tensor
  readonly metrics?: Readonly<Record<string, Tensor>>
}

/** Options of a training step. */
export interface TrainStepOptions {
  readonly inputs: Readonly<Record<string, Input>>
  /** Builds the forward pass and the loss. */
  readonly objective: () => Objective
  readonly optimizer: Optimizer
  /** Largest global norm of the gradients; no limit by default. */
  readonly clipNorm?: number
  /** Number of steps whose gradients are averaged for one update, like a larger batch with the memory of a small one. Default 1. */
  readonly accumulate?: number
  readonly metadata?: Readonly<Record<string, string>>
}

/** Names of a training step's own inputs, and of the number of examples in the sums of an epoch. */
const reserved = ['step', 'learning_rate', 'seed', 'loss', 'examples']

/** Checks what an objective returns. @throws ShapeError if the loss or a metric is not a scalar, RangeError if a metric has a reserved name. */
function demandScalars(where: string, { loss, metrics = {} }: Objective): void {
  for (const [name, { shape }] of Object.entries({ ...metrics, loss })) {
    if (shape.length > 0)
      throw new ShapeError(
        where,
        `the ${name === 'loss' ? 'loss' : `metric "${name}"`} to be a scalar`,
        printShape(shape),
        'Use reduceMean.',
      )
  }
  const taken = Object.keys(metrics).find((name) => reserved.includes(name))
  if (taken !== undefined)
    throw new RangeError(`${where}: expected names of metrics other than ${reserved.join(', ')}, received "${taken}".`)
}

/** Checks the names of the data. @throws RangeError if a parameter or the step itself has the same name. */
function demandDataNames(where: string, model: Module, inputs: Readonly<Record<string, Input>>): void {
  const paths = parametersOf(model)
  const taken = Object.keys(inputs).find((name) => reserved.slice(0, 3).includes(name) || paths.has(name))
  if (taken === undefined) return
  const owner = paths.has(taken) ? 'a parameter' : 'an input of the step itself'
  throw new RangeError(`${where}: expected other names of the data, received "${taken}", which is ${owner}.`)
}

const trainable = (model: Module): [string, Parameter][] => [...parametersOf(model)].filter(([, p]) => p.trainable)

/**
 * One training step as one Program.
 *
 * To train, run it repeatedly and feed every `<name>.next` back as `<name>`. The exported file trains without this library. The list of these names is in
 * the program's metadata under `equivar.state`.
 *
 * @throws RangeError if `accumulate` or `clipNorm` is out of range, or names of data or metrics are taken; ShapeError if the loss or a metric is not a scalar.
 */
export function trainStep(
  model: Module,
  { inputs, objective, optimizer, clipNorm, accumulate = 1, metadata = {} }: TrainStepOptions,
): TrainStep {
  if (!Number.isInteger(accumulate) || accumulate < 1)
    throw new RangeError(`trainStep: expected accumulate of 1 or more steps, received ${accumulate}.`)
  const step = input('step', 'int64', [])
  const learningRate = input('learning_rate', 'float32', [])
  const seed = input('seed', 'int64', [])
  // Each step has its own seed of 24 bits, which every backend represents exactly: 8 bits of the seed, 16 of the step.
  const stepSeed = add(mul(mod(seed, 256), 65536), mod(step, 65536))
  demandDataNames('trainStep', model, inputs)
  const { result, updates } = trace({ training: true, seed: stepSeed }, objective)
  demandScalars('trainStep', result)
  const parameters = trainable(model)
  const state: StateEntry[] = []
  const given: Record<string, Input> = { ...inputs }
  const outputs: Record<string, Tensor> = { loss: result.loss, ...result.metrics }
  const keep = (leaf: Input, next: Tensor, kind: StateEntry['kind'], name: string = leaf.name): void => {
    given[name] = leaf
    outputs[`${name}.next`] = next
    state.push({ input: name, output: `${name}.next`, kind, shape: leaf.shape as readonly number[] })
  }
  const slots: (() => void)[] = []
  // The last of every `accumulate` steps applies the mean of their gradients; before it, the values do not change.
  const due = accumulate === 1 ? undefined : equal(mod(add(step, 1), accumulate), 0)
  const whenDue = (next: Tensor, otherwise: Tensor): Tensor => (due === undefined ? next : where(due, next, otherwise))
  const own = differentiate(
    result.loss,
    parameters.map(([, p]) => p),
  )
  const raw = own.map((gradient, i) => {
    if (due === undefined) return gradient
    const [path, parameter] = parameters[i] as [string, Parameter]
    const leaf = input(`accumulated.${path}`, 'float32', parameter.shape)
    const sum = add(leaf, div(gradient, accumulate))
    slots.push(() => keep(leaf, where(due, 0, sum), 'slot'))
    return sum
  })
  const gradients = clipNorm === undefined ? raw : clipByGlobalNorm(raw, clipNorm).gradients
  const number = cast(add(accumulate === 1 ? step : div(step, accumulate), 1), 'float32')
  parameters.forEach(([path, parameter], i) => {
    const leaves = Object.fromEntries(optimizer.slots.map((slot) => [slot, input(`optimizer.${slot}.${path}`, 'float32', parameter.shape)]))
    const next = optimizer.update({ parameter, gradient: gradients[i] as Tensor, state: leaves, learningRate, step: number })
    keep(parameter, whenDue(next.parameter, parameter), 'parameter', path)
    for (const slot of optimizer.slots) {
      const leaf = leaves[slot] as Input
      slots.push(() => keep(leaf, whenDue(next.state[slot] as Tensor, leaf), 'slot'))
    }
  })
  for (const [path, p] of parametersOf(model)) if (!p.trainable) keep(p, updates.get(p) ?? p, 'buffer', path)
  for (const slot of slots) slot()
  keep(step, add(step, 1), 'step')
  const all = { ...given, [learningRate.name]: learningRate, [seed.name]: seed }
  const names = ['loss', ...Object.keys(result.metrics ?? {})]
  const entries = { ...metadata, 'equivar.state': JSON.stringify(state), 'equivar.optimizer': optimizer.name }
  return { program: program({ inputs: all, outputs, metadata: entries }), state, metrics: names }
}

/** A model in inference mode, with its data and parameters as inputs. */
export function inferenceProgram(
  model: Module,
  {
    inputs,
    outputs,
    metadata = {},
  }: {
    inputs: Readonly<Record<string, Input>>
    outputs: () => Readonly<Record<string, Tensor>>
    metadata?: Readonly<Record<string, string>>
  },
): Program {
  return program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(model)) }, outputs: outputs(), metadata })
}

/**
 * The loss and its gradient, `gradient.<path>` for every trainable parameter. Data-parallel training sums these over processes.
 *
 * @throws RangeError if names of data or metrics are taken; ShapeError if the loss or a metric is not a scalar.
 */
export function gradientProgram(
  model: Module,
  { inputs, objective, metadata = {} }: Omit<TrainStepOptions, 'optimizer' | 'clipNorm'>,
): Program {
  demandDataNames('gradientProgram', model, inputs)
  const seed = input('seed', 'int64', [])
  const { result } = trace({ training: true, seed }, objective)
  demandScalars('gradientProgram', result)
  const parameters = trainable(model)
  const gradients = differentiate(
    result.loss,
    parameters.map(([, p]) => p),
  )
  return program({
    inputs: { ...inputs, ...Object.fromEntries(parametersOf(model)), [seed.name]: seed },
    outputs: { loss: result.loss, ...Object.fromEntries(parameters.map(([path], i) => [`gradient.${path}`, gradients[i] as Tensor])) },
    metadata,
  })
}

/**
 * The values before the first step: the given parameters; slots and the step count are 0.
 *
 * @throws RangeError if the value of a parameter is missing, ShapeError if it has another shape.
 */
export function initialState(step: TrainStep, values: Readonly<Record<string, TensorValue>>): Record<string, TensorValue> {
  return Object.fromEntries(
    step.state.map(({ input: name, kind, shape }) => {
      if (kind === 'step') return [name, { dtype: 'int64', shape: [], data: new BigInt64Array(1) } satisfies TensorValue]
      if (kind === 'slot')
        return [name, { dtype: 'float32', shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)) } satisfies TensorValue]
      const value = values[name]
      if (value === undefined) throw new RangeError(`initialState: expected a value for the parameter "${name}", received none.`)
      if (!sameShape(value.shape, shape))
        throw new ShapeError('initialState', `a value for the parameter "${name}" of shape ${printShape(shape)}`, printShape(value.shape))
      return [name, value]
    }),
  )
}
