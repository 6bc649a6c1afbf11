import { create } from '@bufbuild/protobuf'
import { dataTypeCodes } from './codes.ts'
import { type GraphProto, GraphProtoSchema, type ValueInfoProto, ValueInfoProtoSchema } from './generated/onnx_pb.ts'
import type { GraphBuilder } from './graph-builder.ts'
import { addFew, type Sum, type SumNames } from './sums-by-index.ts'
import { valueInfo } from './value-info.ts'

/** Indices of updates in ascending order; both are empty where they are not needed. */
export interface Order {
  /** int64 [updates]: which update comes when. */
  readonly order: string
  /** int64 [updates]: the row that it goes to. */
  readonly rows: string
}

/** An input or output of a subgraph whose type the runtime finds out. */
const untyped = (name: string): ValueInfoProto => create(ValueInfoProtoSchema, { name })

/** A graph that gives some int64 lists, for an If. */
function lists(graph: GraphBuilder, write: (inner: GraphBuilder) => readonly string[]): GraphProto {
  const inner = graph.subgraph()
  const results = write(inner).map((name) => inner.emit('Identity', [name]))
  return create(GraphProtoSchema, {
    name: inner.fresh('branch'),
    node: inner.nodes,
    output: results.map(untyped),
  })
}

/** An If with two lists as its results. */
function choose(
  graph: GraphBuilder,
  condition: string,
  yes: (inner: GraphBuilder) => readonly [string, string],
  no: (inner: GraphBuilder) => readonly [string, string],
): [string, string] {
  const outputs: [string, string] = [graph.fresh('order'), graph.fresh('rows')]
  graph.emitAll('If', [condition], { then_branch: { graph: lists(graph, yes) }, else_branch: { graph: lists(graph, no) } }, outputs)
  return outputs
}

/** Whether numbers ever become less from one to the next, as a bool scalar. There are two numbers or more. */
function descends(graph: GraphBuilder, numbers: string): string {
  const [zero, one, last, all] = [[0], [1], [-1], [Number.MAX_SAFE_INTEGER]].map((n) => graph.integers(n)) as [
    string,
    string,
    string,
    string,
  ]
  const before = graph.emit('Slice', [numbers, zero, last, zero])
  const after = graph.emit('Slice', [numbers, one, all, zero])
  const falls = graph.emit('Cast', [graph.emit('Greater', [before, after])], { to: { int: dataTypeCodes.int32 } })
  return graph.emit('Cast', [graph.emit('ReduceMax', [falls], { keepdims: { int: 0 } })], { to: { int: dataTypeCodes.bool } })
}

/** The updates of a sum in ascending order of their rows, and of their own numbers where rows are equal. @param needed - a bool scalar. */
export function sortedRows(graph: GraphBuilder, { indices, data, count }: Sum, needed: string): Order {
  const zero = graph.scalar('int64', 0)
  const given = graph.emit('Reshape', [graph.name(indices), graph.integers([-1])])
  const size = graph.dimension(count)
  const rowCount = graph.dimension(data.size(0))
  const [order, rows] = choose(
    graph,
    needed,
    (inner) => {
      const fromEnd = inner.emit('Add', [given, rowCount])
      const numbers = inner.emit('Where', [inner.emit('Less', [given, zero]), fromEnd, given])
      return choose(
        inner,
        descends(inner, numbers),
        (sorting) => {
          const outputs = [sorting.fresh('rows'), sorting.fresh('order')] as const
          sorting.emitAll('TopK', [numbers, size], { axis: { int: 0 }, largest: { int: 0 } }, outputs)
          return [outputs[1], outputs[0]]
        },
        (kept) => [kept.emit('Range', [zero, kept.emit('Squeeze', [size]), kept.scalar('int64', 1)]), numbers],
      )
    },
    (inner) => [inner.integers([]), inner.integers([])],
  )
  return { order, rows }
}

/** What the pieces of a sum are: a table with an entry for each, as names. */
interface Pieces {
  readonly count: string
  readonly starts: string
  readonly ends: string
  /** The first row of each, and how many rows it completes: all up to the first of the next. */
  readonly firsts: string
  readonly completed: string
  readonly pads: string
}

