import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type NumpyArray, type NumpyTexts, parseNpzWithTexts, toTensorValue } from '@equivar/datasets'
import { elementCount } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import type { Example, ExampleKind, Examples, Numbers, Part, Target } from './example.ts'
import { kindOfRank, partNamed } from './record.ts'

/** An array whose first axis counts examples. */
interface Column {
  /** Without the axis of examples. */
  readonly shape: readonly number[]
  readonly entries: ArrayLike<number> | readonly string[]
  readonly isText: boolean
}

const keys = ['x', 'adj', 'mask', 'label', 'y', 'labels', 'ys', 'chosen', 'split'] as const
type Key = (typeof keys)[number]
type Columns = Readonly<Partial<Record<Key, Column>>>

const numbersIn = (array: NumpyArray): ArrayLike<number> =>
  array.dtype === 'float16'
    ? (toTensorValue(array, 'float32').data as Float32Array)
    : Float64Array.from(array.data as ArrayLike<number | bigint>, Number)

/** The arrays, by key. @throws UsageError if a name is unknown, or the numbers of examples differ. */
function columnsOf(arrays: Readonly<Record<string, NumpyArray | NumpyTexts>>, file: string): { columns: Columns; count: number } {
  const count = arrays.x?.shape[0]
  if (count === undefined)
    throw new UsageError(
      `${file}: expected an array "x" whose first axis counts examples, received ${Object.keys(arrays).join(', ') || 'none'}`,
    )
  const columns: Partial<Record<Key, Column>> = {}
  for (const [name, array] of Object.entries(arrays)) {
    const key = keys.find((each) => each === name)
    const advice = name.startsWith('edge_') ? '; write graphs with lists of edges as newline-delimited JSON, or adj' : ''
    if (key === undefined) throw new UsageError(`${file}: expected arrays among ${keys.join(', ')}, received "${name}"${advice}`)
    if (array.shape[0] !== count)
      throw new UsageError(`${file}: expected ${count} examples in "${name}", as in "x", received ${array.shape[0] ?? 'one number'}`)
    const isText = array.dtype === 'text'
    columns[key] = { shape: array.shape.slice(1), isText, entries: isText ? array.data : numbersIn(array) }
  }
  return { columns, count }
}

/** One entry of the axis of examples, as numbers. @throws UsageError for texts. */
function numbersAt({ shape, entries, isText }: Column, i: number, name: Key, file: string): Numbers {
  if (isText) throw new UsageError(`${file}: expected numbers in "${name}", received texts`)
  const size = elementCount(shape)
  return { shape, data: Float32Array.from({ length: size }, (_, k) => entries[i * size + k] as number) }
}

/** One entry of the axis of examples, as names of classes: whole numbers, or texts, of which an empty one is not known. */
function namesAt({ shape, entries }: Column, i: number): (string | undefined)[] {
  const size = elementCount(shape)
  return Array.from({ length: size }, (_, k) => entries[i * size + k] as number | string).map((name) =>
    name === '' || Number.isNaN(name) ? undefined : String(name),
  )
}

/** Some rows along the first axes. @param axes - how many axes count elements. */
function picked({ shape, data }: Numbers, rows: readonly number[], axes: number): Numbers {
  if (axes === 0) return { shape, data }
  const inner = data.length / (shape[0] as number)
  const parts = rows.map((row) => picked({ shape: shape.slice(1), data: data.subarray(row * inner, (row + 1) * inner) }, rows, axes - 1))
  const size = parts[0]?.data.length ?? 0
  const joined = new Float32Array(rows.length * size)
  for (const [i, part] of parts.entries()) joined.set(part.data, i * size)
  return { shape: [rows.length, ...(parts[0]?.shape ?? shape.slice(1))], data: joined }
}

