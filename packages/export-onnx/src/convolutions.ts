import type { Node, OperatorAttributes, Program, Tensor, TensorValue } from '@equivar/tensor'
import { fixedTensors } from './fixed.ts'
import type { GraphBuilder } from './graph-builder.ts'
import { convolution, type Lowered, lowerNode } from './lowerings.ts'

type ConvAttributes = OperatorAttributes['Conv']

/** ONNX Runtime computes on channels in blocks of so many where the processor has AVX-512; others have blocks of half as many. */
const CHANNEL_BLOCK = 16

/** Whether ONNX Runtime would compute on blocks of channels if the signal were an image. */
function fitsBlocks({ operator, inputs: [x], attributes }: Node, weightIsFixed: boolean): boolean {
  const channels = x?.shape[1]
  return (
    operator.name === 'Conv' &&
    x?.rank === 3 &&
    weightIsFixed &&
    (attributes as ConvAttributes).groups === 1 &&
    typeof channels === 'number' &&
    (channels < CHANNEL_BLOCK || channels % CHANNEL_BLOCK === 0)
  )
}

/** A convolution of signals as one of images of a single row. */
function inPlane(graph: GraphBuilder, [x, weight, ...bias]: readonly string[], node: Node): string {
  const { kernel, strides, pads, dilations, groups } = node.attributes as ConvAttributes
  const row = graph.integers([2])
  const flat = (name: string | undefined): string => graph.emit('Unsqueeze', [name as string, row])
  const attributes = {
    kernel: [1, ...kernel],
    strides: [1, ...strides],
    pads: pads.flatMap((p) => [0, p]),
    dilations: [1, ...dilations],
    groups,
  }
  return graph.emit('Squeeze', [convolution(graph, [flat(x), flat(weight), ...bias], attributes, node) as string, row])
}

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
 * How convolutions are written.
 *
 * One with a sum behind it that adds a number a channel has that as its bias: ONNX's Conv adds it while it writes, which saves a pass over the result.
 * Runtimes find it themselves where the numbers are fixed, but not in a training step.
 *
 * One over signals whose kernel is fixed becomes one over images of a single row, as ONNX Runtime (1.30) has its fast way, on blocks of channels, for
 * images only.
 *
 * @returns the nodes in an order in which biases come before their convolutions, and how those are written that are not written as usual.
 */
export function convolutions(
  program: Program,
  values: Readonly<Record<string, TensorValue>>,
): { readonly nodes: readonly Node[]; readonly special: ReadonlyMap<Node, Lowered> } {
  const { nodes, outputs } = program
  const readers = new Map<Tensor, number>()
  for (const x of [...outputs.map(({ tensor }) => tensor), ...nodes.flatMap(({ inputs }) => inputs)])
    readers.set(x, (readers.get(x) ?? 0) + 1)
  const fixed = fixedTensors(program, values)
  const special = new Map<Node, Lowered>()
  for (const node of nodes)
    if (fitsBlocks(node, fixed.has(node.inputs[1] as Tensor))) special.set(node, (graph, inputs) => inPlane(graph, inputs, node))
  const moved = new Map<Node, Node>()
  for (const node of nodes) {
    const found = biased(node, readers)
    if (found === undefined) continue
    const { conv, bias } = found
    moved.set(node, conv)
    const written: Lowered = special.get(conv) ?? ((graph, inputs) => lowerNode(graph, conv, inputs))
    special.set(conv, (graph: GraphBuilder, inputs) => {
      const numbers = graph.emit('Reshape', [graph.name(bias), graph.integers([-1])])
      return written(graph, [...inputs, numbers])
    })
    special.set(node, (graph: GraphBuilder) => graph.name(conv.outputs[0] as Tensor))
  }
  const late = new Set(moved.values())
  return {
    nodes: nodes.filter((node) => !late.has(node)).flatMap((node) => (moved.has(node) ? [moved.get(node) as Node, node] : [node])),
    special,
  }
}
