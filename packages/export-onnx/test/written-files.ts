import { fromBinary } from '@bufbuild/protobuf'
import * as t from '@equivar/tensor'
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../src/generated/onnx_pb.ts'
import { exportOnnx } from '../src/index.ts'

const layouts = { 1: Float32Array, 2: Uint8Array, 3: Int8Array, 6: Int32Array, 7: BigInt64Array, 9: Uint8Array, 10: Uint16Array } as const
const names = { 1: 'float', 2: 'uint8', 3: 'int8', 6: 'int32', 7: 'int64', 9: 'bool', 10: 'float16' } as const
type Code = keyof typeof layouts

function tensorText({ name, dims, dataType, rawData, dataLocation, externalData }: TensorProto): string {
  const data = new layouts[dataType as Code](new Uint8Array(rawData).buffer)
  const values = dataLocation === 1 ? externalData.map(({ key, value }) => `${key} ${value}`).join(', ') : data.join(' ')
  return `${name}: ${names[dataType as Code]} [${dims.join(' ')}] = ${values}`
}

function valueText({ name, type }: ValueInfoProto): string {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined
  return `${name}: ${names[tensor?.elemType as Code]} [${tensor?.shape?.dim.map(({ value }) => String(value.value)).join(' ')}]`
}

function nodeLines({ name, domain, opType, input, output, attribute }: NodeProto): string[] {
  const attributes = attribute.map(({ name: key, f, i, s, ints, type }) => {
    const value: Readonly<Record<number, unknown>> = { 1: f, 2: i, 3: new TextDecoder().decode(s), 5: '{}', 7: `[${ints.join(' ')}]` }
    return `${key}=${String(value[type])}`
  })
  const graphs = attribute.flatMap(({ g }) => (g === undefined ? [] : graphLines(g).map((line) => `  ${line}`)))
  const type = domain === '' ? opType : `${domain}.${opType}`
  return [`${name}: ${type}(${[...input, ...attributes].join(', ')}) -> ${output.join(', ')}`, ...graphs]
}

/** All that a graph holds, a line for each thing: inputs, numbers, nodes with their bodies, shapes, outputs. */
export function graphLines({ name, input, output, initializer, node, valueInfo }: GraphProto): string[] {
  return [
    `graph ${name}(${input.map(valueText).join(', ')})`,
    ...initializer.map(tensorText),
    ...node.flatMap(nodeLines),
    ...valueInfo.map((value) => `where ${valueText(value)}`),
    `gives ${output.map(valueText).join(', ')}`,
  ]
}

/** The model in a file. */
export const modelOf = (bytes: Uint8Array): ModelProto => fromBinary(ModelProtoSchema, bytes)

/** All that the graph of a file holds, as graphLines. */
export const written = (bytes: Uint8Array): string[] => graphLines(modelOf(bytes).graph as GraphProto)

/** The numbers and the nodes of a file that computes these outputs, as they stand. */
export function nodesOf(inputs: readonly t.Input[], ...outputs: t.Tensor[]): string[] {
  const p = t.program({ inputs, outputs: Object.fromEntries(outputs.map((y, i) => [`y${i}`, y])) })
  return written(exportOnnx(p, { optimized: true, shapes: false })).slice(1, -1)
}
