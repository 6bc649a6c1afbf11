import {
  graphPass,
  isNode,
  type Node,
  type NodeOf,
  nodeOf,
  type Pass,
  product,
  reshape,
  rewriteTensors,
  sameDimension,
  sameShape,
  soleReaders,
  type Tensor,
} from '@equivar/tensor'
import { rowDots } from '../operators/row-dots.ts'
import { type RowsRead, rowsRead } from '../row-lists/rows-read.ts'

/** Rows of fewer numbers are written out: a loop over pieces gains nothing then. */
const LEAST_WIDTH = 32

/** Whether there is one position an edge. */
const isOfEdges = (read: RowsRead | undefined): read is RowsRead => read !== undefined && read.at.rank === 1 && read.at.dtype === 'int64'

interface Found {
  readonly sum: NodeOf<'ReduceSum'>
  readonly sides: readonly [RowsRead, RowsRead]
}

/** A sum over axes of a row of the product of two rows an edge. */
function found(node: Node): Found | undefined {
  if (!isNode(node, 'ReduceSum') || node.attributes.axes.includes(0)) return undefined
  const [y] = node.inputs
  const row = y.shape.slice(1)
  const width = product(row)
  if (y.dtype !== 'float32' || typeof width !== 'number' || width < LEAST_WIDTH) return undefined
  const [left, right] = nodeOf(y, 'Mul')?.inputs.map(rowsRead) ?? []
  if (!isOfEdges(left) || !isOfEdges(right) || !sameDimension(left.at.size(0), right.at.size(0))) return undefined
  if (![left, right].every(({ source }) => sameShape(source.shape.slice(1), row))) return undefined
  return { sum: node, sides: [left, right] }
}

/** What a sum would no longer have written out. */
const writtenOut = (node: Node): readonly Tensor[] | undefined => {
  const product = found(node)?.sum.inputs[0]
  return product && [product, ...product.node.inputs]
}

/**
 * Sums over products of two rows an edge, such as the derivative of the weights of an attention, for some edges at a time: what is read and multiplied stays in
 * the cache, and a million edges of 64 numbers do not write three times 256 MB. Only for many edges, as a loop costs tens of microseconds.
 *
 * Law: equal for every input.
 * Before: ReduceSum(Mul(Gather(x, i), Gather(y, j))). After: RowDots(x, i, y, j).
 */
export const rowDotsInPieces: Pass = /* @__PURE__ */ graphPass('row-dots-in-pieces', (program) => {
  const taken = soleReaders(program, writtenOut)
  if (taken.size === 0) return program.outputs.map(({ tensor }) => tensor)
  return rewriteTensors(program, (node, original) => {
    const dots = taken.has(original) ? found(node) : undefined
    if (dots === undefined) return undefined
    const { sum, sides } = dots
    const made = rowDots(
      ...sides,
      sum.attributes.axes.map((axis) => axis - 1),
    )
    return [reshape(made, sum.output.shape)]
  })
})
