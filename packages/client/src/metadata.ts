import { excerpt, MalformedAnswer, objects, optionalObject, optionalText, type Parameters } from './answer.ts'

/** Metadata of a server. */
export interface ServerMetadata {
  readonly name: string
  readonly version: string
  /** Supported protocol extensions, such as `binary_tensor_data`. */
  readonly extensions: readonly string[]
}

/** Metadata of one input or output of a model. */
export interface TensorMetadata {
  readonly name: string
  /** FP32, INT64, BOOL, ...; may also be BYTES. */
  readonly datatype: string
  /** The sizes of its axes; -1 for any size. */
  readonly shape: readonly number[]
  readonly parameters: Parameters
}

/** Metadata of a model. */
export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  /** The kind of model file, such as `onnxruntime_onnx`. */
  readonly platform: string
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
  readonly parameters: Parameters
}

function text(object: Record<string, unknown>, name: string): string {
  const value = optionalText(object, name)
  if (value === undefined) throw new MalformedAnswer(`"${name}"`, 'none')
  return value
}

function texts(object: Record<string, unknown>, name: string): string[] {
  const value = object[name] ?? []
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string'))
    throw new MalformedAnswer(`"${name}" to be a list of strings`, excerpt(value))
  return value
}

/** Parses a server's metadata. */
export function parseServerMetadata(json: Record<string, unknown>): ServerMetadata {
  return { name: text(json, 'name'), version: text(json, 'version'), extensions: texts(json, 'extensions') }
}

/** The shape. Some servers write sizes as strings. */
function sizes(entry: Record<string, unknown>): number[] {
  const { shape: value } = entry
  const numbers = Array.isArray(value) ? value.map(Number) : []
  if (!Array.isArray(value) || !numbers.every((size) => Number.isSafeInteger(size) && size >= -1)) {
    throw new MalformedAnswer('"shape" to be a list of sizes, or -1', excerpt(value))
  }
  return numbers
}

const tensor = (entry: Record<string, unknown>): TensorMetadata => ({
  name: text(entry, 'name'),
  datatype: text(entry, 'datatype'),
  shape: sizes(entry),
  parameters: optionalObject(entry, 'parameters'),
})

/** Parses a model's metadata. */
export function parseModelMetadata(json: Record<string, unknown>): ModelMetadata {
  return {
    name: text(json, 'name'),
    versions: texts(json, 'versions'),
    platform: text(json, 'platform'),
    inputs: objects(json, 'inputs').map(tensor),
    outputs: objects(json, 'outputs').map(tensor),
    parameters: optionalObject(json, 'parameters'),
  }
}
