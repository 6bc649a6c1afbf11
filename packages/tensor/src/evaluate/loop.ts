import { type Binding, type Dimension, dimensionValue } from '../expression/dimension.ts'
import type { KernelContext, NumberArray, Tensor } from '../expression/tensor.ts'
import { elementCount } from '../expression/value.ts'
import type { Program } from '../program/program.ts'
import { runProgram } from './run.ts'

/** What runs again and again. */
interface Loop {
  readonly body: Program
  readonly count: Dimension
  readonly size: Dimension
  readonly states: number
  readonly divided: number
}

/** The rows that one iteration is given. */
export interface Piece {
  readonly start: number
  readonly length: number
}

/** The rows of every iteration: `size` each, the last the rest. */
export function piecesOf({ count, size }: { readonly count: Dimension; readonly size: Dimension }, binding: Binding): Piece[] {
  const [rows, each] = [dimensionValue(count, binding), Math.max(1, dimensionValue(size, binding))]
  return Array.from({ length: Math.ceil(rows / each) }, (_, i) => ({ start: i * each, length: Math.min(each, rows - i * each) }))
}

function rowsOf({ dtype, shape, data }: NumberArray, { start, length }: Piece): NumberArray {
  const inner = elementCount(shape.slice(1))
  return { dtype, shape: [length, ...shape.slice(1)], data: data.slice(start * inner, (start + length) * inner) }
}

function stacked(records: readonly NumberArray[], { dtype, shape }: Tensor, binding: Binding): NumberArray {
  const each = shape.map((d) => dimensionValue(d, binding))
  const data = new Float64Array(records.length * elementCount(each))
  for (const [i, record] of records.entries()) data.set(record.data, i * elementCount(each))
  return { dtype, shape: [records.length, ...each], data }
}

/** What a Loop returns: the last states, and the values of every iteration stacked. */
export function runLoop(inputs: readonly NumberArray[], { attributes, binding }: KernelContext<Loop>): readonly NumberArray[] {
  const { body, states, divided } = attributes
  const [whole, captured] = [inputs.slice(states, states + divided), inputs.slice(states + divided)]
  let current = inputs.slice(0, states)
  const records: NumberArray[][] = []
  const symbol = divided === 0 ? undefined : String(body.inputs[states + 1]?.tensor.shape[0])
  for (const [i, piece] of piecesOf(attributes, binding).entries()) {
    const iteration: NumberArray = { dtype: 'int64', shape: [], data: Float64Array.of(i) }
    const given = [iteration, ...current, ...whole.map((x) => rowsOf(x, piece)), ...captured]
    const sizes = symbol === undefined ? binding : new Map(binding).set(symbol, piece.length)
    const result = runProgram(body, new Map(body.inputs.map(({ tensor }, k) => [tensor, given[k] as NumberArray])), sizes)
    current = result.slice(0, states)
    records.push(result.slice(states))
  }
  const recorded = body.outputs.slice(states).map(({ tensor }, k) =>
    stacked(
      records.map((record) => record[k] as NumberArray),
      tensor,
      binding,
    ),
  )
  return [...current, ...recorded]
}
