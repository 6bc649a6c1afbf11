import type { OnnxValue } from '@equivar/export-onnx'
import { elementCount, emptyArray, ownEntry, type TensorValue } from '@equivar/tensor'
import { readBlock, sliceAxis, writeAxis, writeBlock } from './blocks.ts'
import { type BatchRecipe, isSymbol } from './recipe.ts'
import type { BatchRequest } from './request.ts'
import { RequestError } from './request-error.ts'

/** Several requests joined into one run. */
export interface JoinedRun {
  readonly feeds: Readonly<Record<string, TensorValue>>
  /** Elements in all inputs of the run. */
  readonly elements: number
  /** How many of them are padding. */
  readonly padding: number
  /**
   * Splits the outputs of the run into those of each request, without padding.
   *
   * @param outputs - all or some of the model's outputs.
   * @throws RangeError if an output does not have the joined size of the inputs.
   */
  split(outputs: Readonly<Record<string, TensorValue>>): Record<string, TensorValue>[]
}

/** For each joined size, where each request starts along it. */
type Places = ReadonlyMap<string, readonly number[]>

/** The sizes of the run: sums of joined sizes, largest values of padded sizes (both at least 1), and the sizes on which all requests agree. */
function runSizes(recipe: BatchRecipe, requests: readonly BatchRequest[]): Map<string, number> {
  const sizes = new Map((requests[0] as BatchRequest).sizes)
  for (const symbol of recipe.joined)
    sizes.set(
      symbol,
      requests.reduce((sum, request) => sum + (request.sizes.get(symbol) as number), 0),
    )
  for (const symbol of recipe.padded) sizes.set(symbol, Math.max(1, ...requests.map((request) => request.sizes.get(symbol) as number)))
  if (recipe.kind === 'union') return withPlaceholderGraph(recipe, sizes)
  for (const symbol of recipe.joined) sizes.set(symbol, Math.max(1, sizes.get(symbol) as number))
  return sizes
}

/** Adds a graph of one node with a loop to a union without nodes or edges: many operators reject empty tensors. */
function withPlaceholderGraph(recipe: BatchRecipe, sizes: Map<string, number>): Map<string, number> {
  if ([...recipe.joined].every((symbol) => sizes.get(symbol) !== 0)) return sizes
  return new Map([...sizes].map(([symbol, size]) => [symbol, recipe.joined.has(symbol) ? size + 1 : size]))
}

function placesOf(recipe: BatchRecipe, requests: readonly BatchRequest[]): Places {
  const places = new Map<string, number[]>()
  for (const symbol of recipe.joined) {
    const starts: number[] = []
    let at = 0
    for (const { sizes } of requests) {
      starts.push(at)
      at += sizes.get(symbol) as number
    }
    places.set(symbol, starts)
  }
  return places
}

/** The axis along which a value is joined, and its symbol. */
function joinedAxis({ joined }: BatchRecipe, { shape }: OnnxValue): { axis: number; symbol: string } {
  const axis = shape.findIndex((size) => isSymbol(size) && joined.has(size))
  return { axis, symbol: shape[axis] as string }
}

/** The shape of an input in a run of these sizes. All requests agree on the sizes that are not among them. */
function shapeIn(input: OnnxValue, sizes: ReadonlyMap<string, number>, sample: TensorValue): number[] {
  return input.shape.map((size, axis) => (isSymbol(size) ? (sizes.get(size) as number) : (sample.shape[axis] as number)))
}

function joinInput(
  recipe: BatchRecipe,
  input: OnnxValue,
  requests: readonly BatchRequest[],
  sizes: ReadonlyMap<string, number>,
  places: Places,
): TensorValue {
  const first = (requests[0] as BatchRequest).feeds[input.name] as TensorValue
  const bound = ownEntry(recipe.binds, input.name)
  const shape = shapeIn(input, sizes, first)
  const data = emptyArray(first.dtype, elementCount(shape))
  if (bound !== undefined) {
    const count = sizes.get(bound) as number
    data.fill((data instanceof BigInt64Array ? BigInt(count) : count) as never)
    return { dtype: first.dtype, shape, data }
  }
  const { axis, symbol } = joinedAxis(recipe, input)
  const limit = ownEntry(recipe.indices, input.name)
  // Stryker disable next-line ConditionalExpression: a union bounds indices by names of sizes only, and nothing else uses the shift.
  const shift = typeof limit === 'string' ? limit : undefined
  if (shift !== undefined) {
    // Entries that no request fills point to the placeholder graph and its node.
    const last = (sizes.get(shift) as number) - 1
    data.fill((data instanceof BigInt64Array ? BigInt(last) : last) as never)
  }
  requests.forEach((request, r) => {
    const part = request.feeds[input.name] as TensorValue
    const from = (places.get(symbol) as readonly number[])[r] as number
    const by = shift === undefined ? 0 : ((places.get(shift) as readonly number[])[r] as number)
    if (recipe.kind !== 'union') writeBlock(data, shape, from, part.data, part.shape)
    else writeAxis(data, shape, axis, from, part.data, part.shape[axis] as number, by)
  })
  return { dtype: first.dtype, shape, data }
}

