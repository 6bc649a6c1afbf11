import type { DataType, TensorValue, TypedArray } from '@equivar/tensor'
import { RequestFailure } from '../errors.ts'
import { bytesOfTexts, classesOf } from './classification.ts'
import { datatypeOf } from './datatypes.ts'
import type { WantedOutput } from './wanted-outputs.ts'

/** An encoded answer. */
export interface InferResponse {
  readonly body: Uint8Array | string
  /** Length of the JSON in bytes if binary tensors follow it. */
  readonly headerLength: number | undefined
}

/** Elements that are written at one go. */
const PIECE = 2 ** 15
/** Largest JSON of an answer in bytes. */
const LONGEST = 2 ** 30

const allFinite = (data: Float32Array): boolean => {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false
  return true
}

/** Some elements, separated by commas. NaN and infinities become null, as JSON does not have them. */
function jsonPiece(dtype: DataType, data: TypedArray): string {
  if (dtype === 'bool') return Array.from(data as Uint8Array, (value) => value !== 0).join(',')
  if (dtype !== 'float32' || allFinite(data as Float32Array)) return data.join(',')
  return Array.from(data as Float32Array, (value) => (Number.isFinite(value) ? value : 'null')).join(',')
}

/** The elements as a flat JSON array, in pieces. */
function* jsonNumbers({ dtype, data }: TensorValue, name: string): Generator<string> {
  if (dtype === 'float16') {
    throw new RequestFailure(
      400,
      `output "${name}": expected a request for binary data, received one for JSON, which has no FP16. Set "binary_data": true.`,
    )
  }
  yield '['
  for (let at = 0; at < data.length; at += PIECE) yield `${at > 0 ? ',' : ''}${jsonPiece(dtype, data.subarray(at, at + PIECE))}`
  yield ']'
}

/** JSON from its pieces, without one string of all of them if they are long. @throws RequestFailure (400) if it is too long. */
class JsonWriter {
  readonly #blocks: Buffer[] = []
  #text = ''
  #length = 0

  add(text: string): void {
    this.#text += text
    if (this.#text.length > PIECE) this.#flush()
  }

  get isShort(): boolean {
    return this.#blocks.length === 0
  }

  get text(): string {
    return this.#text
  }

  /** All bytes so far. */
  blocks(): readonly Buffer[] {
    this.#flush()
    return this.#blocks
  }

  get length(): number {
    return this.#length + Buffer.byteLength(this.#text)
  }

  #flush(): void {
    const block = Buffer.from(this.#text)
    this.#text = ''
    this.#length += block.length
    this.#blocks.push(block)
    if (this.#length > LONGEST)
      throw new RequestFailure(400, `expected outputs of at most ${LONGEST} bytes as JSON, received more. Set "binary_data_output": true.`)
  }
}

const bytesOfArray = (data: TypedArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** The names of the classes of outputs that have some. */
export type Labels = Readonly<Record<string, readonly string[]>>

/** An output in the form that was requested. */
interface Encoded {
  readonly datatype: string
  readonly shape: readonly number[]
  /** For binary data. */
  readonly bytes: () => Uint8Array
  /** The elements as a flat JSON array, in pieces. */
  readonly json: () => Iterable<string>
}

function* jsonTexts(texts: Iterable<string>): Generator<string> {
  let before = '['
  for (const text of texts) {
    yield before + JSON.stringify(text)
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}

function encoded(value: TensorValue, { name, classification }: WantedOutput, labels: Labels): Encoded {
  if (classification === undefined) {
    const { dtype, shape, data } = value
    return { datatype: datatypeOf(dtype), shape, bytes: () => bytesOfArray(data), json: () => jsonNumbers(value, name) }
  }
  const { shape, texts } = classesOf(value, classification, labels[name] ?? [])
  return { datatype: 'BYTES', shape, bytes: () => bytesOfTexts(texts), json: () => jsonTexts(texts) }
}

/**
 * Encodes the answer to an inference request.
 *
 * @throws RequestFailure (400) if JSON cannot represent the type of an output.
 */
export function writeInferResponse(
  { name, version, id }: { readonly name: string; readonly version: string; readonly id: string | undefined },
  wanted: readonly WantedOutput[],
  outputs: Readonly<Record<string, TensorValue>>,
  labels: Labels = {},
): InferResponse {
  const binary: Uint8Array[] = []
  const json = new JsonWriter()
  const identity = id === undefined ? '' : `"id":${JSON.stringify(id)},`
  json.add(`{"model_name":${JSON.stringify(name)},"model_version":${JSON.stringify(version)},${identity}"outputs":[`)
  wanted.forEach((output, i) => {
    const { datatype, shape, ...elements } = encoded(outputs[output.name] as TensorValue, output, labels)
    json.add(`${i > 0 ? ',' : ''}{"name":${JSON.stringify(output.name)},"datatype":"${datatype}","shape":[${shape.join(',')}],`)
    if (output.binary) {
      const bytes = elements.bytes()
      binary.push(bytes)
      json.add(`"parameters":{"binary_data_size":${bytes.length}}}`)
      return
    }
    json.add('"data":')
    for (const piece of elements.json()) json.add(piece)
    json.add('}')
  })
  json.add(']}')
  if (binary.length === 0) return { body: json.isShort ? json.text : Buffer.concat(json.blocks()), headerLength: undefined }
  const blocks = json.blocks()
  return { body: Buffer.concat([...blocks, ...binary]), headerLength: json.length }
}
