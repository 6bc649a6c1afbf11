import { create } from '@bufbuild/protobuf'
import { attributeCodes } from './codes.ts'
import { type AttributeProto, AttributeProtoSchema, type GraphProto } from './generated/onnx_pb.ts'

/** A node's attribute: integers, a real number, lists of integers, a name, a graph. */
export type Attribute = { int: number } | { float: number } | { ints: readonly number[] } | { string: string } | { graph: GraphProto }

/** How the file writes it. */
export function attributeOf(name: string, value: Attribute): AttributeProto {
  if ('int' in value) return create(AttributeProtoSchema, { name, type: attributeCodes.int, i: BigInt(value.int) })
  if ('float' in value) return create(AttributeProtoSchema, { name, type: attributeCodes.float, f: Math.fround(value.float) })
  if ('ints' in value) return create(AttributeProtoSchema, { name, type: attributeCodes.ints, ints: value.ints.map(BigInt) })
  if ('string' in value)
    return create(AttributeProtoSchema, {
      name,
      type: attributeCodes.string,
      s: Uint8Array.from(value.string, (letter) => letter.charCodeAt(0)),
    })
  return create(AttributeProtoSchema, { name, type: attributeCodes.graph, g: value.graph })
}
