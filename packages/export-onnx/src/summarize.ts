import type { GraphProto, TensorProto } from './generated/onnx_pb.ts'
import { nodesOfGraph, readModel } from './inspect.ts'

/** What an ONNX file is, beside its inputs and outputs. */
export interface OnnxSummary {
  /** The name of the graph. */
  readonly graph: string
  /** What wrote the file, with its version where it says so. */
  readonly producer: string
  /** The opset of the standard domain; undefined if the file uses none. */
  readonly opset: number | undefined
  /** How many nodes there are of each operator, those of subgraphs too, by name; with its domain before it, if it is not ONNX's own. */
  readonly operators: Readonly<Record<string, number>>
  /** How many numbers are stored as weights, those in other files too. */
  readonly weights: number
  /** Files that hold weights, and must lie beside this one. */
  readonly externalFiles: readonly string[]
}

/** The stored tensors of a graph and of its subgraphs. */
function storedTensors({ initializer, node }: GraphProto): TensorProto[] {
  const inside = node.flatMap(({ attribute }) => attribute.flatMap(({ g }) => (g === undefined ? [] : storedTensors(g))))
  return [...initializer, ...inside]
}

const fileOf = ({ externalData }: TensorProto): string =>
  externalData.find(({ key }) => key === 'location')?.value ?? 'a file without a name'

/**
 * Reads what an ONNX file is: who wrote it, its operators, the number of its weights.
 *
 * @param where - the file's name, for messages.
 * @throws OnnxFormatError if the file is cut off or no ONNX model.
 * @example summarizeOnnx(bytes, 'model.onnx').weights
 */
export function summarizeOnnx(bytes: Uint8Array, where: string): OnnxSummary {
  const model = readModel(bytes, where)
  const graph = model.graph as GraphProto
  const operators = new Map<string, number>()
  for (const { operator } of nodesOfGraph(graph)) operators.set(operator, (operators.get(operator) ?? 0) + 1)
  const stored = storedTensors(graph)
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version
  return {
    graph: graph.name,
    producer: [model.producerName, model.producerVersion].filter((text) => text !== '').join(' '),
    opset: opset === undefined ? undefined : Number(opset),
    operators: Object.fromEntries([...operators].sort(([a], [b]) => (a < b ? -1 : 1))),
    weights: stored.reduce((sum, { dims }) => sum + dims.reduce((product, size) => product * Number(size), 1), 0),
    externalFiles: [...new Set(stored.filter(({ dataLocation }) => dataLocation === 1).map(fileOf))],
  }
}
