import type { Node, Tensor } from '@equivar/tensor'

/** The tensors that are known once those are: they read nothing but constants and each other, and have a known size. */
export function fixedTensors(nodes: readonly Node[], given: Iterable<Tensor>): Set<Tensor> {
  const fixed = new Set<Tensor>(given)
  for (const node of nodes) {
    const known =
      !node.has('control') && !node.has('opaque') && node.operator.name !== 'Dimension' && node.inputs.every((x) => fixed.has(x))
    const sized = node.outputs.every(({ shape }) => shape.every((d) => typeof d === 'number'))
    if (known && sized) for (const y of node.outputs) fixed.add(y)
  }
  return fixed
}
