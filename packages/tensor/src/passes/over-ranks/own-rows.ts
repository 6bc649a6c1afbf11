import type { Node } from '../../expression/tensor.ts'
import { isNode, type NodeOf } from '../../operators/signatures.ts'
import type { OfBatch } from '../micro-batches/batch-rules.ts'

const isAxis = (along: OfBatch | undefined): along is number => typeof along === 'number'

/**
 * What a node gives that takes or adds rows at positions, where rows and positions both belong to the examples: the ends of edges are nodes of their own graph. The
 * positions of a rank are those in its own rows.
 */
export function ofOwnRows(node: Node, along: readonly OfBatch[]): OfBatch | undefined {
  const [x, at, updates] = along
  if (isNode(node, 'Gather')) return isAxis(x) && isAxis(at) && x === node.attributes.axis ? x + at : undefined
  if (isNode(node, 'GatherND')) return isAxis(x) && isAxis(at) && x < depthOf(node) && at < node.inputs[1].rank - 1 ? at : undefined
  if (isNode(node, 'ScatterND')) {
    const isOwn = isAxis(x) && x < depthOf(node) && isAxis(at) && at === updates && at < node.inputs[1].rank - 1
    return isOwn ? x : undefined
  }
  if (isNode(node, 'Concat')) return isAxis(x) && along.every((one) => one === x) ? x : undefined
  return undefined
}

/** How many axes one position names. */
const depthOf = ({ inputs: [, indices] }: NodeOf<'GatherND'> | NodeOf<'ScatterND'>): number => Number(indices.size(-1))

/** The input with positions in rows of the examples; undefined if the node has none. */
export function ownPositions(node: Node, along: readonly OfBatch[]): number | undefined {
  return isNode(node, 'Concat') || ofOwnRows(node, along) === undefined ? undefined : 1
}
