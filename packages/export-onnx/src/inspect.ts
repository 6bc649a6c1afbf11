import { fromBinary } from '@bufbuild/protobuf'
import { type DataType, DimensionError, FeedError, ShapeError, TypeMismatchError } from '@equivar/tensor'
import { attributeCodes, dataTypeOf } from './codes.ts'
import { type GraphProto, type ModelProto, ModelProtoSchema, type ValueInfoProto } from './generated/onnx_pb.ts'

/** Names and texts of a file may be long. */
const MOST_MESSAGE = 2000

/** A message that fits a terminal: cut, with control characters as codes, whatever a file calls its nodes. */
function shown(message: string): string {
  const cut = message.length > MOST_MESSAGE ? `${message.slice(0, MOST_MESSAGE)}...` : message
  return cut.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A file that is no complete ONNX model. */
export class OnnxFormatError extends Error {
  constructor(message: string, cause?: unknown) {
    super(shown(message), { cause })
    this.name = 'OnnxFormatError'
  }
}

/** What `tensor` refuses, and text that is no JSON, as an error of the file; other errors as they are. @param more - what the file adds to it. */
export function asFormatError(cause: unknown, where: string, more: string = ''): unknown {
  const refused =
    cause instanceof ShapeError ||
    cause instanceof TypeMismatchError ||
    cause instanceof DimensionError ||
    cause instanceof FeedError ||
    cause instanceof SyntaxError
  return refused ? new OnnxFormatError(`${where}: ${cause.message}${more === '' ? '' : ` ${more}`}`, cause) : cause
}

/** The text of an attribute, however long; ONNX's own are plain ASCII. */
export const attributeText = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')

/** An input or output of an ONNX file; sizes that are not known are names. */
export interface OnnxValue {
  readonly name: string
  /** undefined if Equivar has no such type. */
  readonly dtype: DataType | undefined
  readonly shape: readonly (number | string)[]
}

/** What an ONNX file says of itself. */
export interface OnnxDescription {
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly metadata: Readonly<Record<string, string>>
}

function describe({ name, type }: ValueInfoProto): OnnxValue {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined
  const shape = (tensor?.shape?.dim ?? []).map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : (value.value ?? '?')))
  return { name, dtype: dataTypeOf(tensor?.elemType ?? 0), shape }
}

/** Reads a file's message. @throws OnnxFormatError if the file is cut off or no ONNX model. */
export function readModel(bytes: Uint8Array, where: string): ModelProto {
  let model: ModelProto
  try {
    model = fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    throw new OnnxFormatError(
      `${where}: expected a complete ONNX model, received ${bytes.length} bytes that cannot be read as one. Export it again.`,
      cause,
    )
  }
  if (model.graph === undefined || model.opsetImport.length === 0) {
    throw new OnnxFormatError(`${where}: expected an ONNX model with a graph and an opset, received neither. Is it an ONNX file?`)
  }
  return model
}

/**
 * Reads the inputs, outputs and metadata of an ONNX file.
 *
 * @param where - the file's name, for messages.
 * @throws OnnxFormatError if the file is cut off or no ONNX model.
 */
export function inspectOnnx(bytes: Uint8Array, where: string): OnnxDescription {
  const { graph, metadataProps } = readModel(bytes, where)
  const { initializer = [], input = [], output = [] } = graph ?? {}
  const constants = new Set(initializer.map(({ name }) => name))
  return {
    inputs: input.filter(({ name }) => !constants.has(name)).map(describe),
    outputs: output.map(describe),
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
  }
}

/** A node of an ONNX file. */
export interface OnnxNode {
  readonly name: string
  /** With its domain before it, if it is not ONNX's own. */
  readonly operator: string
  /** Integers, lists of them, and text. */
  readonly attributes: Readonly<Record<string, number | string | readonly number[]>>
  /** The shape of each operand; undefined where the file does not tell. */
  readonly shapes: readonly (readonly (number | string)[] | undefined)[]
}

type Shapes = ReadonlyMap<string, readonly (number | string)[]>

/** The nodes of a graph, those of its subgraphs after the node that holds them. */
export function nodesOfGraph(graph: GraphProto, outer: Shapes = new Map()): OnnxNode[] {
  const shapes = new Map(outer)
  for (const value of [...graph.input, ...graph.valueInfo]) shapes.set(value.name, describe(value).shape)
  for (const { name, dims } of graph.initializer) shapes.set(name, dims.map(Number))
  return graph.node.flatMap((node) => {
    const attributes = node.attribute.flatMap(({ name, type, i, ints, s }): [string, number | string | number[]][] => {
      if (type === attributeCodes.int) return [[name, Number(i)]]
      if (type === attributeCodes.string) return [[name, attributeText(s)]]
      return type === attributeCodes.ints ? [[name, ints.map(Number)]] : []
    })
    const own: OnnxNode = {
      name: node.name,
      operator: node.domain === '' || node.domain === 'ai.onnx' ? node.opType : `${node.domain}.${node.opType}`,
      attributes: Object.fromEntries(attributes),
      shapes: node.input.map((name) => shapes.get(name)),
    }
    return [own, ...node.attribute.flatMap(({ g }) => (g === undefined ? [] : nodesOfGraph(g, shapes)))]
  })
}

/**
 * The nodes of an ONNX file, those of its subgraphs after the node that holds them.
 *
 * @param where - the file's name, for messages.
 * @throws OnnxFormatError if the file is cut off or no ONNX model.
 */
export function onnxNodes(bytes: Uint8Array, where: string): OnnxNode[] {
  return nodesOfGraph(readModel(bytes, where).graph as GraphProto)
}
