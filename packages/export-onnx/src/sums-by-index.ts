import { type Dimension, isNode, type Node, type NodeOf, nodeOf, product, sameShape, type Tensor } from '@equivar/tensor'
import type { GraphBuilder } from './graph-builder.ts'

/**
 * As many numbers as ONNX Runtime (1.30) adds by index in one thread, whatever it has: it shares the rows of one ScatterND among threads from 210,000
 * numbers on, by the cost that it computes for them.
 */
export const NEVER_SHARED = 200_000

/** Nodes of this name add, or multiply, or take the larger of, at most NEVER_SHARED numbers by index; in a file with `sums: 'all'`, unless `hasLongSums`. */
export const FEW_ROWS = 'FewRows'

/** A sum of rows by index, in the terms that its pieces are made of. */
export interface Sum {
  readonly node: NodeOf<'ScatterND'>
  readonly reduction: string
  /** [rows, ...row]. */
  readonly data: Tensor
  /** int64 [..., 1]: where each update goes. */
  readonly indices: Tensor
  /** How many rows are added, and the elements of a row. */
  readonly count: Dimension
  readonly width: number
  /** Rows of `source` [..., ...row], which are read at `at`, int64 [...], if that is known, else one after the other. */
  readonly source: Tensor
  readonly at: Tensor | undefined
}

/** Where the updates are read, if they are rows of another tensor, one for each index: they need not be written out then. */
function readRows(updates: Tensor, leading: readonly Dimension[]): { readonly source: Tensor; readonly at: Tensor } | undefined {
  const rows = nodeOf(updates, 'Gather')
  const isRows = rows?.attributes.axis === 0 && sameShape(rows.inputs[1].shape, leading)
  return rows !== undefined && isRows ? { source: rows.inputs[0], at: rows.inputs[1] } : undefined
}

/** A sum over rows of a known number of elements; undefined for anything else. */
export function sumOf(node: Node): Sum | undefined {
  if (!isNode(node, 'ScatterND') || node.attributes.reduction === 'none') return undefined
  const [data, indices, updates] = node.inputs
  const width = product(data.shape.slice(1))
  if (indices.shape.at(-1) !== 1 || typeof width !== 'number' || width === 0 || width > NEVER_SHARED) return undefined
  const leading = indices.shape.slice(0, -1)
  const { source, at } = readRows(updates, leading) ?? { source: updates, at: undefined }
  return { node, reduction: node.attributes.reduction, data, indices, count: product(leading), width, source, at }
}

/** The operands of a sum as names: one axis of updates, in the order in which they are added. */
export interface SumNames {
  readonly data: string
  /** [updates, 1]. */
  readonly indices: string
  readonly source: string
  /** [updates]. */
  readonly at: string | undefined
}

export function sumNames(graph: GraphBuilder, { data, indices, source, at, node }: Sum): SumNames {
  const flat = indices.rank === 2
  const asList = (x: Tensor, ...tail: number[]): string => graph.emit('Reshape', [graph.name(x), graph.integers([-1, ...tail])])
  const row = node.inputs[0].shape.slice(1) as number[]
  return {
    data: graph.name(data),
    indices: flat ? graph.name(indices) : asList(indices, 1),
    source: at !== undefined || flat ? graph.name(source) : asList(source, ...row),
    at: at === undefined ? undefined : at.rank === 1 ? graph.name(at) : asList(at),
  }
}

/** Adds few rows by index. */
export function addFew(graph: GraphBuilder, reduction: string, operands: readonly string[]): string {
  const output = graph.fresh('scatternd')
  graph.emitAll('ScatterND', operands, { reduction: { string: reduction } }, [output], FEW_ROWS)
  return output
}
