import { isNode, type Node, type Program } from '@equivar/tensor'

/** The nodes of a Program and of its loops' bodies. */
export const allNodes = ({ nodes }: Program): Node[] =>
  nodes.flatMap((node) => (isNode(node, 'Loop') ? [node, ...allNodes(node.attributes.body)] : [node]))
