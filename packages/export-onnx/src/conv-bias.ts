import type { Node, Tensor } from '@equivar/tensor'
import type { GraphBuilder } from './graph-builder.ts'
import { type Lowered, lowerNode } from './lowerings.ts'

/** Whether x is one number a channel of y, [batch, channels, ...space], for every example and position. */
function isBias(x: Tensor, y: Tensor): boolean {
  const axis = 1 - y.rank + x.rank
  return axis >= 0 && x.rank <= y.rank && x.shape.every((d, i) => d === (i === axis ? y.shape[1] : 1)) && typeof x.shape[axis] === 'number'
}

/** The convolution that a sum adds a bias to, if nothing else reads it. */
function biased(node: Node, readers: ReadonlyMap<Tensor, number>): { readonly conv: Node; readonly bias: Tensor } | undefined {
  if (node.operator.name !== 'Add') return undefined
  const [a, b] = node.inputs as [Tensor, Tensor]
  for (const [y, bias] of [
    [a, b],
    [b, a],
  ] as const)
    if (y.node.operator.name === 'Conv' && readers.get(y) === 1 && isBias(bias, y)) return { conv: y.node, bias }
  return undefined
}

/**
 * Convolutions with the sums behind them that add a number a channel: ONNX's Conv does that while it writes, which saves a pass over the result. Runtimes
 * find it themselves where the numbers are fixed, but not in a training step.
 *
 * @param outputs - what must stay to be read.
 * @returns the nodes in an order in which biases come before their convolutions, and how the two are written.
 */
export function convolutionsWithBias(
  nodes: readonly Node[],
  outputs: readonly Tensor[],
): { readonly nodes: readonly Node[]; readonly special: ReadonlyMap<Node, Lowered> } {
  const readers = new Map<Tensor, number>()
  for (const x of [...outputs, ...nodes.flatMap(({ inputs }) => inputs)]) readers.set(x, (readers.get(x) ?? 0) + 1)
  const special = new Map<Node, Lowered>()
  const moved = new Map<Node, Node>()
  for (const node of nodes) {
    const found = biased(node, readers)
    if (found === undefined) continue
    const { conv, bias } = found
    moved.set(node, conv)
    special.set(conv, (graph: GraphBuilder, inputs) => {
      const numbers = graph.emit('Reshape', [graph.name(bias), graph.integers([-1])])
      return lowerNode(graph, conv, [...inputs, numbers])
    })
    special.set(node, (graph: GraphBuilder) => graph.name(conv.outputs[0] as Tensor))
  }
  const late = new Set(moved.values())
  return {
    nodes: nodes.filter((node) => !late.has(node)).flatMap((node) => (moved.has(node) ? [moved.get(node) as Node, node] : [node])),
    special,
  }
}
