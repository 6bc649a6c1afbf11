import { type Binding, type Dimension, dimensionValue, floorDivide, isNode, type Node, symbolsOf, times } from '@equivar/tensor'
import type { GraphBuilder } from './graph-builder.ts'
import type { Lowered } from './lowerings.ts'
import { addFew, NEVER_SHARED, type Sum, type SumNames, sumNames, sumOf } from './sums-by-index.ts'

/** How many pieces a sum is written in, unless more are asked for. Each costs a copy of the result. */
const PIECES = 4

/** The most pieces of a sum: beyond, copies of the result cost more than one thread for everything. */
const MOST_PIECES = 64

/** The most rows that a piece may hold so that ONNX Runtime does not share it. */
const rowsOfPiece = ({ width }: Sum): number => Math.floor(NEVER_SHARED / width)

/** The most rows that the usual pieces may hold. */
const mostRows = (sum: Sum): number => PIECES * rowsOfPiece(sum)

/** One piece after the other, each added to what those before left. */
function sumOfPieces(graph: GraphBuilder, sum: Sum, pieces: number, { data, indices, source, at }: SumNames): string {
  const bound = (k: number): string => graph.dimension(floorDivide(times(sum.count, k), pieces))
  const first = graph.integers([0])
  let result = data
  for (let k = 0; k < pieces; k++) {
    const [start, end] = [bound(k), bound(k + 1)]
    const piece = (x: string): string => graph.emit('Slice', [x, start, end, first])
    const updates = at === undefined ? piece(source) : graph.emit('Gather', [source, piece(at)], { axis: { int: 0 } })
    result = addFew(graph, sum.reduction, [result, piece(indices), updates])
  }
  return result
}

/**
 * Which sums are written in pieces: those whose number of rows is known when the file is written, and that four pieces hold; `all` whose number is not known
 * to be more, for a caller that asks `hasLongSums` before each run; those of at most `rows` rows, in as many pieces as that takes, for a caller that asks
 * `longestSum`; or none.
 */
export type SumsInPieces = 'known' | 'all' | 'none' | { readonly rows: number }

/** In how many pieces a sum is written; undefined if it is written as it stands. */
function piecesOf(sum: Sum, which: SumsInPieces): number | undefined {
  const { count, width } = sum
  if (which === 'none') return undefined
  if (typeof count === 'number') return count * width > NEVER_SHARED && count <= mostRows(sum) ? PIECES : undefined
  if (typeof which === 'string') return which === 'all' ? PIECES : undefined
  const pieces = Math.ceil(which.rows / rowsOfPiece(sum))
  return pieces <= MOST_PIECES ? pieces : undefined
}

/**
 * Sums of rows by index that ONNX Runtime may share among threads, written so that it does not: in pieces, of which each is short enough for one thread.
 * The other operators of the model keep their threads. Rows that are read from elsewhere are read piece by piece, and never written out.
 *
 * Law: equal for every input, bit for bit: each row adds its updates in their order.
 * Versions: all up to 1.30. Upstream: microsoft/onnxruntime#18048, #23396. Until: `backend-onnx/test/model-file.test.ts` finds the bare operator right.
 */
export function sumsInPieces(nodes: readonly Node[], which: SumsInPieces): ReadonlyMap<Node, Lowered> {
  const sums = nodes.flatMap((node) => {
    const sum = sumOf(node)
    const pieces = sum && piecesOf(sum, which)
    return sum === undefined || pieces === undefined ? [] : [{ sum, pieces }]
  })
  return new Map(sums.map(({ sum, pieces }) => [sum.node, (graph) => sumOfPieces(graph, sum, pieces, sumNames(graph, sum))]))
}

const sumsOf = (nodes: readonly Node[]): Sum[] =>
  nodes.flatMap((node) => (isNode(node, 'Loop') ? sumsOf(node.attributes.body.nodes) : (sumOf(node) ?? [])))

/** Whether sizes make any sum of unknown length longer than its pieces may be, so that ONNX Runtime must have one thread. */
export function hasLongSums(nodes: readonly Node[]): (sizes: Binding) => boolean {
  const open = sumsOf(nodes).filter(({ count }) => typeof count !== 'number')
  const counts = new Map<string, { readonly count: Dimension; readonly most: number }>()
  for (const sum of open) {
    const known = counts.get(String(sum.count))
    counts.set(String(sum.count), { count: sum.count, most: Math.min(mostRows(sum), known?.most ?? Infinity) })
  }
  return (sizes) => [...counts.values()].some(({ count, most }) => rowsOf(count, sizes) > most)
}

/** A number of rows by the sizes; one that only a run tells may be any. */
function rowsOf(count: Dimension, sizes: Binding): number {
  return [...symbolsOf(count)].every((name) => sizes.has(name)) ? dimensionValue(count, sizes) : Number.MAX_SAFE_INTEGER
}

/** The most rows of any sum of unknown length, by the sizes. */
export function longestSum(nodes: readonly Node[]): (sizes: Binding) => number {
  const counts = new Map(sumsOf(nodes).map(({ count }) => [String(count), count]))
  const open = [...counts.values()].filter((count) => typeof count !== 'number')
  return (sizes) => Math.max(0, ...open.map((count) => rowsOf(count, sizes)))
}
