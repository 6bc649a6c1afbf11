import type { OnnxValue } from '@equivar/export-onnx'
import { type DataType, elementCount, emptyArray, firstOutside, ownEntry, type TensorValue, type TypedArray } from '@equivar/tensor'
import { type BatchRecipe, isSymbol } from './recipe.ts'
import { RequestError } from './request-error.ts'

/** The tensors of one request, checked and complete. */
export interface BatchRequest {
  readonly feeds: Readonly<Record<string, TensorValue>>
  /** The values of the symbolic sizes. */
  readonly sizes: ReadonlyMap<string, number>
  /** How many examples it holds; 1 if no size counts them. */
  readonly rows: number
  /** Requests with the same key can be joined. */
  readonly key: string
  /** Elements in all inputs. */
  readonly elements: number
  /** Elements of one example. Requests of similar extent need little padding. */
  readonly extent: number
}

/** Limits of a request. */
export interface AcceptOptions {
  /** Largest number of elements in all inputs together, where a size of 0 counts as 1; no limit by default. */
  readonly maxElements?: number
}

const described = ({ dtype, shape }: OnnxValue): string => `${dtype ?? 'unknown type'} [${shape.join(', ')}]`
const shown = ({ dtype, shape }: TensorValue): string => `${dtype} [${shape.join(', ')}]`

/** Adds the sizes of one input to `sizes`. @throws RequestError if they contradict the file or another input. */
function bindSizes(input: OnnxValue, value: TensorValue, sizes: Map<string, number>): void {
  const { name, shape } = input
  if (input.dtype !== undefined && value.dtype !== input.dtype) throw new RequestError(name, described(input), shown(value))
  if (value.shape.length !== shape.length) {
    throw new RequestError(name, described(input), shown(value), `It must have ${shape.length} axes, not ${value.shape.length}.`)
  }
  for (const [axis, expected] of shape.entries()) {
    const size = value.shape[axis] as number
    if (!Number.isSafeInteger(size) || size < 0) throw new RequestError(name, 'sizes that are whole numbers', `[${value.shape.join(', ')}]`)
    if (typeof expected === 'number' && expected !== size) {
      throw new RequestError(name, described(input), shown(value), `Axis ${axis} must be ${expected}.`)
    }
    if (!isSymbol(expected)) continue
    const known = sizes.get(expected)
    if (known !== undefined && known !== size) {
      throw new RequestError(name, described(input), shown(value), `Axis ${axis} is ${expected}, which is ${known} in another input.`)
    }
    sizes.set(expected, size)
  }
}

function checkedArray(name: string, { dtype, shape, data }: TensorValue): TypedArray {
  const count = elementCount(shape)
  if (data.length !== count) throw new RequestError(name, `${count} numbers for shape [${shape.join(', ')}]`, `${data.length}`)
  return dtype === 'float32' && data instanceof Float64Array ? Float32Array.from(data) : data
}

function checkIndices(recipe: BatchRecipe, feeds: Readonly<Record<string, TensorValue>>, sizes: ReadonlyMap<string, number>): void {
  for (const [name, bound] of Object.entries(recipe.indices)) {
    const { data } = feeds[name] as TensorValue
    const limit = typeof bound === 'number' ? bound : (sizes.get(bound) as number)
    const at = firstOutside(data, limit)
    if (at === -1) continue
    const below = typeof bound === 'number' ? `${limit}` : `${bound} = ${limit}`
    throw new RequestError(name, `indices of at least 0 and below ${below}`, `${data[at]} at position ${at}`)
  }
}

const scalar = (dtype: DataType, value: number): TensorValue => {
  const data = emptyArray(dtype, 1)
  data.fill((data instanceof BigInt64Array ? BigInt(value) : value) as never)
  return { dtype, shape: [], data }
}

const filled = (dtype: DataType, shape: readonly number[], value: 0 | 1): TensorValue => {
  const data = emptyArray(dtype, elementCount(shape))
  if (value !== 0) data.fill((data instanceof BigInt64Array ? 1n : 1) as never)
  return { dtype, shape, data }
}

/** One more than the largest element; 1 for an empty array. */
function countOf(data: TypedArray): number {
  let most = 0
  for (const value of data) most = Math.max(most, Number(value))
  return most + 1
}

/** The default of an omitted input: a mask that is true everywhere, `batch` for one graph, or the number of graphs; undefined if there is none. */
function defaultInput(
  recipe: BatchRecipe,
  input: OnnxValue,
  feeds: Readonly<Record<string, TensorValue>>,
  sizes: ReadonlyMap<string, number>,
): TensorValue | undefined {
  const { name, dtype, shape } = input
  if (dtype === undefined) return undefined
  if (Object.hasOwn(recipe.binds, name) && shape.length === 0)
    return scalar(dtype, feeds.batch === undefined ? 1 : countOf(feeds.batch.data))
  if (name !== 'mask' && !(name === 'batch' && typeof recipe.indices.batch === 'string')) return undefined
  const known = shape.map((size) => (typeof size === 'number' ? size : sizes.get(size)))
  if (known.includes(undefined)) return undefined
  return filled(dtype, known as number[], name === 'mask' ? 1 : 0)
}

