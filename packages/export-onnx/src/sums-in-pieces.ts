import { create } from '@bufbuild/protobuf'
import { type Dimension, floorDivide, type Node, sameShape, type Tensor, times } from '@equivar/tensor'
import { type GraphProto, GraphProtoSchema } from './generated/onnx_pb.ts'
import type { GraphBuilder } from './graph-builder.ts'
import type { Lowered } from './lowerings.ts'
import { type Order, sortedRows, sumOfSortedPieces } from './sorted-sums.ts'
import { addFew, NEVER_SHARED, namesOf, type Sum, type SumNames, sumOf } from './sums-by-index.ts'
import { valueInfo } from './value-info.ts'

/** How many pieces in a row are written out, each a copy of the result; longer sums are sorted. */
const PIECES = 4

/** One piece after the other, each added to what those before left. */
function sumOfPieces(graph: GraphBuilder, sum: Sum, { data, indices, source, at }: SumNames): string {
  const bound = (k: number): string => graph.dimension(floorDivide(times(sum.count, k), PIECES))
  const first = graph.integers([0])
  let result = data
  for (let k = 0; k < PIECES; k++) {
    const [start, end] = [bound(k), bound(k + 1)]
    const piece = (x: string): string => graph.emit('Slice', [x, start, end, first])
    const updates = at === undefined ? piece(source) : graph.emit('Gather', [source, piece(at)], { axis: { int: 0 } })
    result = addFew(graph, sum.reduction, [result, piece(indices), updates])
  }
  return result
}

/** A branch of an If with one output. */
function branch(graph: GraphBuilder, output: Tensor, write: (inner: GraphBuilder) => string): GraphProto {
  const inner = graph.subgraph()
  const result = inner.emit('Identity', [write(inner)])
  return create(GraphProtoSchema, {
    name: inner.fresh('branch'),
    node: inner.nodes,
    output: [valueInfo(result, output.dtype, output.shape)],
  })
}

/** Whether so many rows are more than pieces that are written out may hold, as a bool scalar. */
function isLong(graph: GraphBuilder, count: Dimension, width: number): string {
  const most = PIECES * Math.floor(NEVER_SHARED / width)
  return graph.emit('Squeeze', [graph.emit('Greater', [graph.dimension(count), graph.integers([most])])])
}

/** A sum in pieces, however long it turns out to be. */
function writeSum(graph: GraphBuilder, sum: Sum, order: Order): string {
  const names = namesOf(graph, sum)
  const perPiece = Math.floor(NEVER_SHARED / sum.width)
  const output = graph.fresh('sums')
  const branches = {
    then_branch: { graph: branch(graph, sum.data, (inner) => sumOfSortedPieces(inner, sum, names, order, perPiece)) },
    else_branch: { graph: branch(graph, sum.data, (inner) => sumOfPieces(inner, sum, names)) },
  }
  graph.emitAll('If', [isLong(graph, sum.count, sum.width)], branches, [output])
  return output
}

/** How many pieces a sum of a known number of rows needs. */
const pieceCount = ({ count, width }: Sum): number | undefined =>
  typeof count === 'number' ? Math.ceil(count / Math.floor(NEVER_SHARED / width)) : undefined

/** The order of the updates of a sum: one for all sums over the same indices and as many rows, if any of them is long. */
function ordersOf(sums: readonly Sum[]): (graph: GraphBuilder, sum: Sum) => Order {
  const alike = (a: Sum, b: Sum): boolean => a.indices === b.indices && sameShape([a.data.size(0)], [b.data.size(0)])
  const orders: { readonly sum: Sum; readonly order: Order }[] = []
  return (graph, sum) => {
    const known = orders.find((one) => alike(one.sum, sum))
    if (known !== undefined) return known.order
    const widest = Math.max(...sums.filter((one) => alike(one, sum)).map(({ width }) => width))
    const order = sortedRows(graph, sum, isLong(graph, sum.count, widest))
    orders.push({ sum, order })
    return order
  }
}

/** For which sums: those whose number of rows is known when the file is written and is small, all, or none. */
export type SumsInPieces = 'short' | 'all' | 'none'

/**
 * Sums of rows by index that ONNX Runtime may share among threads, written so that it does not: in pieces, of which each is short enough for one thread. The
 * other operators of the model keep their threads.
 *
 * Law: equal for every input, bit for bit: each row adds its updates in their order.
 * Versions: all up to 1.30. Upstream: microsoft/onnxruntime#18048, #23396. Until: `backend-onnx/test/model-file.test.ts` finds the bare operator right.
 *
 * Up to 800,000 numbers are added in four pieces one after the other, rows that are read from elsewhere piece by piece. More are sorted by index first, unless
 * they are; then a piece touches few rows of the result, and no other is copied.
 *
 * @param which - `short` leaves sums of unknown length, and of more than four pieces, as they are.
 */
export function sumsInPieces(nodes: readonly Node[], which: SumsInPieces): ReadonlyMap<Node, Lowered> {
  const sums = (which === 'none' ? [] : nodes)
    .flatMap((node) => sumOf(node) ?? [])
    .filter((sum) => pieceCount(sum) === undefined || (pieceCount(sum) as number) > 1)
  const orderOf = ordersOf(sums)
  return new Map(
    sums.flatMap((sum): [Node, Lowered][] => {
      if ((pieceCount(sum) ?? Infinity) <= PIECES) return [[sum.node, (graph) => sumOfPieces(graph, sum, namesOf(graph, sum))]]
      return which === 'short' ? [] : [[sum.node, (graph) => writeSum(graph, sum, orderOf(graph, sum))]]
    }),
  )
}
