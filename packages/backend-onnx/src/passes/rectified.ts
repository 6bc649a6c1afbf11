import { Node, nodeOf, reshape, type Tensor } from '@equivar/tensor'
import { hasActivation } from '../operators/blocked-operator.ts'

/** The result of an operator on blocks, which is seen in another shape, with relu done on the way. */
export function rectified(x: Tensor): Tensor | undefined {
  const node = nodeOf(x, 'Reshape')?.inputs[0].node
  if (node === undefined || !hasActivation(node) || node.attributes.activation !== 'none') return undefined
  return reshape(new Node(node.operator, node.inputs, { ...node.attributes, activation: 'Relu' }).output, x.shape)
}
