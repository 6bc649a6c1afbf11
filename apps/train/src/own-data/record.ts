import { UsageError } from '../errors.ts'
import { flatten, type Nested } from '../predict/numbers.ts'
import { type Example, type ExampleEdges, type ExampleKind, type Numbers, type Part, parts, type Target } from './example.ts'

/** An example by its keys, as in a line of newline-delimited JSON: the inputs of a model without the batch axis, and what is to be predicted. */
export type ExampleRecord = Readonly<Record<string, unknown>>

const inputKeys = ['x', 'edge_index', 'edge_attr', 'adj'] as const
const targetKeys = ['label', 'y', 'labels', 'ys', 'chosen'] as const
const knownKeys: readonly string[] = [...inputKeys, ...targetKeys, 'split', 'mask', 'batch', 'num_graphs']

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

function numbersOf(value: unknown, where: string, key: string): Numbers {
  const { shape, numbers } = flatten(value as Nested, `${where}: "${key}"`)
  return { shape, data: Float32Array.from(numbers) }
}

/** The kind that the keys and the rank of x stand for. */
export function kindOf(record: ExampleRecord, where: string): ExampleKind {
  if (record.adj !== undefined) return 'dense graph'
  const rank = numbersOf(record.x, where, 'x').shape.length
  if (record.edge_index !== undefined) return isGiven(record.labels) || isGiven(record.ys) ? 'nodes' : 'graph'
  return kindOfRank(rank, where)
}

/** The kind of examples without edges that the rank of x stands for. @throws UsageError if there is none. */
export function kindOfRank(rank: number, where: string): ExampleKind {
  const kind = ({ 2: 'set', 3: 'image', 4: 'image set' } as const)[rank]
  if (kind !== undefined) return kind
  throw new UsageError(
    `${where}: expected x of a set [elements, channels], an image [channels, height, width] or a set of images [set, channels, height, width], received ${rank} axes`,
  )
}

const textOf = (value: unknown, where: string, key: string): string => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new UsageError(`${where}: expected "${key}" to be text or a number, received ${JSON.stringify(value)?.slice(0, 40)}`)
}

function targetOf(record: ExampleRecord, where: string): Target {
  const given = targetKeys.filter((key) => isGiven(record[key]))
  const [key] = given
  if (key === undefined || given.length > 1)
    throw new UsageError(`${where}: expected one of ${targetKeys.join(', ')}, received ${given.length === 0 ? 'none' : given.join(', ')}`)
  const value = record[key]
  switch (key) {
    case 'label':
      return { kind: 'label', label: textOf(value, where, key) }
    case 'y': {
      const { shape, data } = numbersOf(value, where, key)
      if (shape.length > 1)
        throw new UsageError(`${where}: expected "y" to be a number or a list of numbers, received ${shape.length} axes`)
      return { kind: 'y', y: Array.from(data) }
    }
    case 'labels':
      if (!Array.isArray(value))
        throw new UsageError(`${where}: expected "labels" to be a list, received ${JSON.stringify(value)?.slice(0, 40)}`)
      return { kind: 'labels', labels: value.map((one) => (one === null ? undefined : textOf(one, where, key))) }
    case 'ys': {
      const { shape, data } = numbersOf(unknownAsNaN(value), where, key)
      if (shape.length !== 1 && shape.length !== 2)
        throw new UsageError(`${where}: expected "ys" to be a list of numbers or of lists of numbers, received ${shape.length} axes`)
      return { kind: 'ys', ys: { shape: shape.length === 1 ? [...shape, 1] : shape, data } }
    }
    case 'chosen':
      return { kind: 'chosen', element: Number(value) }
  }
}

/** `null` in a list of numbers is a number that is not known. */
const unknownAsNaN = (value: unknown): unknown => (value === null ? Number.NaN : Array.isArray(value) ? value.map(unknownAsNaN) : value)

function edgesOf(record: ExampleRecord, where: string): ExampleEdges | undefined {
  if (record.edge_index === undefined) return undefined
  const { shape, data } = numbersOf(record.edge_index, where, 'edge_index')
  // An example without edges is written as [[], []] or [].
  const count = shape[1] ?? 0
  if (shape.length > 2 || (shape[0] !== 2 && data.length > 0) || !data.every(Number.isInteger))
    throw new UsageError(`${where}: expected "edge_index" [2, edges] of whole numbers, sources and targets, received [${shape}]`)
  const ends = { sources: Int32Array.from(data.subarray(0, count)), targets: Int32Array.from(data.subarray(count)) }
  if (record.edge_attr === undefined) return ends
  const attributes = numbersOf(record.edge_attr, where, 'edge_attr')
  return { ...ends, attributes: attributes.shape.length === 1 ? { ...attributes, shape: [...attributes.shape, 1] } : attributes }
}

/** The names of the parts in files. */
export const partNames: Readonly<Record<string, Part>> = { train: 'train', validation: 'validation', val: 'validation', test: 'test' }

/** The part of that name. @param key - the key or the column that has the name. @throws UsageError if there is no such part. */
export function partNamed(name: unknown, where: string, key: string): Part {
  const part = partNames[String(name)]
  if (part !== undefined) return part
  throw new UsageError(`${where}: expected "${key}" to be ${parts.join(', ')}, received ${JSON.stringify(name)}`)
}

/**
 * Reads an example from its keys.
 *
 * @param kind - the kind of the data set, if it is known: the shape of x is checked later.
 * @throws UsageError that names the place, the key and what was expected.
 */
export function exampleOf(record: unknown, where: string): Example {
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw new UsageError(
      `${where}: expected an object such as {"x": [[1, 2], [3, 4]], "label": "a"}, received ${JSON.stringify(record)?.slice(0, 40)}`,
    )
  const given = record as ExampleRecord
  const unknown = Object.keys(given).find((key) => !knownKeys.includes(key))
  if (unknown !== undefined)
    throw new UsageError(
      `${where}: expected keys among ${[...inputKeys, ...targetKeys, 'split'].join(', ')}, received ${JSON.stringify(unknown)}`,
    )
  if (given.x === undefined) throw new UsageError(`${where}: expected "x", received ${Object.keys(given).join(', ') || 'no key'}`)
  const edges = edgesOf(given, where)
  const part = given.split === undefined ? undefined : partNamed(given.split, where, 'split')
  return {
    where,
    x: numbersOf(given.x, where, 'x'),
    ...(edges === undefined ? {} : { edges }),
    ...(given.adj === undefined ? {} : { adjacency: numbersOf(given.adj, where, 'adj') }),
    target: targetOf(given, where),
    ...(part === undefined ? {} : { part }),
  }
}