/** Pieces of equal length, but for the last, of `most` updates or less. */
function cut(graph: GraphBuilder, { data, count }: Sum, { rows }: Order, most: number): Pieces {
  const [zero, one] = [graph.integers([0]), graph.integers([1])]
  const size = graph.dimension(count)
  const pieces = graph.emit('Div', [graph.emit('Add', [size, graph.integers([most - 1])]), graph.integers([most])])
  const length = graph.emit('Div', [graph.emit('Sub', [graph.emit('Add', [size, pieces]), one]), pieces])
  const numbers = graph.emit('Range', [graph.scalar('int64', 0), graph.emit('Squeeze', [pieces]), graph.scalar('int64', 1)])
  const starts = graph.emit('Mul', [numbers, length])
  const lastRow = graph.emit('Sub', [graph.dimension(data.size(0)), one])
  const later = graph.emit('Slice', [starts, one, pieces, zero])
  const begins = graph.emit('Min', [graph.emit('Gather', [rows, later], { axis: { int: 0 } }), lastRow])
  const bounds = graph.emit('Concat', [zero, begins, lastRow], { axis: { int: 0 } })
  const firsts = graph.emit('Slice', [bounds, zero, pieces, zero])
  const completed = graph.emit('Sub', [graph.emit('Slice', [bounds, one, graph.integers([Number.MAX_SAFE_INTEGER]), zero]), firsts])
  const behind = graph.integers(Array.from({ length: 2 * data.rank }, (_, i) => (i === data.rank ? 1 : 0)))
  return {
    count: pieces,
    starts,
    ends: graph.emit('Add', [starts, length]),
    firsts,
    completed,
    pads: graph.emit('Mul', [graph.emit('Unsqueeze', [completed, one]), behind]),
  }
}

/** The rows that a piece touches, before it adds to them: the first as the piece before left it. */
function rowsBefore(
  graph: GraphBuilder,
  { data, initial }: Sum,
  carried: string,
  names: SumNames,
  pads: string,
  range: readonly [string, string],
): string {
  if (initial !== undefined) return graph.emit('Pad', [carried, pads, graph.scalar(data.dtype, initial)], { mode: { string: 'constant' } })
  const one = graph.integers([1])
  const [first, completed] = range
  const start = graph.emit('Add', [first, one])
  const further = graph.emit('Slice', [names.data, start, graph.emit('Add', [start, completed]), graph.integers([0])])
  return graph.emit('Concat', [carried, further], { axis: { int: 0 } })
}

/** The body of the loop over pieces: state is the row that the next piece begins with, and the rows that are complete. */
function bodyOf(graph: GraphBuilder, sum: Sum, names: SumNames, { order, rows }: Order, pieces: Pieces): GraphProto {
  const body = graph.subgraph()
  const [number, on, carried, complete] = ['piece', 'on', 'carried', 'complete'].map((hint) => body.fresh(hint)) as [
    string,
    string,
    string,
    string,
  ]
  const [zero, one] = [graph.integers([0]), graph.integers([1])]
  const at = body.emit('Reshape', [number, one])
  const entry = (table: string): string => body.emit('Gather', [table, at], { axis: { int: 0 } })
  const [start, end, first, completed] = [pieces.starts, pieces.ends, pieces.firsts, pieces.completed].map(entry) as [
    string,
    string,
    string,
    string,
  ]
  const pads = body.emit('Gather', [pieces.pads, number], { axis: { int: 0 } })
  const piece = (x: string): string => body.emit('Slice', [x, start, end, zero])
  const which = piece(order)
  const places = names.at === undefined ? which : body.emit('Gather', [names.at, which], { axis: { int: 0 } })
  const updates = body.emit('Gather', [names.source, places], { axis: { int: 0 } })
  const local = body.emit('Unsqueeze', [body.emit('Sub', [piece(rows), first]), one])
  const sums = addFew(body, sum.reduction, [rowsBefore(body, sum, carried, names, pads, [first, completed]), local, updates])
  const done = body.emit('Slice', [sums, zero, completed, zero])
  const outputs = [
    body.emit('Identity', [on]),
    body.emit('Slice', [sums, completed, graph.integers([Number.MAX_SAFE_INTEGER]), zero]),
    body.emit('SequenceInsert', [complete, done]),
  ] as const
  const row = (name: string): ValueInfoProto => valueInfo(name, sum.data.dtype, [1, ...sum.data.shape.slice(1)])
  return create(GraphProtoSchema, {
    name: body.fresh('body'),
    node: body.nodes,
    input: [valueInfo(number, 'int64', []), valueInfo(on, 'bool', []), row(carried), untyped(complete)],
    output: [valueInfo(outputs[0], 'bool', []), row(outputs[1]), untyped(outputs[2])],
  })
}

/**
 * A sum of many rows, piece by piece in ascending order of their indices. A piece adds to the rows from its first index to the first of the next piece, which is
 * handed on; so each row of the result is written once, however unequally the updates are spread.
 */
export function sumOfSortedPieces(graph: GraphBuilder, sum: Sum, names: SumNames, order: Order, most: number): string {
  const pieces = cut(graph, sum, order, most)
  const body = bodyOf(graph, sum, names, order, pieces)
  const [zero, one] = [graph.integers([0]), graph.integers([1])]
  const start = [
    graph.emit('Slice', [names.data, zero, one, zero]),
    graph.emit('SequenceEmpty', [], { dtype: { int: dataTypeCodes[sum.data.dtype] } }),
  ]
  const [last, complete] = [graph.fresh('last'), graph.fresh('complete')]
  graph.emitAll('Loop', [graph.emit('Squeeze', [pieces.count]), graph.scalar('bool', 1), ...start], { body: { graph: body } }, [
    last,
    complete,
  ])
  return graph.emit('ConcatFromSequence', [graph.emit('SequenceInsert', [complete, last])], { axis: { int: 0 } })
}
