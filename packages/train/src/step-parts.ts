import { type Module, type Optimizer, type Parameter, parametersOf } from '@equivar/nn'
import { add, cast, differentiate, div, equal, type Input, input, mod, mul, pow, sub, type Tensor, where } from '@equivar/tensor'
import type { Trained } from './freeze.ts'
import { AVERAGE } from './run-state.ts'
import type { StateEntry } from './train-step.ts'

/** A part of the state with its expressions. */
export interface Part {
  readonly name: string
  readonly kind: StateEntry['kind']
  readonly leaf: Input
  readonly next: Tensor
}

/** How often and when parameters are updated. */
export interface Timing {
  /** The number of the update, a float32 scalar, from 1. */
  readonly update: Tensor
  /** Whether this step ends with an update; undefined if every step does. */
  readonly due: Tensor | undefined
}

export function timingOf(step: Tensor, accumulate: number): Timing {
  const update = cast(add(accumulate === 1 ? step : div(step, accumulate), 1), 'float32')
  const due = accumulate === 1 ? undefined : equal(mod(add(step, 1), accumulate), 0)
  return { update, due }
}

/** A value that changes by updates only. */
const whenDue = ({ due }: Timing, next: Tensor, before: Tensor): Tensor => (due === undefined ? next : where(due, next, before))

/** The gradients of an update: the step's own, or the mean over several steps with its state. */
export function gradientsOf(
  loss: Tensor,
  { parameters }: Trained,
  { accumulate, timing }: { readonly accumulate: number; readonly timing: Timing },
): { readonly own: Tensor[]; readonly gradients: Tensor[]; readonly sums: Part[] } {
  const own = differentiate(
    loss,
    parameters.map(([, p]) => p),
  )
  if (accumulate === 1) return { own, gradients: own, sums: [] }
  const gradients: Tensor[] = []
  const sums = parameters.map(([path, { shape }], i): Part => {
    const leaf = input('accumulated', 'float32', shape)
    const sum = add(leaf, div(own[i] as Tensor, accumulate))
    gradients.push(sum)
    return { name: `accumulated.${path}`, kind: 'slot', leaf, next: timing.due === undefined ? sum : where(timing.due, 0, sum) }
  })
  return { own, gradients, sums }
}

/** The next moving average of a parameter, bias-corrected: in the first update it is the parameter. */
function averageOf(path: string, parameter: Parameter, next: Tensor, { decay, timing }: { decay: number; timing: Timing }): Part {
  const leaf = input('average', 'float32', parameter.shape)
  const weight = div(1 - decay, sub(1, pow(decay, timing.update)))
  return { name: AVERAGE + path, kind: 'average', leaf, next: whenDue(timing, add(leaf, mul(sub(next, leaf), weight)), leaf) }
}

/** The next value of a parameter, and of what the optimizer and the average keep for it. */
export function updateOf(
  [path, parameter]: readonly [string, Parameter],
  gradient: Tensor,
  { optimizer, learningRate, average, timing }: { optimizer: Optimizer; learningRate: Tensor; average: number | undefined; timing: Timing },
): Part[] {
  const state = Object.fromEntries(optimizer.slots.map((slot) => [slot, input(slot, 'float32', parameter.shape)]))
  const next = optimizer.update({ parameter, gradient, state, learningRate, step: timing.update })
  const slots = optimizer.slots.map((slot): Part => {
    const leaf = state[slot] as Input
    return { name: `optimizer.${slot}.${path}`, kind: 'slot', leaf, next: whenDue(timing, next.state[slot] as Tensor, leaf) }
  })
  const own: Part = { name: path, kind: 'parameter', leaf: parameter, next: whenDue(timing, next.parameter, parameter) }
  return average === undefined ? [own, ...slots] : [own, ...slots, averageOf(path, parameter, next.parameter, { decay: average, timing })]
}

/** The parameters that do not change and the running statistics, with their next values. */
export function otherValues(model: Module, { parameters, isFrozen }: Trained, updates: ReadonlyMap<Parameter, Tensor>): Part[] {
  const trained = new Set(parameters.map(([path]) => path))
  return [...parametersOf(model)].flatMap(([name, leaf]): Part[] => {
    if (trained.has(name)) return []
    const next = isFrozen(name) ? leaf : (updates.get(leaf) ?? leaf)
    return [{ name, kind: leaf.trainable ? 'parameter' : 'buffer', leaf, next }]
  })
}

const kinds: readonly StateEntry['kind'][] = ['parameter', 'buffer', 'slot', 'average', 'step']

/** The parts by kind, in the order of the kinds. */
export const inOrder = (parts: readonly Part[]): Part[] => kinds.flatMap((kind) => parts.filter((part) => part.kind === kind))
