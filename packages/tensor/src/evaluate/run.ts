import type { Binding } from '../expression/dimension.ts'
import type { Node, NumberArray, Tensor } from '../expression/tensor.ts'
import type { Program } from '../program/program.ts'
import { tellSizes } from '../program/told-sizes.ts'
import { stored } from './stored.ts'

/** The values of a node's outputs, each rounded or wrapped as its type stores it. */
export function runNode(node: Node, inputs: readonly NumberArray[], binding: Binding): readonly NumberArray[] {
  const result = node.operator.reference(inputs, { attributes: node.attributes, outputs: node.outputs, binding })
  return ('dtype' in result ? [result] : result).map(stored)
}

/** The outputs of a Program whose inputs are known. */
export function runProgram(program: Program, inputs: ReadonlyMap<Tensor, NumberArray>, binding: Binding): NumberArray[] {
  const known = new Map(inputs)
  const sizes = new Map(binding)
  for (const node of program.nodes) {
    const given = node.inputs.map((x) => known.get(x) as NumberArray)
    const results = runNode(node, given, sizes)
    for (const [i, value] of results.entries()) known.set(node.outputs[i] as Tensor, value)
    if (node.has('telling'))
      tellSizes(
        node,
        results.map(({ shape }) => shape),
        results[0]?.data ?? [],
        sizes,
      )
  }
  return program.outputs.map(({ tensor }) => known.get(tensor) as NumberArray)
}
