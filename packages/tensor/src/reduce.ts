import { sizeOf } from './constant.ts'
import { type Dimension, printShape, product } from './dimension.ts'
import { add, and, cast, div, equal, exp, isFloat, mul, sqrt, sub, where } from './elementwise.ts'
import { ShapeError, TypeMismatchError } from './errors.ts'
import { scatterElements } from './indexing.ts'
import type { OperatorAttributes, OperatorName, ReduceAttributes } from './operators.ts'
import { expand, unsqueeze, zeros } from './shape.ts'
import { apply, type Operator, type Tensor } from './tensor.ts'

/** Which axes a reduction takes. */
export interface ReduceOptions {
  /** One axis or several; negative ones count from the last. All if left out. */
  readonly axis?: number | readonly number[]
  /** Whether reduced axes stay, with size 1. */
  readonly keepDims?: boolean
}

/**
 * The axis as a number from 0.
 *
 * @throws ShapeError if the tensor has no such axis.
 */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank)
    throw new ShapeError(where, `an axis from ${-rank} to ${rank - 1}`, `${axis}`)
  return normal
}

function normalizeAxes(where: string, axis: number | readonly number[] | undefined, rank: number): number[] {
  if (axis === undefined) return Array.from({ length: rank }, (_, i) => i)
  const axes = (typeof axis === 'number' ? [axis] : [...axis]).map((a) => normalizeAxis(where, a, rank)).sort((a, b) => a - b)
  if (new Set(axes).size !== axes.length) throw new ShapeError(where, 'different axes', `[${axes.join(', ')}]`)
  return axes
}

const reducedShape = (shape: readonly Dimension[], { axes, keepDims }: ReduceAttributes): Dimension[] =>
  keepDims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i))

