import { runLoop } from '../evaluate/run.ts'
import { type Dimension, type DimensionLike, dimension, printShape, sameShape } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor, TensorType } from '../expression/tensor.ts'
import type { Program } from '../program/program.ts'
import { applyAll, type OperatorOf, operator } from './operator.ts'
import type { InputsOf, OperatorAttributes } from './signatures.ts'

const fits = (given: Tensor | undefined, expected: Tensor): boolean =>
  given !== undefined && given.dtype === expected.dtype && sameShape(given.shape, expected.shape)

function inferLoop(inputs: InputsOf<'Loop'>, { body, count, states }: OperatorAttributes['Loop']): TensorType[] {
  for (const [i, { name, tensor }] of body.inputs.slice(1).entries()) {
    const given = inputs[i]
    if (fits(given, tensor)) continue
    const received = given === undefined ? 'nothing' : `${given.dtype} ${printShape(given.shape)}`
    throw new ShapeError(`repeat: input "${name}" of the body`, `${tensor.dtype} ${printShape(tensor.shape)}`, received)
  }
  return body.outputs.map(({ name, tensor }, i) => {
    if (i >= states) return { dtype: tensor.dtype, shape: [count, ...tensor.shape] }
    const state = body.inputs[i + 1]?.tensor
    if (!fits(state, tensor))
      throw new ShapeError(`repeat: next state "${name}"`, state === undefined ? 'a state' : String(state), String(tensor))
    return { dtype: tensor.dtype, shape: tensor.shape }
  })
}

/** Entry of Loop. */
export const loopOperator: OperatorOf<'Loop'> = /* @__PURE__ */ operator('Loop', {
  arity: [0, Infinity],
  traits: ['control'],
  infer: inferLoop,
  reference: runLoop,
})

/**
 * Runs a Program `count` times, its state outputs becoming its next state inputs; how K training steps become one call.
 *
 * @param body - inputs: the iteration (int64 scalar), the states, the captured tensors; outputs: the next states, then what to record.
 * @param states - first values of the states.
 * @param captured - tensors that every iteration reads.
 * @returns the last states, then for each record its values stacked along a new first axis.
 * @throws ShapeError if a tensor does not fit the body's input, or a state changes its shape.
 * @remarks Not differentiable: differentiate the body. @see ONNX Loop.
 */
export function repeat(
  body: Program,
  { count, states, captured = [] }: { count: DimensionLike; states: readonly Tensor[]; captured?: readonly Tensor[] },
): readonly Tensor[] {
  const iteration = body.inputs[0]?.tensor
  if (iteration === undefined || iteration.dtype !== 'int64' || iteration.rank !== 0) {
    throw new ShapeError(
      'repeat',
      'an int64 scalar, the iteration, as first input of the body',
      iteration === undefined ? 'nothing' : String(iteration),
    )
  }
  const times: Dimension = dimension(count)
  return applyAll(loopOperator, [...states, ...captured], { body, count: times, states: states.length })
}