/** Adds omitted inputs. */
function complete(recipe: BatchRecipe, feeds: Record<string, TensorValue>, sizes: Map<string, number>, limit: number): void {
  const missing = recipe.inputs.filter(({ name }) => !Object.hasOwn(feeds, name))
  if (missing.length > 0) checkElements(feeds, sizes, missing, limit)
  for (const input of missing) {
    const value = defaultInput(recipe, input, feeds, sizes)
    if (value === undefined) {
      const given = Object.keys(feeds).join(', ') || 'nothing'
      throw new RequestError(undefined, `"${input.name}" ${described(input)}`, given, `Add "${input.name}".`)
    }
    feeds[input.name] = value
    bindSizes(input, value, sizes)
  }
}

/** @throws RequestError if all inputs, including the omitted ones, have too many elements. */
function checkElements(
  feeds: Readonly<Record<string, TensorValue>>,
  sizes: ReadonlyMap<string, number>,
  missing: readonly OnnxValue[],
  limit: number,
): void {
  const atLeastOne = (shape: readonly number[]): number => shape.reduce((n, size) => n * Math.max(1, size), 1)
  const given = Object.values(feeds).reduce((sum, { shape }) => sum + atLeastOne(shape), 0)
  const added = missing.reduce(
    (sum, { shape }) => sum + atLeastOne(shape.map((size) => (typeof size === 'number' ? size : (sizes.get(size) ?? 1)))),
    0,
  )
  if (given + added > limit) {
    throw new RequestError(
      undefined,
      `at most ${limit} numbers (a size of 0 counts as 1)`,
      `${given + added}`,
      'Send fewer or smaller examples in one request.',
    )
  }
}

/** Binds the sizes that scalar inputs give, such as `num_graphs`. */
function bindCounts(recipe: BatchRecipe, feeds: Readonly<Record<string, TensorValue>>, sizes: Map<string, number>): void {
  for (const [name, symbol] of Object.entries(recipe.binds)) {
    const value = ownEntry(feeds, name)
    if (value === undefined) continue
    const count = Number(value.data[0])
    const known = sizes.get(symbol)
    if (!Number.isSafeInteger(count) || count < 0) throw new RequestError(name, `a number of ${symbol}`, `${value.data[0]}`)
    if (known !== undefined && known !== count) throw new RequestError(name, `${known}, as in another input`, `${count}`)
    sizes.set(symbol, count)
  }
}

/**
 * Checks the tensors of one request and adds omitted inputs: `mask` (true everywhere), `batch` (one graph), `num_graphs`.
 *
 * @param values - by input name; float64 values are converted to float32.
 * @throws RequestError that names the input, what was expected and what was received.
 * @remarks Cost O(1), plus one check per index: in a joined run, an invalid index would read another request's graph.
 */
export function acceptRequest(
  recipe: BatchRecipe,
  values: Readonly<Record<string, TensorValue>>,
  { maxElements = Number.POSITIVE_INFINITY }: AcceptOptions = {},
): BatchRequest {
  const sizes = new Map<string, number>()
  // Without a prototype, an input may have any name.
  const feeds: Record<string, TensorValue> = Object.create(null)
  const names = recipe.inputs.map(({ name }) => name)
  const unknown = Object.keys(values).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new RequestError(undefined, `inputs among ${names.join(', ')}`, `"${unknown}"`)
  for (const input of recipe.inputs) {
    const value = ownEntry(values, input.name)
    if (value === undefined) continue
    bindSizes(input, value, sizes)
    const data = checkedArray(input.name, value)
    feeds[input.name] = data === value.data ? value : { ...value, data }
  }
  bindCounts(recipe, feeds, sizes)
  complete(recipe, feeds, sizes, maxElements)
  bindCounts(recipe, feeds, sizes)
  checkElements(feeds, sizes, [], maxElements)
  for (const count of Object.values(recipe.binds)) {
    if ((sizes.get(count) as number) > maxElements)
      throw new RequestError(undefined, `at most ${maxElements} ${count}`, `${sizes.get(count)}`)
  }
  checkIndices(recipe, feeds, sizes)
  return summary(recipe, feeds, sizes)
}

function summary(recipe: BatchRecipe, feeds: Readonly<Record<string, TensorValue>>, sizes: ReadonlyMap<string, number>): BatchRequest {
  const rows = recipe.rows === undefined ? 1 : (sizes.get(recipe.rows) as number)
  let [elements, extent, key] = [0, 0, '']
  for (const { name, shape } of recipe.inputs) {
    const value = feeds[name] as TensorValue
    elements += value.data.length
    let each = 1
    for (const [axis, size] of shape.entries()) {
      const joins = isSymbol(size) && recipe.joined.has(size)
      if (!joins) each *= value.shape[axis] as number
      if (typeof size === 'string' && !joins && !recipe.padded.has(size)) key += `${size}=${value.shape[axis]};`
    }
    extent += each
  }
  return { feeds, sizes, rows, key, elements, extent }
}
