import { type Binding, type Dimension, dimensionValue } from '../expression/dimension.ts'
import type { KernelContext, Node, NumberArray, Tensor } from '../expression/tensor.ts'
import { elementCount } from '../expression/value.ts'
import type { Program } from '../program/program.ts'
import { stored } from './stored.ts'

/** The values of a node's outputs, each rounded or wrapped as its type stores it. */
export function runNode(node: Node, inputs: readonly NumberArray[], binding: Binding): readonly NumberArray[] {
  const result = node.operator.reference(inputs, { attributes: node.attributes, outputs: node.outputs, binding })
  return ('dtype' in result ? [result] : result).map(stored)
}

/** The outputs of a Program whose inputs are known. */
export function runProgram(program: Program, inputs: ReadonlyMap<Tensor, NumberArray>, binding: Binding): NumberArray[] {
  const known = new Map(inputs)
  for (const node of program.nodes) {
    const given = node.inputs.map((x) => known.get(x) as NumberArray)
    for (const [i, value] of runNode(node, given, binding).entries()) known.set(node.outputs[i] as Tensor, value)
  }
  return program.outputs.map(({ tensor }) => known.get(tensor) as NumberArray)
}

/** What a Loop returns: the last states, and the values of every iteration stacked. */
export function runLoop(
  inputs: readonly NumberArray[],
  {
    attributes: { body, count, states },
    binding,
  }: KernelContext<{ readonly body: Program; readonly count: Dimension; readonly states: number }>,
): readonly NumberArray[] {
  const captured = inputs.slice(states)
  let current = inputs.slice(0, states)
  const records: NumberArray[][] = []
  const times = dimensionValue(count, binding)
  for (let i = 0; i < times; i++) {
    const iteration: NumberArray = { dtype: 'int64', shape: [], data: Float64Array.of(i) }
    const given = [iteration, ...current, ...captured]
    const result = runProgram(body, new Map(body.inputs.map(({ tensor }, k) => [tensor, given[k] as NumberArray])), binding)
    current = result.slice(0, states)
    records.push(result.slice(states))
  }
  const stacked = body.outputs.slice(states).map(({ tensor }, k): NumberArray => {
    const each = tensor.shape.map((d) => dimensionValue(d, binding))
    const data = new Float64Array(times * elementCount(each))
    for (const [i, record] of records.entries()) data.set((record[k] as NumberArray).data, i * elementCount(each))
    return { dtype: tensor.dtype, shape: [times, ...each], data }
  })
  return [...current, ...stacked]
}
