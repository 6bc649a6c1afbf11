import { excerpt, MalformedAnswer, objects, optionalObject, optionalText, type Parameters } from './answer.ts'

/** What a server says about itself. */
export interface ServerMetadata {
  readonly name: string
  readonly version: string
  /** Parts of the protocol beyond its core, `binary_tensor_data` for instance. */
  readonly extensions: readonly string[]
}

/** One input or output of a model. */
export interface TensorMetadata {
  readonly name: string
  /** FP32, INT64, BOOL, ...; BYTES is possible here. */
  readonly datatype: string
  /** The sizes of its axes, -1 where any size is taken. */
  readonly shape: readonly number[]
  readonly parameters: Parameters
}

/** What a server says about a model. */
export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  /** What kind of file it is, `onnxruntime_onnx` for instance. */
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
    throw new MalformedAnswer(`"${name}" to be a list of texts`, excerpt(value))
  return value
}

/** Reads a server's metadata. */
export function parseServerMetadata(json: Record<string, unknown>): ServerMetadata {
  return { name: text(json, 'name'), version: text(json, 'version'), extensions: texts(json, 'extensions') }
}

/** Some servers write sizes as texts. */
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

/** Reads a model's metadata. */
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
