import { type Actions, type GroupAction, groupActions } from './actions.ts'
import { type BatchMode, batchOf } from './batch.ts'
import type { Call, Tensors } from './call.ts'
import { averaged, movingInputs, type Statistic } from './copies/run.ts'
import { type MethodOptions, outermostFirst, plan, type Step } from './method.ts'

/** Options of symmetrize. */
export interface SymmetrizeOptions extends MethodOptions {
  readonly actions: Actions
  /**
   * What axis 0 of the inputs is. Left out: the examples, if all inputs that move have the same size there and no group acts on it. They are stacked if that
   * size is open and the outputs have it too. Say `none` where axis 0 counts something that the model mixes, such as the nodes of a graph.
   */
  readonly batch?: BatchMode
  /** What is computed: the mean if left out, or its standard error as an estimate by `sample`. */
  readonly statistic?: Statistic
}

/** @throws RangeError if an action names no input. */
function demandInputs(groups: readonly GroupAction[], inputs: Tensors): void {
  for (const { inputs: places } of groups)
    for (const name of places.keys())
      if (!Object.hasOwn(inputs, name))
        throw new RangeError(`symmetrize: expected actions on inputs among ${Object.keys(inputs).join(', ')}, received one on "${name}".`)
}

/** @throws RangeError if an action names no output. */
function demandOutputs(groups: readonly GroupAction[], outputs: Tensors): Tensors {
  for (const { outputs: places } of groups)
    for (const name of places.keys())
      if (!Object.hasOwn(outputs, name))
        throw new RangeError(`symmetrize: expected actions on outputs among ${Object.keys(outputs).join(', ')}, received one on "${name}".`)
  return outputs
}

/** What is done for each factor of a group, the outermost first, and to what. */
interface Walk {
  readonly groups: readonly GroupAction[]
  readonly call: Call
  readonly options: SymmetrizeOptions
  /** Filled in on the way. */
  readonly steps: Step[]
}

/** Applies the factors from one on: the copies of each are examples of the next. */
function applyFrom(level: number, inputs: Tensors, walk: Walk): Tensors {
  const { groups, call, options, steps } = walk
  const action = groups[level]
  if (action === undefined) return demandOutputs(groups, call(inputs))
  const batch = batchOf(groups, inputs, options.batch)
  const { copies, ...step } = plan(action, movingInputs(action, inputs, batch), options)
  steps[level] = step
  const statistic = level === 0 ? (options.statistic ?? 'mean') : 'mean'
  return averaged((given) => applyFrom(level + 1, given, walk), inputs, { action, copies, batch, statistic })
}

/** A model's symmetric outputs, and how they came about. */
export interface Symmetrized {
  readonly outputs: Tensors
  /** What was done for each factor of the group. */
  readonly steps: readonly Step[]
}

/** As symmetrize, applied to inputs, with what was done. */
export function applySymmetrized(call: Call, inputs: Tensors, options: SymmetrizeOptions): Symmetrized {
  const groups = outermostFirst(groupActions(options.actions))
  demandInputs(groups, inputs)
  const walk: Walk = { groups, call, options, steps: [] }
  return { outputs: applyFrom(0, inputs, walk), steps: walk.steps }
}

/**
 * Any model made invariant, or equivariant, under a group: without training it, or to train through it.
 *
 * Law: F(g x) = g F(x) for every element g of the group that the actions name, with F(x) = mean over k of g_k^-1 f(g_k x). The g_k are all elements of a finite
 * group, or those that a frame of x singles out; `sample` alone is an approximation. What has the symmetry already stays what it is.
 *
 * @param call - any function from expressions to expressions, such as the forward of a Module. It must treat the examples of a batch one by one.
 * @returns a function of the same inputs and outputs; it differentiates as what it is made of does. Frames take part in the derivative.
 * @throws RangeError if the actions do not fit the inputs, or a group is too large for its method; TypeMismatchError for outputs that have no mean.
 * @remarks Cost: as many runs of the model as there are elements, for each example; frames of n coordinates 2^n, sorted rows 1.
 * @see Puny et al. 2022, "Frame averaging for invariant and equivariant network design"; Yarotsky 2022, "Universal approximations of invariant maps".
 * @example symmetrize(({ x }) => ({ y: network.forward(x) }), { actions: { inputs: { x: parseAction('D4 on axes 2 3') } } })
 */
export function symmetrize(call: Call, options: SymmetrizeOptions): Call {
  return (inputs) => applySymmetrized(call, inputs, options).outputs
}
