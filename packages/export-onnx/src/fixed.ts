import type { Program, Tensor, TensorValue } from '@equivar/tensor'

/** The tensors that are known once the values are: they read nothing but constants and inputs with a value. */
export function fixedTensors(given: Program, values: Readonly<Record<string, TensorValue>>): Set<Tensor> {
  const fixed = new Set<Tensor>(given.inputs.filter(({ name }) => values[name] !== undefined).map(({ tensor }) => tensor))
  for (const node of given.nodes) {
    const known = node.operator.name !== 'Loop' && node.operator.name !== 'Dimension' && node.inputs.every((x) => fixed.has(x))
    const sized = node.outputs.every(({ shape }) => shape.every((d) => typeof d === 'number'))
    if (known && sized) for (const y of node.outputs) fixed.add(y)
  }
  return fixed
}
