import {
  type Datatype,
  datatypeNames,
  elementCount,
  elementSize,
  fill,
  isDatatype,
  isShape,
  type NumericArray,
  view,
  zeros,
} from './datatypes.ts'
import { isLittleEndian, swapBytes } from './request.ts'
import type { InferenceOutput } from './tensors.ts'

/** Additional values that the protocol allows servers to send. */
export type Parameters = Readonly<Record<string, unknown>>

/** The result of an inference. */
export interface InferenceResult<Name extends string = string> {
  readonly model: string
  readonly version: string | undefined
  /** The id of the request, repeated by the server. */
  readonly id: string | undefined
  readonly parameters: Parameters
  readonly outputs: Readonly<Record<Name, InferenceOutput>>
}

/** An answer that breaks the protocol. The caller adds the name of the call to the message. */
export class MalformedAnswer extends Error {
  constructor(expected: string, received: string, remedy = '') {
    super(`expected ${expected}, received ${received}.${remedy && ` ${remedy}`}`)
    this.name = 'MalformedAnswer'
  }
}

const inBinary = "Ask with encoding: 'binary'."

/** The first 80 characters of a string, for messages. */
export const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}...` : text)

/** A received value as shortened JSON, for messages. */
export const excerpt = (value: unknown): string => shorten(JSON.stringify(value) ?? String(value))

/** Parses bytes that must hold one JSON object. */
export function parseObject(bytes: Uint8Array): Record<string, unknown> {
  const text = new TextDecoder().decode(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new MalformedAnswer('JSON', text === '' ? 'nothing' : excerpt(text))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedAnswer('a JSON object', excerpt(value))
  return value as Record<string, unknown>
}

/** A member that is a string or absent. */
export function optionalText(object: Record<string, unknown>, name: string): string | undefined {
  const value = object[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new MalformedAnswer(`"${name}" to be a string`, excerpt(value))
  return value
}

/** A member that is an object or absent. */
export function optionalObject(object: Record<string, unknown>, name: string): Parameters {
  const value = object[name] ?? {}
  if (typeof value !== 'object' || Array.isArray(value)) throw new MalformedAnswer(`"${name}" to be an object`, excerpt(value))
  return value as Parameters
}

/** A member that is a list of objects. */
export function objects(object: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const value = object[name]
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'object' && entry !== null && !Array.isArray(entry))
  if (!isList) throw new MalformedAnswer(`"${name}" to be a list of objects`, excerpt(value))
  return value
}

function textData(output: string, datatype: Datatype, data: unknown, count: number): NumericArray {
  if (!Array.isArray(data)) throw new MalformedAnswer(`output ${output} to have data`, excerpt(data))
  if (datatype === 'FP16') throw new MalformedAnswer(`output ${output} as bytes, as JSON has no FP16`, 'numbers', inBinary)
  const flat: unknown[] = Array.isArray(data[0]) ? data.flat(Number.POSITIVE_INFINITY) : data
  if (flat.length !== count) throw new MalformedAnswer(`${count} elements of output ${output}`, `${flat.length}`)
  const target = zeros(datatype, count)
  const wrong = fill(target, datatype, flat)
  if (wrong < 0) return target
  const lost = flat[wrong] === null ? `JSON has no infinities and no NaN. ${inBinary}` : datatype.endsWith('64') ? inBinary : ''
  throw new MalformedAnswer(`elements of ${datatype} in output ${output}`, `${excerpt(flat[wrong])} at ${wrong}`, lost)
}

/** Copies the bytes, so that the elements are aligned and the rest of the answer can be freed. */
function binaryData(datatype: Datatype, part: Uint8Array): NumericArray {
  const bytes = part.slice()
  if (!isLittleEndian()) swapBytes(bytes, elementSize(datatype))
  return view(datatype, bytes.buffer)
}

/** Reads the binary parts of a body in order. */
function partsOf(body: Uint8Array): { take(output: string, size: unknown, expected: number): Uint8Array; finish(): void } {
  let offset = 0
  return {
    take(output, size, expected) {
      if (size !== expected) throw new MalformedAnswer(`${expected} bytes for the shape and type of output ${output}`, excerpt(size))
      if (offset + expected > body.length) throw new MalformedAnswer(`${expected} bytes of output ${output}`, `${body.length - offset}`)
      offset += expected
      return body.subarray(offset - expected, offset)
    },
    finish() {
      if (offset !== body.length) throw new MalformedAnswer(`${offset} bytes after the JSON`, `${body.length}`)
    },
  }
}

function headerLength(header: string | null, body: Uint8Array): number {
  if (header === null) return body.length
  const length = /^\d+$/.test(header.trim()) ? Number(header) : Number.NaN
  if (!(length <= body.length)) throw new MalformedAnswer(`a JSON length of at most ${body.length}`, excerpt(header))
  return length
}

function parseOutput(entry: Record<string, unknown>, parts: ReturnType<typeof partsOf>, isBinary: boolean): [string, InferenceOutput] {
  const { name, datatype, shape, data } = entry
  if (typeof name !== 'string') throw new MalformedAnswer('each output to have a name', excerpt(name))
  if (!isDatatype(datatype)) throw new MalformedAnswer(`output ${name} of type ${datatypeNames()}`, excerpt(datatype))
  if (!isShape(shape)) throw new MalformedAnswer(`output ${name} to have a shape`, excerpt(shape))
  const count = elementCount(shape)
  const { binary_data_size: size } = optionalObject(entry, 'parameters')
  if (size !== undefined && !isBinary) {
    const remedy = 'A server of another origin must list it in Access-Control-Expose-Headers.'
    throw new MalformedAnswer('the header Inference-Header-Content-Length', 'none', remedy)
  }
  const numbers =
    size === undefined ? textData(name, datatype, data, count) : binaryData(datatype, parts.take(name, size, count * elementSize(datatype)))
  return [name, { datatype, shape, data: numbers } as InferenceOutput]
}

/**
 * Parses the answer to an inference. Each tensor may be JSON or bytes.
 *
 * @param header - the answer's `Inference-Header-Content-Length`, null if it has none.
 * @param wanted - the requested outputs.
 * @throws MalformedAnswer if the answer does not follow the protocol.
 */
export function parseAnswer(body: Uint8Array, header: string | null, wanted: readonly string[] = []): InferenceResult {
  const length = headerLength(header, body)
  const json = parseObject(body.subarray(0, length))
  const parts = partsOf(body.subarray(length))
  const outputs = Object.fromEntries(objects(json, 'outputs').map((entry) => parseOutput(entry, parts, header !== null)))
  parts.finish()
  const missing = wanted.find((name) => !Object.hasOwn(outputs, name))
  if (missing !== undefined) throw new MalformedAnswer(`output ${missing}`, Object.keys(outputs).join(', ') || 'none')
  const model = optionalText(json, 'model_name')
  if (model === undefined) throw new MalformedAnswer('"model_name"', 'none')
  return {
    model,
    version: optionalText(json, 'model_version'),
    id: optionalText(json, 'id'),
    parameters: optionalObject(json, 'parameters'),
    outputs,
  }
}
