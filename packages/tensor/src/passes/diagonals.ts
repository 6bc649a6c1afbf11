import { type Dimension, plus, product, sameDimension, sameShape, times } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { add, mul } from '../operators/binary.ts'
import { sizeOf } from '../operators/constant.ts'
import { range } from '../operators/generators.ts'
import { gather, scatterND } from '../operators/indexing.ts'
import { expand, moveAxis, reshape, squeeze, unsqueeze } from '../operators/shape.ts'
import { type NodeOf, nodeOf } from '../operators/signatures.ts'
import { isZero } from './known-numbers.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

/** What is kept of a tensor: where its places along two axes of one size are equal. */
interface Kept {
  readonly values: Tensor
  readonly first: number
  readonly second: number
  readonly size: Dimension
}

/** What `keepDiagonal` kept. */
function keptOf(x: Tensor): Kept | undefined {
  const choice = nodeOf(x, 'Where')
  if (choice === undefined || !isZero(choice.inputs[2])) return undefined
  const [mask, values] = choice.inputs
  const wide = nodeOf(mask, 'Unsqueeze')
  const eye = nodeOf(nodeOf(wide?.inputs[0] ?? mask, 'Cast')?.inputs[0] ?? mask, 'EyeLike')
  if (mask.dtype !== 'bool' || eye === undefined || eye.attributes.k !== 0) return undefined
  const { rows: size, columns } = eye.attributes
  const axes = mask.shape.map((_, axis) => axis).filter((axis) => !wide?.attributes.axes.includes(axis))
  const [first = 0, second = 0] = axes.map((axis) => axis + x.rank - mask.rank)
  const isWhole = sameDimension(size, columns) && [first, second].every((axis) => sameDimension(x.size(axis), size))
  return isWhole && values.rank === x.rank ? { values, first, second, size } : undefined
}

/** A tensor as rows of what lies behind the second axis, and which of them are on the diagonal: int64 [rows before, size, rows between, as one axis]. */
function rowsOf(x: Tensor, { first, second, size }: Kept): { readonly rows: Tensor; readonly places: Tensor } {
  const [before, between] = [product(x.shape.slice(0, first)), product(x.shape.slice(first + 1, second))]
  const each = times(between, size)
  const strides: [Dimension, Dimension][] = [
    [before, times(size, each)],
    [size, plus(each, 1)],
    [between, size],
  ]
  const along = strides.map(([length, stride], i) => reshape(mul(range(length), sizeOf(stride)), [length, 1, 1].slice(0, 3 - i)))
  const places = along.filter((_, i) => i === 1 || strides[i]?.[0] !== 1).reduce((a, b) => add(a, b))
  return {
    rows: reshape(x, [product([before, size, each]), product(x.shape.slice(second + 1))]),
    places: reshape(places, [product([before, each])]),
  }
}

const withoutAxis = (shape: readonly Dimension[], axis: number): Dimension[] => shape.filter((_, i) => i !== axis)

/** The diagonal in place of the first axis, without the second. */
function diagonalOf(x: Tensor, kept: Kept): Tensor {
  const { rows, places } = rowsOf(x, kept)
  return reshape(gather(rows, places), withoutAxis(x.shape, kept.second))
}

/** What is kept, in place of the first axis, without the second, for a result of that shape. */
function onDiagonal(kept: Kept, shape: readonly Dimension[]): Tensor {
  const { values, first, second, size } = kept
  const wanted = withoutAxis(shape, second)
  if (values.shape[second] === 1) return expand(squeeze(values, [second]), wanted)
  if (values.shape[first] === 1 && sameDimension(values.size(second), size))
    return expand(moveAxis(squeeze(values, [first]), second - 1, first), wanted)
  return expand(diagonalOf(values, kept), wanted)
}

/** The sum along one axis of the diagonal. */
function read({ inputs: [x], attributes: { axes, keepDims } }: NodeOf<'ReduceSum'>): Tensor | undefined {
  const [kept, [axis]] = [keptOf(x), axes]
  if (kept === undefined || axes.length !== 1 || !sameShape(kept.values.shape, x.shape)) return undefined
  const { first, second } = kept
  if (axis !== first && axis !== second) return undefined
  const diagonal = diagonalOf(kept.values, kept)
  const y = axis === second ? diagonal : moveAxis(diagonal, first, second - 1)
  return keepDims ? unsqueeze(y, axis) : y
}

/** A tensor with something added on its diagonal. */
function written(y: Tensor, x: Tensor): Tensor | undefined {
  const kept = keptOf(x)
  if (kept === undefined || kept.values.rank !== y.rank || !sameShape(x.shape, y.shape)) return undefined
  const { rows, places } = rowsOf(y, kept)
  const more = reshape(onDiagonal(kept, y.shape), [places.size(0), rows.size(1)])
  return reshape(scatterND(rows, unsqueeze(places, 1), add(gather(rows, places), more)), y.shape)
}

/**
 * A diagonal is read and written at its places: n rows of n x n, where a choice between values and zeros goes through the whole several times.
 *
 * Law: equal for every input, but for the sign of a 0.
 * Before: ReduceSum(Where(eye, x, 0)), Add(y, Where(eye, x, 0)). After: Gather(x, places); ScatterND(y, places, Gather(y, places) + x).
 */
export const diagonalsAtPlaces: RewritingPass = /* @__PURE__ */ rewriting('diagonals-at-places', [
  rule('ReduceSum', read),
  rule('Add', ({ inputs: [a, b] }) => written(a, b) ?? written(b, a)),
])
