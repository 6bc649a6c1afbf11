import { type ComposedOperator, type GraphBuilder, recordLoop } from '@equivar/export-onnx'
import { elementCount, Node, type NumberArray, type Tensor } from '@equivar/tensor'
import type { RowsRead } from '../row-lists/rows-read.ts'
import { placesOfFactors } from './list-sum-reference.ts'

/** Numbers that a piece reads of each side. From 2^17 to 2^21 a step of GAT takes the same time, as far as a machine with other work can tell. */
const NUMBERS = 2 ** 18

interface RowDotsAttributes {
  /** The shape of a row. */
  readonly row: readonly number[]
  /** Which axes of a row are added up. */
  readonly axes: readonly number[]
}

/** The shape of a row of the result. */
const keptOf = ({ row, axes }: RowDotsAttributes): number[] => row.map((size, axis) => (axes.includes(axis) ? 1 : size))

/** How many edges a piece has. */
const edgesOf = ({ row }: RowDotsAttributes): number => Math.max(1, Math.floor(NUMBERS / elementCount(row)))

function write(graph: GraphBuilder, inputs: readonly string[], attributes: RowDotsAttributes): string {
  const [left, leftAt, right, rightAt] = inputs as [string, string, string, string]
  const [each, kept] = [edgesOf(attributes), keptOf(attributes)]
  const count = graph.emit('Shape', [leftAt])
  const pieces = graph.emit('Div', [graph.emit('Add', [count, graph.integers([each - 1])]), graph.integers([each])])
  // The last piece is filled up with edges of the first row; there is one if there is an edge.
  const missing = graph.emit('Sub', [graph.emit('Mul', [pieces, graph.integers([each])]), count])
  const filling = graph.emit('Expand', [graph.scalar('int64', 0), missing])
  const tableOf = (at: string): string => {
    const filled = graph.emit('Concat', [at, filling], { axis: { int: 0 } })
    return graph.emit('Reshape', [filled, graph.integers([-1, each])])
  }
  const [leftTable, rightTable] = [tableOf(leftAt), tableOf(rightAt)]
  const shape = [each, ...kept]
  const all = recordLoop(graph, graph.emit('Squeeze', [pieces]), { dtype: 'float32', shape }, (inner, piece) => {
    const read = (source: string, table: string): string => inner.emit('Gather', [source, inner.emit('Gather', [table, piece])])
    const products = inner.emit('Mul', [read(left, leftTable), read(right, rightTable)])
    return inner.emit('ReduceSum', [products, inner.integers(attributes.axes.map((axis) => axis + 1))])
  })
  const rows = graph.emit('Reshape', [all, graph.integers([-1, ...kept])])
  return graph.emit('Slice', [rows, graph.integers([0]), count, graph.integers([0])])
}

/** The same edge by edge, in float64. */
function dots(inputs: readonly NumberArray[], attributes: RowDotsAttributes): NumberArray {
  const [left, leftAt, right, rightAt] = inputs as [NumberArray, NumberArray, NumberArray, NumberArray]
  const kept = keptOf(attributes)
  const places = placesOfFactors(attributes.row, kept)
  const [edges, width] = [leftAt.data.length, elementCount(kept)]
  const data = new Float64Array(edges * width)
  const read = ({ data: numbers, shape }: NumberArray, at: number, element: number): number =>
    numbers[(at < 0 ? at + (shape[0] as number) : at) * places.length + element] as number
  for (let edge = 0; edge < edges; edge++) {
    for (const [element, place] of places.entries()) {
      const term = read(left, leftAt.data[edge] as number, element) * read(right, rightAt.data[edge] as number, element)
      data[edge * width + place] = (data[edge * width + place] as number) + term
    }
  }
  return { dtype: 'float32', shape: [edges, ...kept], data }
}

const rowDotsOperator: ComposedOperator = {
  name: 'RowDots',
  traits: [],
  arity: [4, 4],
  infer: ([, at], attributes) => [{ dtype: 'float32', shape: [(at as Tensor).size(0), ...keptOf(attributes as RowDotsAttributes)] }],
  reference: (inputs, { attributes }) => dots(inputs, attributes as RowDotsAttributes),
  write: (graph, inputs, attributes) => write(graph, inputs, attributes as RowDotsAttributes),
}

/** Whether a node is the products of two rows an edge. */
export const isRowDots = ({ operator }: Node): boolean => operator === rowDotsOperator

/**
 * For each edge the product of two rows, added up over some axes, which stay with size 1. Edges are done a piece at a time, so that no rows are written out.
 *
 * @param left - float32 rows, read at a list of positions [edges]; `right` has rows of the same shape, and as many positions.
 * @param axes - of a row.
 * @returns float32 [edges, ...row with 1 for each of the axes].
 */
export const rowDots = (left: RowsRead, right: RowsRead, axes: readonly number[]): Tensor =>
  new Node(rowDotsOperator, [left.source, left.at, right.source, right.at], {
    row: left.source.shape.slice(1) as number[],
    axes,
  } satisfies RowDotsAttributes).output
