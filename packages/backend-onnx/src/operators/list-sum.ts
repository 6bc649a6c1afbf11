import { type ComposedOperator, type GraphBuilder, recordLoop } from '@equivar/export-onnx'
import { type Dimension, elementCount, Node, symbol, type Tensor } from '@equivar/tensor'
import { addLists, type ListSumAttributes, PARTS_PER_CHUNK } from './list-sum-reference.ts'

/** What a sum over lists reads. */
export interface ListSumInputs {
  /** float32 [rows, ...row]. */
  readonly source: Tensor
  /** int64 [entries]: the rows of each list, chunk by chunk; `rows` stands for nothing, rows + 1 + k for the sum of part k. */
  readonly entries: Tensor
  /** int64 [chunks + 1]: where the entries of each chunk begin. */
  readonly bounds: Tensor
  /** int64 [2]: the shape of a chunk's entries, [lists, -1]. */
  readonly chunkShape: Tensor
  /** int64 [results]: which list, in the order of the chunks, each result adds up. */
  readonly places: Tensor
  /** int64 [chunks, PARTS_PER_CHUNK, length]: full parts of long lists. */
  readonly parts: Tensor
  /** Factors of the rows: float32 [edges, ...] whose rows are broadcast to those of the source, and which is read where; see entries and parts. */
  readonly weights?: { readonly values: Tensor; readonly entries: Tensor; readonly parts: Tensor }
}

/** Names of a source with, or without, its weights, and of the tables that say which rows are read. */
interface Read {
  readonly source: string
  readonly at: string
  readonly weights?: WeightsRead | undefined
}

interface WeightsRead {
  readonly values: string
  readonly at: string
  /** The size of a row's last axis, if each weight goes with all of it and it is short. */
  readonly repeated: number | undefined
}

/** Axes up to this size are short. */
const SHORT_AXIS = 32

/**
 * The weights that a table of indices names, repeated along a short axis by a product with a row of ones, which adds nothing up: ONNX Runtime (1.30) broadcasts
 * along short axes slowly. One thread, 10,240 rows of 64 numbers, broadcast and repeated, ms: 64 / 4 weights 1.8 and 0.65, 64 / 8 1.0 and 0.52, 64 / 16 0.70 and 0.48,
 * 64 / 32 0.52 and 0.38, one 0.42 and 0.40.
 */
function weightsRead(graph: GraphBuilder, { values, at, repeated }: WeightsRead): string {
  const read = graph.emit('Gather', [values, at])
  if (repeated === undefined) return read
  return graph.emit('MatMul', [read, graph.constant('float32', [1, repeated], new Float64Array(repeated).fill(1))])
}

/** The size of the last axis, if it is short and has one weight. */
function repeatedAxis(row: readonly number[], weightRow: readonly number[]): number | undefined {
  const last = row.at(-1) ?? 1
  return last > 1 && last <= SHORT_AXIS && weightRow.at(-1) === 1 ? last : undefined
}

/** The sums of the rows that each row of a table of indices names. */
function sumOfRead(graph: GraphBuilder, { source, at, weights }: Read): string {
  const rows = graph.emit('Gather', [source, at])
  const scaled = weights === undefined ? rows : graph.emit('Mul', [rows, weightsRead(graph, weights)])
  return graph.emit('ReduceSum', [scaled, graph.integers([1])], { keepdims: { int: 0 } })
}

const lengthOf = (graph: GraphBuilder, x: string): string =>
  graph.emit('Squeeze', [graph.emit('Shape', [x], { start: { int: 0 }, end: { int: 1 } })])

/** The sums of chunks of lists, one below the other. @param own - the table of a chunk. */
function sumsOfChunks(
  graph: GraphBuilder,
  { source, at, weights }: Read,
  { trip, rows, row }: { readonly trip: string; readonly rows: Dimension; readonly row: readonly number[] },
  own: (inner: GraphBuilder, iteration: string, table: string) => string,
): string {
  const all = recordLoop(graph, trip, { dtype: 'float32', shape: [rows, ...row] }, (inner, iteration) => {
    const ofChunk = (table: string): string => own(inner, iteration, table)
    return sumOfRead(inner, { source, at: ofChunk(at), weights: weights && { ...weights, at: ofChunk(weights.at) } })
  })
  return graph.emit('Reshape', [all, graph.integers([-1, ...row])])
}

