import { type ChannelCategories, type OnnxValue, withCategoryCodes } from '@equivar/export-onnx'
import { type DataType, elementCount, emptyArray, type TensorValue, type TypedArray } from '@equivar/tensor'
import { RequestFailure } from '../errors.ts'
import { bytesOf, datatypeOf } from './datatypes.ts'
import { refuseExtensions } from './extensions.ts'
import { readJsonData, readJsonList } from './json-data.ts'
import { isObject, kindOf, own, parametersOf, refused } from './json-object.ts'
import { LIMITS, type Outline, outline } from './outline.ts'
import { type WantedOutput, wantedOutputs } from './wanted-outputs.ts'

/** A parsed inference request. */
export interface InferRequest {
  readonly id: string | undefined
  readonly values: Readonly<Record<string, TensorValue>>
  readonly outputs: readonly WantedOutput[]
}

/** What a request must fit: the model's inputs and outputs, and a limit. */
export interface Expected {
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Largest number of elements of a tensor. */
  readonly maxElements: number
  /** Names of categories by input and channel, which JSON may have instead of their codes. */
  readonly categories?: Readonly<Record<string, ChannelCategories>>
}

function shapeOf(name: string, shape: unknown, maxElements: number): number[] {
  const valid = Array.isArray(shape) && shape.length <= 8 && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  if (!valid) throw new RequestFailure(400, `input "${name}": expected a shape of whole numbers, received ${kindOf(shape)}.`)
  if (elementCount(shape) > maxElements) {
    throw new RequestFailure(400, `input "${name}": expected at most ${maxElements} numbers, received shape [${shape.join(', ')}].`)
  }
  return shape as number[]
}

/** The binary tensors after the JSON, read in order. */
class BinaryPart {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(name: string, size: unknown, dtype: DataType, shape: readonly number[]): TypedArray {
    const expected = elementCount(shape) * bytesOf[dtype]
    if (size !== expected) {
      throw new RequestFailure(
        400,
        `input "${name}": expected binary_data_size ${expected} for ${datatypeOf(dtype)} [${shape.join(', ')}], received ${kindOf(size)}.`,
      )
    }
    const left = this.#bytes.length - this.#at
    if (left < expected)
      throw new RequestFailure(400, `input "${name}": expected ${expected} bytes of binary data, received ${left}. Is the body complete?`)
    // A copy, because the bytes of a body are not aligned for typed arrays.
    const data = emptyArray(dtype, elementCount(shape))
    new Uint8Array(data.buffer).set(this.#bytes.subarray(this.#at, this.#at + expected))
    this.#at += expected
    return data
  }

