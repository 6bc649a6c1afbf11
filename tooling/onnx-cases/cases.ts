import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { importOnnx } from '@equivar/export-onnx'
import type { Program, TensorValue } from '@equivar/tensor'
import { ModelProtoSchema, type TensorProto, TensorProtoSchema } from '../../packages/export-onnx/src/generated/onnx_pb.ts'
import { importedOperators } from '../../packages/export-onnx/src/import/operators.ts'
import { readTensor } from '../../packages/export-onnx/src/import/values.ts'

/** One of ONNX's own cases of one operator: a model, what goes in, what must come out; all as the bytes of ONNX's files, in base64. */
export interface OnnxCase {
  readonly name: string
  readonly model: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

const archive = join(import.meta.dirname, 'cases.json.gz')

/** The types that Equivar computes with: float32, int32, int64, bool. */
const TYPES: ReadonlySet<number> = new Set([1, 6, 7, 9])
const INT64 = 7
const LARGEST = 65536
/** Of the data: each case is of the version of its operator that was the newest there. */
const OPSET = 17n

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
const tensorOf = (text: string): TensorProto => fromBinary(TensorProtoSchema, bytesOf(text))

/** The cases that are kept here. */
export function onnxCases(): OnnxCase[] {
  return JSON.parse(gunzipSync(readFileSync(archive)).toString()) as OnnxCase[]
}

/** The operators of a case. */
function operatorsOf({ model }: OnnxCase): string[] {
  return [...new Set(fromBinary(ModelProtoSchema, bytesOf(model)).graph?.node.map(({ opType }) => opType))]
}

/** Keeps the cases of operators that Equivar reads, of our types and not too large, from the folder `data/node` of the package `onnx`. */
export function keepCases(folder: string): void {
  const operators = new Set(importedOperators())
  const read = (name: string): OnnxCase | undefined => {
    const set = join(folder, name, 'test_data_set_0')
    if (!existsSync(set)) return undefined
    const numbered = (kind: string): string[] =>
      readdirSync(set)
        .filter((file) => file.startsWith(kind))
        .sort((a, b) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]))
        .map((file) => readFileSync(join(set, file)).toString('base64'))
    const found = {
      name,
      model: readFileSync(join(folder, name, 'model.onnx')).toString('base64'),
      inputs: numbered('input_'),
      outputs: numbered('output_'),
    }
    if (!operatorsOf(found).every((operator) => operators.has(operator))) return undefined
    const { graph } = fromBinary(ModelProtoSchema, bytesOf(found.model))
    const types = [...(graph?.input ?? []), ...(graph?.output ?? [])].map(({ type }) =>
      type?.value.case === 'tensorType' ? type.value.value.elemType : 0,
    )
    return types.every((type) => TYPES.has(type)) && JSON.stringify(found).length < LARGEST ? found : undefined
  }
  const kept = readdirSync(folder)
    .sort()
    .flatMap((name) => read(name) ?? [])
  writeFileSync(archive, gzipSync(JSON.stringify(kept), { level: 9 }))
}

/** A case that Equivar has read. */
export interface ReadCase {
  readonly program: Program
  readonly feeds: Record<string, TensorValue>
  readonly expected: Record<string, TensorValue>
}

/**
 * Reads a case. Where sizes, axes and the like are inputs of it, they become numbers of the file, as Equivar wants them.
 *
 * @throws OnnxFormatError if Equivar does not have what it holds.
 */
export function readCase({ model: bytes, inputs, outputs }: OnnxCase): ReadCase {
  const model = fromBinary(ModelProtoSchema, bytesOf(bytes))
  const graph = model.graph as NonNullable<typeof model.graph>
  const values = graph.input.map(({ name }, i) => ({ ...tensorOf(inputs[i] as string), name }))
  const withNumbers = (fixed: readonly TensorProto[]): Program => {
    const rest = graph.input.filter(({ name }) => !fixed.some((value) => value.name === name))
    const changed = { ...graph, input: rest, initializer: [...graph.initializer, ...fixed] }
    const opsetImport = model.opsetImport.map((entry) => (entry.domain === '' ? { ...entry, version: OPSET } : entry))
    return importOnnx(toBinary(ModelProtoSchema, { ...model, graph: changed, opsetImport }), { frozen: true, carry: false }).program
  }
  // First as it is; then with the short vectors of integers as numbers of the file; then with all but the first.
  const vectors = values.filter(({ dataType, dims }) => dataType === INT64 && dims.length <= 1)
  const program = [[], vectors, values.slice(1)].reduce<Program | unknown>((found, fixed) => {
    if (found !== undefined && !(found instanceof Error)) return found
    try {
      return withNumbers(fixed)
    } catch (error) {
      return found ?? error
    }
  }, undefined)
  if (program instanceof Error) throw program
  const read = program as Program
  const wanted = new Set(read.inputs.map(({ name }) => name))
  const value = (proto: TensorProto): TensorValue => readTensor(proto, undefined) as TensorValue
  return {
    program: read,
    feeds: Object.fromEntries(values.filter(({ name }) => wanted.has(name)).map((proto) => [proto.name, value(proto)])),
    expected: Object.fromEntries(graph.output.map(({ name }, i) => [name, value(tensorOf(outputs[i] as string))])),
  }
}
