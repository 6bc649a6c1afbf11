import {
  expand as expandReference,
  reshape as reshapeReference,
  squeeze as squeezeReference,
  transpose as transposeReference,
  unsqueeze as unsqueezeReference,
} from '../evaluate/shape.ts'
import { allAxes, broadcastShapes, normalizeAxis } from '../expression/axes.ts'
import {
  type Dimension,
  type DimensionLike,
  dimension,
  divideExactly,
  printShape,
  product,
  sameDimension,
  sameShape,
} from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { apply, type OperatorOf, operator } from './operator.ts'

/** Entry of Reshape. */
export const reshapeOperator: OperatorOf<'Reshape'> = /* @__PURE__ */ operator('Reshape', {
  traits: ['rearranging'],
  infer: ([{ dtype, shape: from }], { shape }) => {
    if (!sameDimension(product(from), product(shape))) {
      throw new ShapeError(
        'Reshape',
        `a shape of ${product(from)} elements, as ${printShape(from)} has`,
        `${printShape(shape)} of ${product(shape)}`,
      )
    }
    return [{ dtype, shape }]
  },
  reference: reshapeReference,
})

/**
 * The same elements in row-major order under another shape.
 *
 * @param shape - one entry may be -1: what is left over.
 * @throws ShapeError if the counts of elements differ, or cannot be compared because the symbols differ.
 * @see ONNX Reshape.
 */
export function reshape(x: Tensor, shape: readonly DimensionLike[]): Tensor {
  const open = shape.indexOf(-1)
  const known = shape.map((d, i) => (i === open ? 1 : dimension(d)))
  if (open >= 0) {
    const rest = divideExactly(product(x.shape), product(known)) ?? leftOver(x.shape, known)
    if (rest === undefined) throw new ShapeError('Reshape', `sizes that divide the elements of ${printShape(x.shape)}`, printShape(known))
    known[open] = rest
  }
  return sameShape(x.shape, known) ? x : apply(reshapeOperator, [x], { shape: known })
}

/** The quotient of two products where whole factors cancel one by one, as polynomials with several terms do. */
function leftOver(shape: readonly Dimension[], known: readonly Dimension[]): Dimension | undefined {
  const rest = [...shape]
  for (const d of known) {
    const at = rest.findIndex((other) => sameDimension(other, d))
    if (at >= 0) rest.splice(at, 1)
    else if (d !== 1) return undefined
  }
  return product(rest)
}

/** Entry of Squeeze. */
export const squeezeOperator: OperatorOf<'Squeeze'> = /* @__PURE__ */ operator('Squeeze', {
  traits: ['rearranging'],
  infer: ([{ dtype, shape }], { axes }) => {
    const wide = axes.find((axis) => shape[axis] !== 1)
    if (wide !== undefined) throw new ShapeError('Squeeze', `size 1 at axis ${wide}`, printShape(shape))
    return [{ dtype, shape: shape.filter((_, i) => !axes.includes(i)) }]
  },
  reference: squeezeReference,
})

/** Drops axes of size 1. @see ONNX Squeeze. */
export function squeeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const normal = [axes].flat().map((axis) => normalizeAxis('Squeeze', axis, x.rank))
  return normal.length === 0 ? x : apply(squeezeOperator, [x], { axes: normal.sort((a, b) => a - b) })
}

/** Sizes with 1 at these axes of the result. */
function widened<D>(shape: readonly D[], axes: readonly number[], one: D): D[] {
  const sizes = shape.values()
  return allAxes(shape.length + axes.length).map((i) => (axes.includes(i) ? one : (sizes.next().value ?? one)))
}

/** Entry of Unsqueeze. */
export const unsqueezeOperator: OperatorOf<'Unsqueeze'> = /* @__PURE__ */ operator('Unsqueeze', {
  traits: ['rearranging'],
  infer: ([{ dtype, shape }], { axes }) => [{ dtype, shape: widened<Dimension>(shape, axes, 1) }],
  reference: unsqueezeReference,
})

/** Adds axes of size 1; the numbers are axes of the result. @see ONNX Unsqueeze. */
export function unsqueeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const added = [axes].flat()
  const normal = added.map((axis) => normalizeAxis('Unsqueeze', axis, x.rank + added.length))
  return normal.length === 0 ? x : apply(unsqueezeOperator, [x], { axes: normal.sort((a, b) => a - b) })
}

/** Entry of Transpose. */
export const transposeOperator: OperatorOf<'Transpose'> = /* @__PURE__ */ operator('Transpose', {
  traits: ['rearranging'],
  infer: ([x], { permutation }) => {
    const { dtype, shape } = x
    if (permutation.length !== shape.length || new Set(permutation).size !== shape.length || permutation.some((p) => !(p in shape))) {
      throw new ShapeError('Transpose', `a permutation of the axes 0 to ${shape.length - 1}`, `[${permutation.join(', ')}]`)
    }
    return [{ dtype, shape: permutation.map((p) => x.size(p)) }]
  },
  reference: transposeReference,
})

/** Axis i of the result is axis permutation[i] of x; reversed if left out. @see ONNX Transpose. */
export function transpose(x: Tensor, permutation: readonly number[] = allAxes(x.rank).reverse()): Tensor {
  const normal = permutation.map((axis) => normalizeAxis('Transpose', axis, x.rank))
  return normal.length === x.rank && normal.every((p, i) => p === i) ? x : apply(transposeOperator, [x], { permutation: normal })
}

/** Exchanges two axes. */
export function swapAxes(x: Tensor, a: number, b: number): Tensor {
  const [p, q] = [normalizeAxis('swapAxes', a, x.rank), normalizeAxis('swapAxes', b, x.rank)]
  return transpose(
    x,
    allAxes(x.rank).map((i) => (i === p ? q : i === q ? p : i)),
  )
}

/** Moves one axis, the others keep their order. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const source = normalizeAxis('moveAxis', from, x.rank)
  const order = allAxes(x.rank).filter((i) => i !== source)
  order.splice(normalizeAxis('moveAxis', to, x.rank), 0, source)
  return transpose(x, order)
}

/** Entry of Expand. */
export const expandOperator: OperatorOf<'Expand'> = /* @__PURE__ */ operator('Expand', {
  traits: ['rearranging', 'axiswise'],
  infer: ([{ dtype, shape: from }], { shape }) => [{ dtype, shape: broadcastShapes('Expand', from, shape) }],
  reference: expandReference,
})

/** Repeats along axes of size 1, and in front, until it has that shape (both broadcast). @see ONNX Expand. */
export function expand(x: Tensor, shape: readonly DimensionLike[]): Tensor {
  const to = broadcastShapes('Expand', x.shape, shape.map(dimension))
  return sameShape(x.shape, to) ? x : apply(expandOperator, [x], { shape: to })
}