type Rule = (g: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => Tensor
type Reduction = (x: Tensor, options?: ReduceOptions) => Tensor

function reduction(name: Extract<OperatorName, `Reduce${string}`>, rule: Rule): Reduction {
  const operator: Operator<typeof name> = {
    name,
    infer: ([x], attributes) => {
      const { dtype, shape } = x as Tensor
      if (dtype === 'bool' || (name === 'ReduceLogSumExp' && !isFloat(dtype))) {
        throw new TypeMismatchError(name, 'numbers', dtype, 'Use cast(x, ...) to count.')
      }
      return [{ dtype, shape: reducedShape(shape, attributes) }]
    },
    derivative: ({ inputs: [x], outputs: [y], attributes: { axes, keepDims }, gradients: [g] }) => {
      const kept = (t: Tensor): Tensor => (keepDims || axes.length === 0 ? t : unsqueeze(t, axes))
      return [() => rule(kept(g as Tensor), x as Tensor, kept(y as Tensor), axes)]
    },
  }
  return (x, { axis, keepDims = false } = {}) => {
    const axes = normalizeAxes(name, axis, x.rank)
    return axes.length === 0 && name !== 'ReduceLogSumExp' ? x : apply(operator, [x], { axes, keepDims })
  }
}

const shareTies: Rule = (g, x, y, axes) => {
  const ties = cast(equal(x, y), g.dtype)
  return mul(ties, div(g, reduceSum(ties, { axis: axes, keepDims: true })))
}

/** Sum over axes; 0 over an empty axis. @see ONNX ReduceSum. */
export const reduceSum: Reduction = /* @__PURE__ */ reduction('ReduceSum', (g, x) => expand(g, x.shape))
/** Mean over axes; NaN over an empty axis. @see ONNX ReduceMean. */
export const reduceMean: Reduction = /* @__PURE__ */ reduction('ReduceMean', (g, x, _, axes) =>
  expand(div(g, cast(sizeOf(product(axes.map((a) => x.shape[a] as Dimension))), g.dtype)), x.shape),
)
/** Largest over axes; elements that tie share the gradient equally. The axis must not be empty. @see ONNX ReduceMax. */
export const reduceMax: Reduction = /* @__PURE__ */ reduction('ReduceMax', shareTies)
/** Smallest over axes; elements that tie share the gradient equally. The axis must not be empty. @see ONNX ReduceMin. */
export const reduceMin: Reduction = /* @__PURE__ */ reduction('ReduceMin', shareTies)
/** Product over axes; the first derivative is exact where elements are zero too. @see ONNX ReduceProd. */
export const reduceProd: Reduction = /* @__PURE__ */ reduction('ReduceProd', (g, x, _, axes) => {
  const zero = equal(x, 0)
  const others = where(zero, 1, x)
  const rest = reduceProd(others, { axis: axes, keepDims: true })
  const zeroCount = reduceSum(cast(zero, x.dtype), { axis: axes, keepDims: true })
  return mul(g, where(equal(zeroCount, 0), div(rest, others), where(and(equal(zeroCount, 1), zero), rest, 0)))
})
/** log of the sum of exponentials over axes, without overflow. The axis must not be empty. @see ONNX ReduceLogSumExp. */
export const reduceLogSumExp: Reduction = /* @__PURE__ */ reduction('ReduceLogSumExp', (g, x, y) => mul(g, exp(sub(x, y))))

/** Alias of reduceSum. */
export const sum: Reduction = reduceSum
/** Alias of reduceMean. */
export const mean: Reduction = reduceMean
/** Alias of reduceLogSumExp. */
export const logSumExp: Reduction = reduceLogSumExp

function argument(name: 'ArgMax' | 'ArgMin'): (x: Tensor, axis: number, options?: { keepDims?: boolean }) => Tensor {
  const operator: Operator<typeof name> = {
    name,
    infer: ([x], { axis, keepDims }) => [{ dtype: 'int64', shape: reducedShape((x as Tensor).shape, { axes: [axis], keepDims }) }],
  }
  return (x, axis, { keepDims = false } = {}) => apply(operator, [x], { axis: normalizeAxis(name, axis, x.rank), keepDims })
}

/** Position of the largest along an axis; the first of those that tie. @returns int64. @see ONNX ArgMax. */
export const argMax: (x: Tensor, axis: number, options?: { keepDims?: boolean }) => Tensor = /* @__PURE__ */ argument('ArgMax')
/** Position of the smallest along an axis; the first of those that tie. @returns int64. @see ONNX ArgMin. */
export const argMin: (x: Tensor, axis: number, options?: { keepDims?: boolean }) => Tensor = /* @__PURE__ */ argument('ArgMin')

const cumSumOperator: Operator<'CumSum'> = {
  name: 'CumSum',
  infer: ([x]) => [x as Tensor],
  derivative: ({ attributes, gradients: [g] }) => [
    () => apply(cumSumOperator, [g as Tensor], { ...attributes, reverse: !attributes.reverse }),
  ],
}
/**
 * Running sums along an axis.
 *
 * @param options - `exclusive`: without the element itself; `reverse`: from the end.
 * @see ONNX CumSum.
 */
export function cumSum(
  x: Tensor,
  axis: number,
  { exclusive = false, reverse = false }: { exclusive?: boolean; reverse?: boolean } = {},
): Tensor {
  return apply(cumSumOperator, [x], { axis: normalizeAxis('CumSum', axis, x.rank), exclusive, reverse })
}

type AlongAxis = (x: Tensor, axis?: number) => Tensor

function alongAxis(name: 'Softmax' | 'LogSoftmax', rule: (g: Tensor, y: Tensor, axis: number) => Tensor): AlongAxis {
  const operator: Operator<typeof name> = {
    name,
    infer: ([x]) => [x as Tensor],
    derivative: ({
      outputs: [y],
      attributes: { axis },
      gradients: [g],
    }: {
      outputs: readonly Tensor[]
      attributes: OperatorAttributes['Softmax']
      gradients: readonly (Tensor | undefined)[]
    }) => [() => rule(g as Tensor, y as Tensor, axis)],
  }
  return (x, axis = -1) => apply(operator, [x], { axis: normalizeAxis(name, axis, x.rank) })
}

/** e^x_i / sum_j e^x_j along an axis, the last if left out. @see ONNX Softmax. */
export const softmax: AlongAxis = /* @__PURE__ */ alongAxis('Softmax', (g, y, axis) => {
  const weighted = mul(g, y)
  return sub(weighted, mul(y, reduceSum(weighted, { axis, keepDims: true })))
})
/** x_i - log sum_j e^x_j along an axis, the last if left out. @see ONNX LogSoftmax. */
export const logSoftmax: AlongAxis = /* @__PURE__ */ alongAxis('LogSoftmax', (g, y, axis) =>
  sub(g, mul(exp(y), reduceSum(g, { axis, keepDims: true }))),
)

/** Root of the sum of squares over axes; the derivative at 0 is NaN unless `epsilon`, which is added to the sum, is positive. */
export function norm(x: Tensor, options: ReduceOptions & { readonly epsilon?: number } = {}): Tensor {
  const squares = reduceSum(mul(x, x), options)
  return sqrt(options.epsilon === undefined ? squares : add(squares, options.epsilon))
}

const topKOperator: Operator<'TopK'> = {
  name: 'TopK',
  infer: ([x], { axis, k }) => {
    const { dtype, shape } = x as Tensor
    const size = shape[axis]
    if (typeof k === 'number' && typeof size === 'number' && k > size)
      throw new ShapeError('TopK', `k of at most ${size}, the size of axis ${axis} of ${printShape(shape)}`, `${k}`)
    const kept = shape.map((d, i) => (i === axis ? k : d))
    return [
      { dtype, shape: kept },
      { dtype: 'int64', shape: kept },
    ]
  },
  derivative: ({ inputs: [x], outputs: [, indices], attributes: { axis }, gradients: [g] }) => [
    g === undefined
      ? undefined
      : () => scatterElements(zeros((x as Tensor).shape, g.dtype), indices as Tensor, g, { axis, reduction: 'add' }),
  ],
}

/**
 * The k largest (or smallest) along an axis, in order; the lower index first among those that tie.
 *
 * @returns values and int64 indices. The gradient goes to the elements picked.
 * @see ONNX TopK.
 */
export function topK(
  x: Tensor,
  k: Dimension,
  axis = -1,
  { largest = true }: { largest?: boolean } = {},
): { values: Tensor; indices: Tensor } {
  const values = apply(topKOperator, [x], { k, axis: normalizeAxis('TopK', axis, x.rank), largest })
  return { values, indices: values.node.outputs[1] as Tensor }
}