  finish(): void {
    const left = this.#bytes.length - this.#at
    if (left > 0) throw refused(`${this.#at} bytes after the JSON, as binary_data_size says`, `${left} more`)
  }
}

/** Checks binary data, which may hold any bits. */
function checkNumbers(name: string, dtype: DataType, data: TypedArray): void {
  const numbers = data as Float32Array
  const fits = dtype === 'float32' ? (value: number) => value - value === 0 : dtype === 'bool' ? (value: number) => value <= 1 : undefined
  if (fits === undefined) return
  for (let i = 0; i < numbers.length; i++) {
    if (fits(numbers[i] as number)) continue
    const expected = dtype === 'bool' ? 'bytes 0 and 1' : 'finite numbers'
    const received = Number.isNaN(numbers[i]) ? 'bits that are not a number' : numbers[i]
    throw new RequestFailure(400, `input "${name}": expected ${expected}, received ${received} at position ${i}.`)
  }
}

/** The source of the data of JSON tensors. */
interface JsonLists {
  read(name: string, dtype: DataType, shape: readonly number[], inline: unknown): TypedArray
  /** @throws RequestFailure if a list was not read. */
  finish(): void
}

/** Lists that an outline left out. A list that is never read may not be valid JSON. */
function listsOf({ lists, listAt }: Outline): JsonLists {
  const unread = new Set(lists.keys())
  return {
    read(name, dtype, shape, inline) {
      const index = listAt(inline)
      const list = index === undefined ? undefined : lists[index]
      if (index === undefined || list === undefined) return readJsonData(name, dtype, shape, inline)
      unread.delete(index)
      return readJsonList(name, dtype, shape, list)
    },
    finish() {
      if (unread.size > 0) throw refused('lists of numbers only as "data" of inputs', 'others')
    },
  }
}

/** JSON data with codes for names of categories. @throws RequestFailure (400) if a name is unknown. */
function coded(name: string, data: unknown, shape: readonly number[], { categories = {} }: Expected): unknown {
  const names = Object.hasOwn(categories, name) ? categories[name] : undefined
  if (names === undefined) return data
  try {
    return withCategoryCodes(data, names, shape.at(-1) ?? 1)
  } catch (error) {
    if (error instanceof RangeError) throw new RequestFailure(400, `input "${name}": ${error.message}.`)
    throw error
  }
}

function readInput(given: unknown, expected: Expected, lists: JsonLists, binary: BinaryPart): [string, TensorValue] {
  if (!isObject(given)) throw refused('inputs that are objects {"name", "shape", "datatype", "data"}', kindOf(given))
  const { inputs, maxElements } = expected
  const name = own(given, 'name')
  const input = inputs.find((each) => each.name === name)
  if (input === undefined) throw refused(`inputs named ${inputs.map((each) => `"${each.name}"`).join(', ')}`, kindOf(name))
  const { name: known, dtype } = input
  const datatype = own(given, 'datatype')
  if (dtype === undefined || datatype !== datatypeOf(dtype)) {
    throw new RequestFailure(400, `input "${known}": expected datatype "${datatypeOf(dtype)}", received ${kindOf(datatype)}.`)
  }
  const shape = shapeOf(known, own(given, 'shape'), maxElements)
  const parameters = parametersOf(given, `input "${known}"`)
  refuseExtensions(parameters, `input "${known}"`)
  const size = own(parameters, 'binary_data_size')
  const inline = own(given, 'data')
  if (size !== undefined && inline !== undefined)
    throw new RequestFailure(400, `input "${known}": expected "data" or binary_data_size, received both.`)
  if (size === undefined) return [known, { dtype, shape, data: lists.read(known, dtype, shape, coded(known, inline, shape, expected)) }]
  const data = binary.take(known, size, dtype, shape)
  checkNumbers(known, dtype, data)
  return [known, { dtype, shape, data }]
}

/** Splits a body into its JSON and its binary tensors. */
function divide(body: Uint8Array, headerLength: string | undefined): { json: Buffer; binary: Uint8Array } {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (headerLength === undefined) return { json: buffer, binary: buffer.subarray(buffer.length) }
  const length = /^\d{1,15}$/.test(headerLength) ? Number(headerLength) : -1
  if (length < 0 || length > buffer.length) {
    throw refused(`Inference-Header-Content-Length from 0 to ${buffer.length}, the length of the body`, kindOf(headerLength))
  }
  return { json: buffer.subarray(0, length), binary: buffer.subarray(length) }
}

function readDocument(outlined: Outline, binary: Uint8Array, expected: Expected): InferRequest {
  const { document: request } = outlined
  const lists = listsOf(outlined)
  if (!isObject(request)) throw refused('an object {"inputs": [...]}', kindOf(request))
  const id = own(request, 'id')
  if (id !== undefined && typeof id !== 'string') throw refused('"id" that is a string', kindOf(id))
  const given = own(request, 'inputs')
  if (!Array.isArray(given)) throw refused('"inputs" that is an array', kindOf(given))
  if (given.length > expected.inputs.length) throw refused(`at most ${expected.inputs.length} inputs`, `${given.length}`)
  const part = new BinaryPart(binary)
  const values: Record<string, TensorValue> = {}
  for (const each of given) {
    const [name, value] = readInput(each, expected, lists, part)
    if (values[name] !== undefined) throw refused('each input once', `"${name}" twice`)
    values[name] = value
  }
  lists.finish()
  part.finish()
  return { id, values, outputs: wantedOutputs(request, expected.outputs) }
}

/** As `readDocument` with the long lists left out; undefined if anything is wrong. */
function readFast(json: Buffer, binary: Uint8Array, expected: Expected): InferRequest | undefined {
  try {
    return readDocument(outline(json), binary, expected)
  } catch (error) {
    if (error instanceof RequestFailure) return undefined
    throw error
  }
}

/**
 * Parses an inference request of the Open Inference Protocol: JSON, or JSON followed by binary tensors.
 *
 * Long lists of numbers are read directly from their bytes, with the same result as `JSON.parse`. `JSON.parse` gets only the rest, which is bounded by
 * `LIMITS`, and whole requests within these bounds in which something is wrong, to find out what.
 *
 * @param headerLength - the header Inference-Header-Content-Length; undefined without binary data.
 * @throws RequestFailure (400) that says what was expected and received.
 * @remarks Cost O(bytes).
 * @see https://github.com/kserve/open-inference-protocol, and Triton's binary tensor data extension.
 */
export function readInferRequest(body: Uint8Array, headerLength: string | undefined, expected: Expected): InferRequest {
  const { json, binary } = divide(body, headerLength)
  if (json.length > LIMITS.bytes) return readDocument(outline(json), binary, expected)
  return readFast(json, binary, expected) ?? readDocument(outline(json, Number.POSITIVE_INFINITY), binary, expected)
}
