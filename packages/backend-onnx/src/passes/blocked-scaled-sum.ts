import { constant, type Dimension, type NodeOf, nodeOf, product, reshape, sameShape, type Tensor } from '@equivar/tensor'
import { blockedScaling } from '../operators/scaling.ts'
import type { BlockedSum } from './blocked-sum.ts'

/** A tensor [...before, channels / block, ...after, block] as images: which axis has the blocks. */
interface Layout {
  readonly axis: number
  readonly channels: number
}

/** Where the numbers of a row differ from channel to channel and nowhere else, [1, ..., channels / block, 1, ..., block]. */
function layoutOf(row: Tensor, block: number): Layout | undefined {
  const { shape, rank } = row
  const wide = shape.flatMap((d, axis) => (d === 1 ? [] : [axis]))
  const [axis] = wide
  if (rank < 4 || wide.length !== 2 || axis === undefined || wide[1] !== rank - 1 || shape[rank - 1] !== block) return undefined
  const slabs = shape[axis]
  return typeof slabs === 'number' && axis < rank - 2 ? { axis, channels: slabs * block } : undefined
}

/** A row that is the same along some axes, and where its channels are. */
function rowOf(x: Tensor, block: number): { readonly layout: Layout; readonly vector: Tensor } | undefined {
  const row = nodeOf(x, 'Tile')?.inputs[0] ?? x
  const layout = layoutOf(row, block)
  return layout && { layout, vector: reshape(row, [layout.channels]) }
}

/** A tensor in blocks times a row of channels. */
interface Scaled {
  readonly product: Tensor
  readonly x: Tensor
  readonly layout: Layout
  readonly factor: Tensor
}

function scaledOf(y: Tensor, block: number): Scaled | undefined {
  const [a, b] = nodeOf(y, 'Mul')?.inputs ?? []
  if (a === undefined || b === undefined || y.dtype !== 'float32') return undefined
  for (const [x, other] of [[a, b] as const, [b, a] as const]) {
    const row = sameShape(x.shape, y.shape) ? rowOf(other, block) : undefined
    if (row !== undefined && other.rank === x.rank && x.shape[row.layout.axis] === row.layout.channels / block)
      return { product: y, x, layout: row.layout, factor: row.vector }
  }
  return undefined
}

/** What a sum adds to a scaled tensor: a row of the same channels, or a tensor of the same shape. */
interface ScaledSum extends Scaled {
  readonly shift?: Tensor
  readonly term?: Tensor
}

function termsOf({ inputs: [a, b], output }: NodeOf<'Add'>, block: number): ScaledSum | undefined {
  for (const [y, other] of [[a, b] as const, [b, a] as const]) {
    const scaled = sameShape(y.shape, output.shape) ? scaledOf(y, block) : undefined
    if (scaled === undefined) continue
    if (sameShape(other.shape, output.shape)) return { ...scaled, term: other }
    const row = rowOf(other, block)
    if (row?.layout.axis === scaled.layout.axis && row.layout.channels === scaled.layout.channels && other.rank === y.rank)
      return { ...scaled, shift: row.vector }
  }
  return undefined
}

/** The sum as a convolution of each channel by itself. */
function asScaling({ x, layout: { axis, channels }, factor, shift, term }: ScaledSum, block: number): Tensor {
  const before: Dimension = product(x.shape.slice(0, axis))
  const images = (y: Tensor): Tensor => reshape(y, [before, channels, 1, product(x.shape.slice(axis + 1, -1))])
  const zeros = constant(new Float32Array(channels), [channels])
  const terms = { factor, shift: shift ?? zeros, term: term && images(term) }
  return reshape(blockedScaling(images(x), terms, { block, activation: 'none' }), x.shape)
}

/** A sum with what lies in blocks times a row of channels; the other term is such a row, or a tensor of the same shape. */
export const scaledSum: BlockedSum = (node, block) => {
  const sum = termsOf(node, block)
  return sum && { takesIn: [sum.product], made: () => asScaling(sum, block) }
}
