import { runLoop } from '../evaluate/loop.ts'
import {
  type Dimension,
  type DimensionLike,
  dimension,
  floorDivide,
  minus,
  Polynomial,
  plus,
  printShape,
  sameDimension,
  sameShape,
} from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor, TensorType } from '../expression/tensor.ts'
import type { Program } from '../program/program.ts'
import { applyAll, type OperatorOf, operator } from './operator.ts'
import type { InputsOf, LoopAttributes } from './signatures.ts'

const fits = (given: Tensor | undefined, expected: Tensor): boolean =>
  given !== undefined && given.dtype === expected.dtype && sameShape(given.shape, expected.shape)

/** The size along axis 0 of what an iteration is given of the divided inputs: a symbol of the body's own; undefined where nothing is divided. */
export function pieceSymbol({ body, states, divided }: LoopAttributes): string | undefined {
  if (divided === 0) return undefined
  const [length] = body.inputs[states + 1]?.tensor.shape ?? []
  if (length instanceof Polynomial && /^[A-Za-z_]\w*$/.test(length.key)) return length.key
  throw new ShapeError('repeat: a divided input of the body', 'a symbol as size of axis 0', String(length))
}

/** Whether the rows of a tensor are what the body's input takes some of. */
const fitsRows = (given: Tensor | undefined, expected: Tensor, count: Dimension, piece: string): boolean =>
  given !== undefined &&
  given.dtype === expected.dtype &&
  given.rank > 0 &&
  sameDimension(given.size(0), count) &&
  String(expected.shape[0]) === piece &&
  sameShape(given.shape.slice(1), expected.shape.slice(1))

/** How often the body runs, if that can be said as a dimension. */
function timesOf({ count, size }: LoopAttributes): Dimension {
  if (typeof size === 'number' && size > 0) return floorDivide(minus(plus(count, size), 1), size)
  throw new ShapeError('repeat', 'a number of rows an iteration where values are recorded', String(size))
}

function inferLoop(inputs: InputsOf<'Loop'>, attributes: LoopAttributes): TensorType[] {
  const { body, count, states, divided } = attributes
  const piece = pieceSymbol(attributes)
  for (const [i, { name, tensor }] of body.inputs.slice(1).entries()) {
    const given = inputs[i]
    const isDivided = piece !== undefined && i >= states && i < states + divided
    if (isDivided ? fitsRows(given, tensor, count, piece) : fits(given, tensor)) continue
    const received = given === undefined ? 'nothing' : `${given.dtype} ${printShape(given.shape)}`
    throw new ShapeError(`repeat: input "${name}" of the body`, `${tensor.dtype} ${printShape(tensor.shape)}`, received)
  }
  return body.outputs.map(({ name, tensor }, i) => {
    if (i >= states) return { dtype: tensor.dtype, shape: [timesOf(attributes), ...tensor.shape] }
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

/** What `repeat` is told beside the body. */
export interface RepeatOptions {
  /** How often the body runs; with `size`, how many rows there are to go through. */
  readonly count: DimensionLike
  /** First values of the states. */
  readonly states: readonly Tensor[]
  /** Tensors of `count` rows along axis 0, of which an iteration is given its own. */
  readonly divided?: readonly Tensor[]
  /** Rows of one iteration; the last is given the rest. 1 if left out. */
  readonly size?: DimensionLike
  /** Tensors that every iteration reads. */
  readonly captured?: readonly Tensor[]
}

/**
 * Runs a Program again and again, its state outputs becoming its next state inputs; how K training steps become one call, and how sums over a batch are
 * taken piece by piece.
 *
 * @param body - inputs: the iteration (int64 scalar), the states, the divided tensors ([a symbol of its own, ...]), the captured tensors; outputs: the
 *   next states, then what to record.
 * @returns the last states, then for each record its values stacked along a new first axis.
 * @throws ShapeError if a tensor does not fit the body's input, a state changes its shape, or values are recorded where `size` is a symbol.
 * @remarks Its derivative is a loop from the last iteration to the first; a loop over pieces (`size`, `divided`) has none. @see ONNX Loop.
 */
export function repeat(body: Program, { count, size = 1, states, divided = [], captured = [] }: RepeatOptions): readonly Tensor[] {
  const iteration = body.inputs[0]?.tensor
  if (iteration === undefined || iteration.dtype !== 'int64' || iteration.rank !== 0) {
    throw new ShapeError(
      'repeat',
      'an int64 scalar, the iteration, as first input of the body',
      iteration === undefined ? 'nothing' : String(iteration),
    )
  }
  return applyAll(loopOperator, [...states, ...divided, ...captured], {
    body,
    count: dimension(count),
    size: dimension(size),
    states: states.length,
    divided: divided.length,
  })
}
