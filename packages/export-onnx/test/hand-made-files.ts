import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { attributeCodes } from '../src/codes.ts'
import {
  type AttributeProtoSchema,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from '../src/generated/onnx_pb.ts'

type Attribute = MessageInitShape<typeof AttributeProtoSchema>
type Node = MessageInitShape<typeof NodeProtoSchema>
type Graph = MessageInitShape<typeof GraphProtoSchema>
type StoredTensor = MessageInitShape<typeof TensorProtoSchema>
type ValueInfo = MessageInitShape<typeof ValueInfoProtoSchema>

/** ONNX's numbers of data types. */
export const types = { float: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10, double: 11, bfloat16: 16 } as const

/** An input or output; a size is a number, a name, or null if the file leaves it open. Without a shape the rank is unknown. */
export function declared(name: string, shape?: readonly (number | string | null)[], elemType: number = types.float): ValueInfo {
  const dim = shape?.map((size) => {
    if (size === null) return {}
    return typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } }
  })
  return { name, type: { value: { case: 'tensorType', value: { elemType, ...(dim === undefined ? {} : { shape: { dim } }) } } } }
}

/** float32 numbers of a file. */
export const floats = (name: string, dims: readonly number[], floatData: readonly number[]): StoredTensor => ({
  name,
  dims: dims.map(BigInt),
  dataType: types.float,
  floatData: [...floatData],
})

/** int64 numbers of a file. */
export const integers = (name: string, dims: readonly number[], int64Data: readonly number[]): StoredTensor => ({
  name,
  dims: dims.map(BigInt),
  dataType: types.int64,
  int64Data: int64Data.map(BigInt),
})

function attribute(
  name: string,
  value:
    | number
    | string
    | readonly number[]
    | { float: number }
    | { tensor: StoredTensor }
    | { graph: Graph }
    | { strings: readonly string[] }
    | { floats: readonly number[] },
): Attribute {
  if (typeof value === 'number') return { name, type: attributeCodes.int, i: BigInt(value) }
  if (typeof value === 'string') return { name, type: attributeCodes.string, s: new TextEncoder().encode(value) }
  if ('float' in value) return { name, type: attributeCodes.float, f: value.float }
  if ('tensor' in value) return { name, type: attributeCodes.tensor, t: value.tensor }
  if ('strings' in value)
    return { name, type: attributeCodes.strings, strings: value.strings.map((text) => new TextEncoder().encode(text)) }
  if ('floats' in value) return { name, type: attributeCodes.floats, floats: [...value.floats] }
  if ('graph' in value) return { name, type: attributeCodes.graph, g: value.graph }
  return { name, type: attributeCodes.ints, ints: value.map(BigInt) }
}

/** A node: `Add(a, b) -> c`. */
export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Parameters<typeof attribute>[1]>> = {},
): Node => ({
  opType,
  input: [...input],
  output: [...output],
  attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
})

/** The bytes of a model that no library wrote. The standard domain has two names: none, and `ai.onnx`. */
export const file = (
  graph: Graph,
  { opset = 18, standard = '', domains = {} }: { opset?: number; standard?: string; domains?: Readonly<Record<string, bigint>> } = {},
): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [
        { domain: standard, version: BigInt(opset) },
        ...Object.entries(domains).map(([domain, version]) => ({ domain, version })),
      ],
      graph: { name: 'hand-made', ...graph },
    }),
  )