function splitOutput(
  recipe: BatchRecipe,
  output: OnnxValue,
  value: TensorValue,
  requests: readonly BatchRequest[],
  sizes: ReadonlyMap<string, number>,
  places: Places,
): TensorValue[] {
  const { axis, symbol } = joinedAxis(recipe, output)
  if (value.shape[axis] !== sizes.get(symbol)) {
    throw new RangeError(
      `split: expected output "${output.name}" with ${sizes.get(symbol)} along axis ${axis} (${symbol}), received [${value.shape.join(', ')}].`,
    )
  }
  return requests.map((request, r) => {
    const shape = value.shape.map((size, a) => {
      const name = output.shape[a]
      return isSymbol(name) && (recipe.joined.has(name) || recipe.padded.has(name)) ? (request.sizes.get(name) as number) : size
    })
    const data = emptyArray(value.dtype, elementCount(shape))
    const from = (places.get(symbol) as readonly number[])[r] as number
    if (recipe.kind === 'union') sliceAxis(value.data, value.shape, axis, from, shape[axis] as number, data)
    else readBlock(value.data, value.shape, from, data, shape)
    return { dtype: value.dtype, shape, data }
  })
}

const unchanged = (sizes: ReadonlyMap<string, number>, request: BatchRequest): boolean =>
  [...sizes].every(([symbol, size]) => request.sizes.get(symbol) === size)

/** A run of one request, unchanged. */
const single = ({ outputs }: BatchRecipe, { feeds, elements }: BatchRequest): JoinedRun => ({
  feeds,
  elements,
  padding: 0,
  split: (values) => [
    Object.fromEntries(outputs.flatMap(({ name }) => (Object.hasOwn(values, name) ? [[name, values[name] as TensorValue]] : []))),
  ],
})

/**
 * Joins requests into one run.
 *
 * Law: after a run on the joined feeds, `split` gives each request the outputs that it would get alone, up to rounding. Sizes of 0 are padded to 1
 * and cropped afterwards, because some operators of ONNX Runtime reject empty tensors.
 *
 * @param requests - one or more results of `acceptRequest` with the same key; exactly one if the recipe is `alone`.
 * @throws RequestError if they cannot be joined.
 * @remarks Cost: every element is copied once; a single request is not copied.
 */
export function joinRequests(recipe: BatchRecipe, requests: readonly BatchRequest[]): JoinedRun {
  const first = requests[0]
  if (first === undefined) throw new RequestError(undefined, 'one request or more to join', 'none')
  const odd = requests.find(({ key }) => key !== first.key)
  if (odd !== undefined)
    throw new RequestError(undefined, `requests of equal sizes (${first.key})`, odd.key, 'Join those with the same key.')
  if (recipe.kind === 'alone') {
    if (requests.length === 1) return single(recipe, first)
    throw new RequestError(undefined, `one request per run, because ${recipe.reason}`, `${requests.length}`)
  }
  const sizes = runSizes(recipe, requests)
  if (requests.length === 1 && unchanged(sizes, first)) return single(recipe, first)
  const places = placesOf(recipe, requests)
  const feeds = Object.fromEntries(recipe.inputs.map((input) => [input.name, joinInput(recipe, input, requests, sizes, places)]))
  const elements = Object.values(feeds).reduce((sum, { data }) => sum + data.length, 0)
  const own = requests.reduce((sum, request) => sum + request.elements, 0)
  return {
    feeds,
    elements,
    padding: Math.max(0, elements - own),
    split: (outputs) => {
      const parts = requests.map((): Record<string, TensorValue> => ({}))
      for (const output of recipe.outputs) {
        const value = ownEntry(outputs, output.name)
        if (value === undefined) continue
        splitOutput(recipe, output, value, requests, sizes, places).forEach((part, r) => {
          ;(parts[r] as Record<string, TensorValue>)[output.name] = part
        })
      }
      return parts
    },
  }
}
