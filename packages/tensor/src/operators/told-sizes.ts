import { nonZero as nonZeroReference } from '../evaluate/indexing.ts'
import { type Dimension, type DimensionLike, dimension, printShape, symbol } from '../expression/dimension.ts'
import { ShapeError, TypeMismatchError } from '../expression/errors.ts'
import type { Node, Tensor } from '../expression/tensor.ts'
import { apply, type OperatorOf, operator } from './operator.ts'

/** A size as a node that tells sizes has it: a name is a size of its own. */
const ofTeller = (size: DimensionLike, teller: Node | undefined): Dimension =>
  typeof size === 'string' ? symbol(size, teller) : dimension(size)

/** Entry of NonZero. */
export const nonZeroOperator: OperatorOf<'NonZero'> = /* @__PURE__ */ operator('NonZero', {
  traits: ['telling'],
  infer: ([x], { count }, node) => {
    if (x.rank === 0) throw new ShapeError('nonZero', 'an axis at least', printShape(x.shape))
    return [{ dtype: 'int64', shape: [x.rank, ofTeller(count, node)] }]
  },
  reference: nonZeroReference,
})

/**
 * The places of the elements that are not 0, in row-major order.
 *
 * @param count - how many there are. A name is a new size, which is known when the Program runs; it must differ from all other names of sizes.
 * @returns int64 [rank of x, count], one column a place.
 * @throws ShapeError if x has no axis. When it runs, FeedError if there are not as many as `count` says.
 * @see ONNX NonZero.
 * @example gather(x, squeeze(nonZero(mask, 'kept'), 0)) // the rows [kept, ...] where mask [n] is true
 */
export function nonZero(x: Tensor, count: DimensionLike): Tensor {
  return apply(nonZeroOperator, [x], { count })
}

/** Entry of AsSizes. */
export const asSizesOperator: OperatorOf<'AsSizes'> = /* @__PURE__ */ operator('AsSizes', {
  traits: ['telling'],
  infer: ([x], { values }) => {
    if (x.dtype !== 'int64') throw new TypeMismatchError('asSizes', 'int64 numbers', x.dtype, "Use cast(x, 'int64').")
    if (x.rank > 1 || (x.shape[0] ?? 1) !== values.length)
      throw new ShapeError('asSizes', `a scalar or a list of ${values.length} numbers, one a size`, printShape(x.shape))
    return [x]
  },
  reference: ([x]) => x,
})

/**
 * Computed numbers as sizes, which are known when the Program runs.
 *
 * @param x - int64, a scalar or [as many as names].
 * @param names - of the sizes; each differs from all other names of sizes. A dimension in place of a name is what the number has to be.
 * @returns the sizes.
 * @throws ShapeError, TypeMismatchError if x is none of these. When it runs, FeedError for a negative number, or another one than the dimension.
 * @example const [graphs] = asSizes(add(reduceMax(batch), 1), ['graphs'])
 */
export function asSizes(x: Tensor, names: readonly DimensionLike[]): Dimension[] {
  const { node } = apply(asSizesOperator, [x], { values: names })
  return names.map((name) => ofTeller(name, node))
}
