import { type DimensionLike, gather, type Input, input, program, repeat, substitute, type Tensor } from '@equivar/tensor'
import type { Metrics } from './objective.ts'
import type { TrainStep } from './train-step.ts'

/** Inputs that are the same for all steps. */
const SETTINGS = new Set(['learning_rate', 'seed'])

/**
 * Many training steps in one call (ONNX Loop), so that the cost of a call does not dominate for small models.
 *
 * Law: equal to as many calls of the step. The data inputs get a new first axis with one entry per step; `learning_rate`, `seed` and an input whose value is a
 * size (`binds`), such as the number of graphs, are the same for all steps. `<name>.next` is the state after the last step; `loss` and the metrics also get a first axis of steps.
 *
 * @param count - the number of steps: a number, or a symbol, which the first axis of the data binds.
 */
export function repeatedStep<M extends Metrics>(
  { program: step, state, metrics, evaluation }: TrainStep<M>,
  count: DimensionLike = 'steps',
): TrainStep<M> {
  const states = state.map(({ input: name }) => name)
  const captured = step.inputs.map(({ name }) => name).filter((name) => !states.includes(name))
  const names = [...states, ...captured]
  const leaves = new Map(step.inputs.map(({ name, tensor }) => [name, tensor]))
  const isData = (name: string): boolean => captured.includes(name) && !SETTINGS.has(name) && leaves.get(name)?.binds === undefined
  const made = (): Record<string, Input> =>
    Object.fromEntries(
      names.map((name) => {
        const { dtype, shape, binds } = leaves.get(name) as Input
        return [name, input(name, dtype, isData(name) ? [count, ...shape] : shape, binds === undefined ? {} : { binds })]
      }),
    )
  const iteration = input('iteration', 'int64', [])
  const [inside, outside] = [made(), made()]
  const replacements = new Map<Tensor, Tensor>(
    names.map((name) => {
      const given = inside[name] as Input
      return [leaves.get(name) as Input, isData(name) ? gather(given, iteration) : given]
    }),
  )
  const results = new Map(step.outputs.map(({ name, tensor }) => [name, tensor]))
  const returned = [...state.map(({ output }) => output), ...metrics]
  const named = (tensors: readonly Tensor[]): Record<string, Tensor> =>
    Object.fromEntries(returned.map((name, i) => [name, tensors[i] as Tensor]))
  const replaced = substitute(
    returned.map((name) => results.get(name) as Tensor),
    replacements,
  )
  const body = program({ inputs: { [iteration.name]: iteration, ...inside }, outputs: named(replaced) })
  const outputs = repeat(body, {
    count,
    states: states.map((name) => outside[name] as Input),
    captured: captured.map((name) => outside[name] as Input),
  })
  return {
    program: program({ inputs: outside, outputs: named(outputs), metadata: step.metadata }),
    state,
    gradients: [],
    metrics,
    evaluation,
  }
}
