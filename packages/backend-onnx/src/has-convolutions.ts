import { type Binding, dimensionValue, isNode, type Node, type Program } from '@equivar/tensor'

const isBlocked = (node: Node): boolean => node.operator.name.startsWith('Blocked')

const isConvolution = (node: Node): boolean => (node.has('windowed') && node.has('contracting')) || isBlocked(node)

/** Whether a program that was optimized for the cpu has convolutions, or anything in blocks, in loops too. */
export function hasConvolutions({ nodes }: Program): boolean {
  return nodes.some((node) => isConvolution(node) || (isNode(node, 'Loop') && hasConvolutions(node.attributes.body)))
}

/** Whether images of a program's convolutions or poolings have no pixels, for given sizes: ONNX Runtime refuses such. */
export function hasEmptyImages({ nodes }: Program): (sizes: Binding) => boolean {
  const spaces = nodes
    .filter((node) => node.has('windowed') || isBlocked(node))
    .flatMap(({ output }) => output.shape.slice(2).filter((d) => typeof d !== 'number'))
  return spaces.length === 0 ? () => false : (sizes) => spaces.some((d) => dimensionValue(d, sizes) === 0)
}
