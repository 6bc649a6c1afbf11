import { isNode, type Node, type Program } from '@equivar/tensor'

const isConvolution = (node: Node): boolean => node.has('windowed') || node.operator.name.startsWith('Blocked')

/** Whether a program that was optimized for the cpu has convolutions or poolings, in loops too. */
export function hasConvolutions({ nodes }: Program): boolean {
  return nodes.some((node) => isConvolution(node) || (isNode(node, 'Loop') && hasConvolutions(node.attributes.body)))
}
