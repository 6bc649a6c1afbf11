import { type DataType, elementCount, emptyArray, type TypedArray } from '@equivar/tensor'
import { RequestFailure } from '../errors.ts'
import { flatList } from './flat-list.ts'
import { readNumberList } from './number-list.ts'
import { outline } from './outline.ts'

const [COMMA, CLOSE] = [44, 93]

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 40)

const refuse = (name: string, expected: string, received: string): never => {
  throw new RequestFailure(400, `input "${name}": expected ${expected}, received ${received}.`)
}

type Writer = (target: TypedArray, from: ArrayLike<unknown>, at: number, name: string) => void

/** Writes float32 values. Values beyond its range would become infinite and are rejected. */
const writeFloats: Writer = (target, from, at, name) => {
  for (let i = 0; i < from.length; i++) {
    const value = from[i]
    if (typeof value !== 'number') refuse(name, 'numbers', `${shown(value)} at position ${at + i}`)
    target[at + i] = value as number
    if (!Number.isFinite(target[at + i])) refuse(name, 'numbers within the range of FP32', `${value} at position ${at + i}`)
  }
}

const writeIntegers =
  (least: number, most: number, datatype: string, storeIn: (target: TypedArray) => (at: number, value: number) => void): Writer =>
  (target, from, at, name) => {
    const store = storeIn(target)
    for (let i = 0; i < from.length; i++) {
      const value = from[i]
      if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
        refuse(name, `${datatype} numbers`, `${shown(value)} at position ${at + i}`)
      }
      store(at + i, value as number)
    }
  }

const writers: Readonly<Partial<Record<DataType, Writer>>> = {
  float32: writeFloats,
  int32: writeIntegers(-(2 ** 31), 2 ** 31 - 1, 'INT32', (target) => (at, value) => {
    target[at] = value
  }),
  // Numbers of JSON are exact up to 2^53. They are written as two 32-bit halves, the low one first, because a BigInt costs ten times as much.
  int64: writeIntegers(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'INT64', (target) => {
    const halves = new Int32Array(target.buffer, target.byteOffset, 2 * target.length)
    return (at, value) => {
      halves[2 * at] = value
      halves[2 * at + 1] = Math.floor(value / 2 ** 32)
    }
  }),
  bool: (target, from, at, name) => {
    for (let i = 0; i < from.length; i++) {
      const value = from[i]
      if (typeof value !== 'boolean' && value !== 0 && value !== 1) refuse(name, 'true or false', `${shown(value)} at position ${at + i}`)
      target[at + i] = Number(value)
    }
  },
}

/** Writes arrays that are nested by the shape, in row-major order. */
function writeNested(
  write: Writer,
  target: TypedArray,
  data: unknown,
  shape: readonly number[],
  axis: number,
  at: number,
  name: string,
): void {
  const size = shape[axis] as number
  if (!Array.isArray(data) || data.length !== size) {
    refuse(name, `${size} entries along axis ${axis} of shape [${shape.join(', ')}]`, Array.isArray(data) ? `${data.length}` : shown(data))
  }
  if (axis === shape.length - 1) write(target, data as unknown[], at, name)
  else {
    const rows = elementCount(shape.slice(axis + 1))
    ;(data as unknown[]).forEach((row, i) => {
      writeNested(write, target, row, shape, axis + 1, at + i * rows, name)
    })
  }
}

/**
 * Converts the JSON data of a tensor, flat or nested by the shape.
 *
 * @param shape - already checked: whole numbers with a product within the limit.
 * @throws RequestFailure (400) that names the input and the position.
 */
export function readJsonData(name: string, dtype: DataType, shape: readonly number[], data: unknown): TypedArray {
  const write = writers[dtype]
  if (write === undefined) throw new RequestFailure(400, `input "${name}": expected FP16 as binary data, received JSON, which has no FP16.`)
  const count = elementCount(shape)
  const flat = Array.isArray(data) && data.length === count && !Array.isArray(data[0])
  if (!flat && (shape.length <= 1 || !Array.isArray(data) || !Array.isArray(data[0]))) {
    refuse(name, `data of ${count} numbers for shape [${shape.join(', ')}]`, Array.isArray(data) ? `${data.length}` : shown(data))
  }
  const target = emptyArray(dtype, count)
  if (flat) write(target, data as unknown[], 0, name)
  else writeNested(write, target, data, shape, 0, 0, name)
  return target
}

/** Lists of at most this many bytes are parsed by `JSON.parse` to find an error. */
const SHORT = 2 ** 16

const isNested = (list: Buffer): boolean => /^\[\s*\[/.test(list.toString('latin1', 0, 64))

/** The text of an element from `at` on, shortened. */
function elementAt(list: Buffer, at: number): string {
  const end = list.subarray(at).findIndex((byte) => byte === COMMA || byte === CLOSE)
  return list.toString('utf8', at, Math.min(at + 40, end < 0 ? list.length : at + end)).trim()
}

/** Refuses a long flat list that is not `count` numbers: its first element that is not a number, or its length. */
function refuseList(name: string, count: number, shape: readonly number[], list: Buffer): never {
  let [position, start] = [0, 1]
  for (let at = 1; at < list.length; at++) {
    const byte = list[at] as number
    if (byte !== COMMA && at < list.length - 1) continue
    const text = list.toString('latin1', start, Math.min(at, start + 400)).trim()
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text))
      return refuse(name, 'numbers', `${elementAt(list, start)} at position ${position}`)
    position++
    start = at + 1
  }
  return refuse(name, `data of ${count} numbers for shape [${shape.join(', ')}]`, `${position}`)
}

/**
 * As `readJsonData`, for the bytes of a list with its brackets.
 *
 * @throws RequestFailure (400) if it is not a JSON list, has a wrong length or holds elements of a wrong type.
 */
export function readJsonList(name: string, dtype: DataType, shape: readonly number[], list: Buffer): TypedArray {
  const count = elementCount(shape)
  const write = writers[dtype]
  if (write === undefined) return readJsonData(name, dtype, shape, [])
  const nested = isNested(list)
  const flat = nested || dtype === 'bool' || count === 0 ? flatList(list, nested ? shape : [count]) : list
  const numbers = typeof flat === 'number' ? undefined : readFlat(flat, count, dtype)
  if (numbers === undefined) {
    if (list.length <= SHORT) return readJsonData(name, dtype, shape, outline(list, Number.POSITIVE_INFINITY).document)
    if (typeof flat !== 'number') return refuseList(name, count, shape, flat)
    return refuse(
      name,
      `data of ${count} numbers for shape [${shape.join(', ')}], flat or nested by it`,
      `${elementAt(list, flat) || ']'} at byte ${flat} of the list`,
    )
  }
  const target = numbers instanceof Float32Array ? numbers : emptyArray(dtype, count)
  write(target, numbers, 0, name)
  return target
}

/** The numbers of a flat list; undefined if it is not `count` numbers. */
const readFlat = (flat: Buffer, count: number, dtype: DataType): Float32Array | Float64Array | undefined =>
  count === 0 ? new Float64Array(0) : readNumberList(flat, count, dtype === 'float32' ? Float32Array : Float64Array)