/** The sums of full parts, [parts, ...row]; none takes no time. */
function sumsOfParts(graph: GraphBuilder, read: Read, row: readonly number[]): string {
  const chunks = { trip: lengthOf(graph, read.at), rows: PARTS_PER_CHUNK, row }
  return sumsOfChunks(graph, read, chunks, (inner, chunk, table) => inner.emit('Gather', [table, chunk]))
}

/** The sums of all lists, [chunks * lists, ...row]. */
function sumsOfLists(
  graph: GraphBuilder,
  read: Read,
  { bounds, chunkShape }: { readonly bounds: string; readonly chunkShape: string },
  row: readonly number[],
): string {
  const trip = graph.emit('Sub', [lengthOf(graph, bounds), graph.scalar('int64', 1)])
  return sumsOfChunks(graph, read, { trip, rows: symbol('lists'), row }, (inner, iteration, table) => {
    const chunk = inner.emit('Reshape', [iteration, inner.integers([1])])
    const bound = (k: string): string => inner.emit('Gather', [bounds, k])
    const [start, end] = [bound(chunk), bound(inner.emit('Add', [chunk, inner.integers([1])]))]
    const piece = inner.emit('Slice', [table, start, end, inner.integers([0])])
    return inner.emit('Reshape', [piece, chunkShape])
  })
}

/** One row of a number, float32 [1, ...row]. */
const rowOf = (graph: GraphBuilder, row: readonly number[], value: number): string =>
  graph.constant('float32', [1, ...row], new Float64Array(elementCount(row)).fill(value))

function write(graph: GraphBuilder, inputs: readonly string[], { row, weightRow }: ListSumAttributes): string {
  const [source, entries, bounds, chunkShape, places, parts, weights, weightEntries, weightParts] = inputs as [
    string,
    string,
    string,
    string,
    string,
    string,
    ...string[],
  ]
  const joined = (...all: readonly string[]): string => graph.emit('Concat', all, { axis: { int: 0 } })
  const repeated = weightRow === undefined ? undefined : repeatedAxis(row, weightRow)
  const factors = (at: string | undefined): Read['weights'] => {
    if (weights === undefined || weightRow === undefined || at === undefined) return undefined
    return { values: joined(weights, rowOf(graph, weightRow, 0), rowOf(graph, weightRow, 1)), at, repeated }
  }
  const ofParts = sumsOfParts(
    graph,
    { source, at: parts, weights: weightParts && weights ? { values: weights, at: weightParts, repeated } : undefined },
    row,
  )
  const whole = joined(source, rowOf(graph, row, 0), ofParts)
  const sums = sumsOfLists(graph, { source: whole, at: entries, weights: factors(weightEntries) }, { bounds, chunkShape }, row)
  return graph.emit('Gather', [sums, places])
}

const listSumOperator: ComposedOperator = {
  name: 'ListSum',
  traits: [],
  arity: [6, 9],
  infer: ([source, , , , places], attributes) => [
    { dtype: (source as Tensor).dtype, shape: [(places as Tensor).size(0), ...(attributes as ListSumAttributes).row] },
  ],
  reference: (inputs, { attributes }) => addLists(inputs, attributes as ListSumAttributes),
  write: (graph, inputs, attributes) => write(graph, inputs, attributes as ListSumAttributes),
}

/** Whether a node is a sum over lists. */
export const isListSum = ({ operator }: Node): boolean => operator === listSumOperator

/**
 * The sum of each list of rows, rows times weights where there are some. Rows are read, nothing is written by index, so any number of threads may do it.
 *
 * @returns float32 [results, ...row].
 */
export function listSum({ source, entries, bounds, chunkShape, places, parts, weights }: ListSumInputs): Tensor {
  const more = weights === undefined ? [] : [weights.values, weights.entries, weights.parts]
  const attributes: ListSumAttributes = {
    row: source.shape.slice(1) as number[],
    weightRow: weights?.values.shape.slice(1) as number[] | undefined,
  }
  return new Node(listSumOperator, [source, entries, bounds, chunkShape, places, parts, ...more], attributes).output
}
