import { DerivativeError } from '../expression/errors.ts'
import { type Input, input, type Tensor } from '../expression/tensor.ts'
import { substitute } from '../expression/traverse.ts'
import { isFloat } from '../expression/value.ts'
import { add, sub } from '../operators/binary.ts'
import { sizeOf } from '../operators/constant.ts'
import { repeat } from '../operators/control.ts'
import { zeros } from '../operators/generators.ts'
import { gather } from '../operators/indexing.ts'
import type { LoopAttributes } from '../operators/signatures.ts'
import { program } from '../program/program.ts'
import type { Derivative } from './rule.ts'

/** Sum over outputs of cotangent times Jacobian; handed in, as it asks the table that this is part of. */
export type Vjp = (outputs: readonly { output: Tensor; cotangent: Tensor }[], wrt: readonly Tensor[]) => Tensor[]

const stand = (name: string, { dtype, shape }: Tensor): Input => input(name, dtype, shape)
const numbered = (name: string, tensors: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(tensors.map((x, i) => [`${name} ${i}`, x]))
const byName = (inputs: readonly Input[]): Record<string, Input> => Object.fromEntries(inputs.map((x) => [x.name, x]))

/** The states at the start of every iteration, each [count, ...]. */
function startsOf(inputs: readonly Tensor[], { body, count, states }: LoopAttributes): readonly Tensor[] {
  const own = body.inputs.slice(1, states + 1).map(({ tensor }) => tensor)
  const next = body.outputs.slice(0, states).map(({ tensor }) => tensor)
  const recording = program({
    inputs: Object.fromEntries(body.inputs.map(({ tensor }, i) => [`given ${i}`, tensor])),
    outputs: { ...numbered('next', next), ...numbered('recorded', own) },
  })
  return repeat(recording, { count, states: inputs.slice(0, states), captured: inputs.slice(states) }).slice(states)
}

/** One iteration, backwards: from the gradients of its results to those of its states, and of what it reads added to those of later iterations. */
function backward(inputs: readonly Tensor[], attributes: LoopAttributes, gradients: readonly (Tensor | undefined)[], vjp: Vjp): Tensor[] {
  const { body, count, states } = attributes
  const starts = startsOf(inputs, attributes)
  const outer = inputs.slice(states)
  const recorded = gradients.flatMap((gradient, i) => (gradient === undefined || i < states ? [] : [{ gradient, i }]))
  const iteration = input('iteration', 'int64', [])
  const floats = inputs.filter(({ dtype }) => isFloat(dtype))
  const adjoints = floats.map((x, i) => stand(`adjoint ${i}`, x))
  const startsInside = starts.map((x, i) => stand(`start ${i}`, x))
  const recordsInside = recorded.map(({ gradient }, i) => stand(`gradient ${i}`, gradient))
  const outerInside = outer.map((x, i) => stand(`read ${i}`, x))
  const at = sub(sub(sizeOf(count), 1), iteration)
  const given = [...startsInside.map((x) => gather(x, at, 0)), ...outerInside]
  const results = substitute(
    body.outputs.map(({ tensor }) => tensor),
    new Map(body.inputs.map(({ tensor }, i) => [tensor, i === 0 ? at : (given[i - 1] as Tensor)])),
  )
  const wrt = given.filter(({ dtype }) => isFloat(dtype))
  const stateCount = given.slice(0, states).filter(({ dtype }) => isFloat(dtype)).length
  const floatStates = results.slice(0, states).filter(({ dtype }) => isFloat(dtype))
  const parts = vjp(
    [
      ...floatStates.map((output, i) => ({ output, cotangent: adjoints[i] as Tensor })),
      ...recorded.map(({ i }, k) => ({ output: results[i] as Tensor, cotangent: gather(recordsInside[k] as Tensor, at, 0) })),
    ],
    wrt,
  )
  const next = parts.map((part, i) => (i < stateCount ? part : add(adjoints[i] as Tensor, part)))
  const step = program({
    inputs: byName([iteration, ...adjoints, ...startsInside, ...recordsInside, ...outerInside]),
    outputs: numbered('next', next),
  })
  const last = gradients.slice(0, states).filter((_, i) => isFloat(inputs[i]?.dtype ?? 'bool'))
  const first = floats.map((x, i) => last[i] ?? zeros(x.shape, x.dtype))
  const captured = [...starts, ...recorded.map(({ gradient }) => gradient), ...outer]
  return [...repeat(step, { count, states: first, captured })]
}

/**
 * The derivative of a loop: the states at the start of each iteration are recorded, and a loop goes from the last iteration to the first.
 *
 * @throws DerivativeError for a loop over pieces of a batch, which passes alone make.
 * @remarks What every iteration reads gets a gradient of its whole shape in every iteration.
 */
export const loopDerivative =
  (vjp: Vjp): Derivative<'Loop'> =>
  ({ inputs, attributes, gradients }) => {
    if (attributes.divided > 0 || attributes.size !== 1)
      throw new DerivativeError(
        'differentiate: expected a loop of single iterations, received one over pieces of a batch. Differentiate before optimize.',
      )
    let made: Tensor[] | undefined
    const all = (): Tensor[] => {
      made ??= backward(inputs, attributes, gradients, vjp)
      return made
    }
    let place = 0
    return inputs.map(({ dtype }) => {
      if (!isFloat(dtype)) return undefined
      const i = place++
      return () => all()[i] as Tensor
    })
  }
