import type { Node, Program, Tensor, TensorValue } from '@equivar/tensor'
import type { NodeProto, TensorProto } from './generated/onnx_pb.ts'
import type { GraphBuilder } from './graph-builder.ts'
import { byteScale, type Int8Product, type Int8Ranges, int8Plan, int8Weights } from './int8.ts'
import { type Lowered, lowerNode } from './lowerings.ts'

/** The scale and the zero of an activation, as constants of the graph. */
function addScale(graph: GraphBuilder, least: number, most: number): [string, string] {
  const { scale, zero } = byteScale(least, most)
  return [graph.scalar('float32', scale), graph.bytes('uint8', [], Uint8Array.of(zero))]
}

/**
 * Nodes that compute the products of a plan in int8, by ONNX's QuantizeLinear and DequantizeLinear around the float operators: the form that runtimes recognise
 * and compute in integers, and that any other computes in float32 to the same numbers.
 *
 * Ranges are fixed before, so a number is rounded in the same way wherever it stands and whatever stands beside it: what permutations and shifts did to the
 * Program they do to the file, and an example has the same result alone and in any batch. Ranges computed from each input as it comes (DynamicQuantizeLinear)
 * would depend on the batch and on padding.
 *
 * @throws RangeError if there are not as many ranges as activations, or one is not finite.
 */
export function int8Nodes(
  program: Program,
  values: Readonly<Record<string, TensorValue>>,
  { least, most }: Int8Ranges,
): ReadonlyMap<Node, Lowered> {
  const { products, activations } = int8Plan(program, values)
  if (least.length !== activations.length || most.length !== activations.length)
    throw new RangeError(
      `exportOnnx: expected ranges of ${activations.length} activations, received ${least.length} and ${most.length}. Run calibrationProgram of the same Program and values.`,
    )
  const odd = activations.findIndex((_, i) => !Number.isFinite(least[i] as number) || !Number.isFinite(most[i] as number))
  if (odd >= 0)
    throw new RangeError(
      `exportOnnx: expected finite ranges, received ${least[odd]} to ${most[odd]} for activation ${odd}. Is an input NaN?`,
    )
  const stored = new Map<string, string>()
  const asByte = (graph: GraphBuilder, x: string, activation: number): string => {
    const known = stored.get(x)
    if (known !== undefined) return known
    const [scale, zero] = addScale(graph, least[activation] as number, most[activation] as number)
    const result = graph.emit('DequantizeLinear', [graph.emit('QuantizeLinear', [x, scale, zero]), scale, zero])
    stored.set(x, result)
    return result
  }
  const weightNames = new Map<Tensor, string>()
  const weightOf = (graph: GraphBuilder, { node, axis, weights }: Int8Product): string => {
    const tensor = node.inputs[1] as Tensor
    const known = weightNames.get(tensor)
    if (known !== undefined) return known
    const { bytes, scales } = int8Weights(weights, axis)
    const operands = [
      graph.bytes('int8', weights.shape, bytes),
      graph.constant('float32', [scales.length], scales),
      graph.bytes('int8', [scales.length], new Int8Array(scales.length)),
    ]
    const name = graph.emit('DequantizeLinear', operands, { axis: { int: axis } })
    weightNames.set(tensor, name)
    return name
  }
  const lowered =
    (product: Int8Product): Lowered =>
    (graph, [x]) => {
      const operands = [asByte(graph, x as string, product.input), weightOf(graph, product)]
      const [y] = [lowerNode(graph, product.node, operands)].flat() as [string]
      return product.output === undefined ? y : asByte(graph, y, product.output)
    }
  return new Map(products.map((product) => [product.node, lowered(product)]))
}

const namesIn = ({ input, attribute }: NodeProto): string[] => [
  ...input,
  ...attribute.flatMap(({ g }) => (g === undefined ? [] : [...g.node.flatMap(namesIn), ...g.output.map(({ name }) => name)])),
]

/** What the outputs need: weights that are bytes now, and what was computed from them, would otherwise stay in the file as they were. */
export function needed(
  nodes: readonly NodeProto[],
  initializers: readonly TensorProto[],
  outputs: readonly string[],
): { nodes: NodeProto[]; initializers: TensorProto[] } {
  const wanted = new Set(outputs)
  const kept = nodes.toReversed().filter((node) => {
    if (!node.output.some((name) => wanted.has(name))) return false
    for (const name of namesIn(node)) wanted.add(name)
    return true
  })
  return { nodes: kept.toReversed(), initializers: initializers.filter(({ name }) => wanted.has(name)) }
}