/** Where the mask is true. @throws UsageError if it does not have an entry for each row of x, or none is true. */
function elementsOf(mask: Numbers, x: Numbers, where: string): number[] {
  if (mask.shape.length !== 1 || mask.shape[0] !== x.shape[0])
    throw new UsageError(`${where}: expected "mask" of shape [examples, ${x.shape[0]}], received [examples, ${mask.shape.join(', ')}]`)
  const rows = Array.from(mask.data.keys()).filter((row) => mask.data[row] !== 0)
  if (rows.length === 0) throw new UsageError(`${where}: expected an element that exists, received a mask that is false everywhere`)
  return rows
}

/** What is to be predicted. A list of classes with one entry for each example, or of texts, is its class, whatever its name. */
function targetAt(columns: Columns, i: number, rows: readonly number[] | undefined, where: string): Target {
  const { label, y, labels, ys, chosen } = columns
  const given = Object.entries({ label, y, labels, ys, chosen }).filter(([, column]) => column !== undefined)
  if (given.length !== 1)
    throw new UsageError(
      `${where}: expected one of label, y, labels, ys, chosen, received ${given.map(([name]) => name).join(', ') || 'none'}`,
    )
  const known = label ?? (y?.isText === true ? y : undefined) ?? (labels?.shape.length === 0 ? labels : undefined)
  if (known !== undefined) {
    const [name] = namesAt(known, i)
    if (name === undefined || elementCount(known.shape) !== 1) throw new UsageError(`${where}: expected one class for each example`)
    return { kind: 'label', label: name }
  }
  const kept = <Value>(values: readonly Value[]): readonly Value[] =>
    rows === undefined ? values : rows.map((row) => values[row] as Value)
  if (labels !== undefined) return { kind: 'labels', labels: kept(namesAt(labels, i)) }
  if (y !== undefined) return { kind: 'y', y: Array.from(numbersAt(y, i, 'y', where).data) }
  if (ys !== undefined) {
    const { shape, data } = numbersAt(ys, i, 'ys', where)
    const all = { shape: shape.length === 1 ? [...shape, 1] : shape, data }
    return { kind: 'ys', ys: rows === undefined ? all : picked(all, rows, 1) }
  }
  const element = numbersAt(chosen as Column, i, 'chosen', where).data[0] as number
  return { kind: 'chosen', element: rows === undefined ? element : rows.indexOf(element) }
}

function exampleAt(columns: Columns, i: number, kind: ExampleKind, file: string): Example {
  const where = `${file}, example ${i}`
  const x = numbersAt(columns.x as Column, i, 'x', file)
  const rows = columns.mask === undefined ? undefined : elementsOf(numbersAt(columns.mask, i, 'mask', file), x, where)
  const adjacency = columns.adj === undefined ? undefined : numbersAt(columns.adj, i, 'adj', file)
  const part: Part | undefined = columns.split === undefined ? undefined : partNamed(namesAt(columns.split, i)[0], where, 'split')
  if (rows !== undefined && kind === 'image') throw new UsageError(`${where}: expected sets or graphs beside "mask", received an image`)
  return {
    where,
    x: rows === undefined ? x : picked(x, rows, 1),
    ...(adjacency === undefined ? {} : { adjacency: rows === undefined ? adjacency : picked(adjacency, rows, 2) }),
    target: targetAt(columns, i, rows, where),
    ...(part === undefined ? {} : { part }),
  }
}

/**
 * Reads examples from a NumPy archive: arrays by the keys of newline-delimited JSON, with a first axis of examples. Elements where `mask` is false do not exist.
 *
 * @throws UsageError or FormatError that names the file, the example and the array.
 */
export async function readNpz(path: string): Promise<Examples> {
  const file = basename(path)
  const { columns, count } = columnsOf(parseNpzWithTexts(await readFile(path), file, { maxBytes: 2 ** 33 }), file)
  const kind = columns.adj === undefined ? kindOfRank((columns.x as Column).shape.length, file) : 'dense graph'
  return { kind, examples: Array.from({ length: count }, (_, i) => exampleAt(columns, i, kind, file)) }
}
