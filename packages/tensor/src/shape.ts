import { constant, sizeOf } from './constant.ts'
import {
  type Dimension,
  type DimensionLike,
  dimension,
  divideExactly,
  floorDivide,
  minus,
  plus,
  printShape,
  product,
  sameDimension,
  sameShape,
  times,
} from './dimension.ts'
import { broadcastShapes, cast, mul, sumTo } from './elementwise.ts'
import { ShapeError, TypeMismatchError } from './errors.ts'
import { normalizeAxis, reduceSum } from './reduce.ts'
import { apply, applyAll, type Operator, type Tensor } from './tensor.ts'
import type { DataType } from './value.ts'

const all = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i)

const reshapeOperator: Operator<'Reshape'> = {
  name: 'Reshape',
  infer: ([x], { shape }) => {
    const { dtype, shape: from } = x as Tensor
    if (!sameDimension(product(from), product(shape))) {
      throw new ShapeError(
        'Reshape',
        `a shape of ${product(from)} elements, as ${printShape(from)} has`,
        `${printShape(shape)} of ${product(shape)}`,
      )
    }
    return [{ dtype, shape }]
  },
  derivative: ({ inputs: [x], gradients: [g] }) => [() => reshape(g as Tensor, (x as Tensor).shape)],
}

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

const squeezeOperator: Operator<'Squeeze'> = {
  name: 'Squeeze',
  infer: ([x], { axes }) => {
    const { dtype, shape } = x as Tensor
    const wide = axes.find((axis) => shape[axis] !== 1)
    if (wide !== undefined) throw new ShapeError('Squeeze', `size 1 at axis ${wide}`, printShape(shape))
    return [{ dtype, shape: shape.filter((_, i) => !axes.includes(i)) }]
  },
  derivative: ({ attributes: { axes }, gradients: [g] }) => [() => unsqueeze(g as Tensor, axes)],
}

/** Drops axes of size 1. @see ONNX Squeeze. */
export function squeeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const normal = [axes].flat().map((axis) => normalizeAxis('Squeeze', axis, x.rank))
  return normal.length === 0 ? x : apply(squeezeOperator, [x], { axes: normal.sort((a, b) => a - b) })
}

const unsqueezeOperator: Operator<'Unsqueeze'> = {
  name: 'Unsqueeze',
  infer: ([x], { axes }) => {
    const { dtype, shape } = x as Tensor
    const sizes = [...shape]
    return [{ dtype, shape: all(shape.length + axes.length).map((i) => (axes.includes(i) ? 1 : (sizes.shift() as Dimension))) }]
  },
  derivative: ({ attributes: { axes }, gradients: [g] }) => [() => squeeze(g as Tensor, axes)],
}

/** Adds axes of size 1; the numbers are axes of the result. @see ONNX Unsqueeze. */
export function unsqueeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const added = [axes].flat()
  const normal = added.map((axis) => normalizeAxis('Unsqueeze', axis, x.rank + added.length))
  return normal.length === 0 ? x : apply(unsqueezeOperator, [x], { axes: normal.sort((a, b) => a - b) })
}

const transposeOperator: Operator<'Transpose'> = {
  name: 'Transpose',
  infer: ([x], { permutation }) => {
    const { dtype, shape } = x as Tensor
    if (permutation.length !== shape.length || new Set(permutation).size !== shape.length || permutation.some((p) => !(p in shape))) {
      throw new ShapeError('Transpose', `a permutation of the axes 0 to ${shape.length - 1}`, `[${permutation.join(', ')}]`)
    }
    return [{ dtype, shape: permutation.map((p) => shape[p] as Dimension) }]
  },
  derivative: ({ attributes: { permutation }, gradients: [g] }) => [
    () =>
      transpose(
        g as Tensor,
        permutation.map((_, i) => permutation.indexOf(i)),
      ),
  ],
}

/** Axis i of the result is axis permutation[i] of x; reversed if left out. @see ONNX Transpose. */
export function transpose(x: Tensor, permutation: readonly number[] = all(x.rank).reverse()): Tensor {
  const normal = permutation.map((axis) => normalizeAxis('Transpose', axis, x.rank))
  return normal.length === x.rank && normal.every((p, i) => p === i) ? x : apply(transposeOperator, [x], { permutation: normal })
}

/** Exchanges two axes. */
export function swapAxes(x: Tensor, a: number, b: number): Tensor {
  const [p, q] = [normalizeAxis('swapAxes', a, x.rank), normalizeAxis('swapAxes', b, x.rank)]
  return transpose(
    x,
    all(x.rank).map((i) => (i === p ? q : i === q ? p : i)),
  )
}

/** Moves one axis, the others keep their order. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const source = normalizeAxis('moveAxis', from, x.rank)
  const order = all(x.rank).filter((i) => i !== source)
  order.splice(normalizeAxis('moveAxis', to, x.rank), 0, source)
  return transpose(x, order)
}

const expandOperator: Operator<'Expand'> = {
  name: 'Expand',
  infer: ([x], { shape }) => {
    const { dtype, shape: from } = x as Tensor
    return [{ dtype, shape: broadcastShapes('Expand', from, shape) }]
  },
  derivative: ({ inputs: [x], gradients: [g] }) => [() => sumTo(g as Tensor, (x as Tensor).shape)],
}

/** Repeats along axes of size 1, and in front, until it has that shape (both broadcast). @see ONNX Expand. */
export function expand(x: Tensor, shape: readonly DimensionLike[]): Tensor {
  const to = broadcastShapes('Expand', x.shape, shape.map(dimension))
  return sameShape(x.shape, to) ? x : apply(expandOperator, [x], { shape: to })
}

/** That number everywhere. */
export function full(value: number, shape: readonly DimensionLike[], dtype: DataType = 'float32'): Tensor {
  return expand(constant(value, [], dtype), shape)
}

/** Zeros of that shape. */
export function zeros(shape: readonly DimensionLike[], dtype: DataType = 'float32'): Tensor {
  return full(0, shape, dtype)
}

/** Ones of that shape. */
export function ones(shape: readonly DimensionLike[], dtype: DataType = 'float32'): Tensor {
  return full(1, shape, dtype)
}

const concatOperator: Operator<'Concat'> = {
  name: 'Concat',
  infer: (inputs, { axis }) => {
    const first = inputs[0] as Tensor
    for (const x of inputs) {
      const fits = x.rank === first.rank && x.shape.every((d, i) => i === axis || sameDimension(d, first.shape[i] as Dimension))
      if (!fits)
        throw new ShapeError('Concat', `shapes that differ at axis ${axis} only`, `${printShape(first.shape)} and ${printShape(x.shape)}`)
      if (x.dtype !== first.dtype) throw new TypeMismatchError('Concat', 'tensors of one type', `${first.dtype} and ${x.dtype}`)
    }
    const size = inputs.map((x) => x.shape[axis] as Dimension).reduce(plus)
    return [{ dtype: first.dtype, shape: first.shape.map((d, i) => (i === axis ? size : d)) }]
  },
  derivative: ({ inputs, attributes: { axis }, gradients: [g] }) => {
    let start: Dimension = 0
    return inputs.map((x) => {
      const from = start
      const to = plus(from, x.shape[axis] as Dimension)
      start = to
      return () => slice(g as Tensor, { axis, start: from, end: to })
    })
  },
}

/** Joins tensors along an axis. @throws ShapeError if there is none, or they differ elsewhere. @see ONNX Concat. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0]
  if (first === undefined) throw new ShapeError('Concat', 'at least one tensor', 'none')
  return tensors.length === 1 ? first : apply(concatOperator, tensors, { axis: normalizeAxis('Concat', axis, first.rank) })
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return concat(
    tensors.map((x) => unsqueeze(x, axis)),
    axis,
  )
}

const sliceOperator: Operator<'Slice'> = {
  name: 'Slice',
  infer: ([x], { axes, starts, ends, steps }) => {
    const { dtype, shape } = x as Tensor
    const sizes = [...shape]
    axes.forEach((axis, i) => {
      const [start, end, step, size] = [starts[i] as Dimension, ends[i] as Dimension, steps[i] as number, shape[axis] as Dimension]
      if (typeof start === 'number' && typeof end === 'number' && (start < 0 || end < start || (typeof size === 'number' && end > size))) {
        throw new ShapeError('Slice', `0 <= start <= end <= ${size} at axis ${axis}`, `start ${start}, end ${end}`)
      }
      sizes[axis] = step === -1 ? size : floorDivide(plus(minus(end, start), step - 1), step)
    })
    return [{ dtype, shape: sizes }]
  },
  derivative: ({ inputs: [x], attributes, gradients: [g] }) => [() => unslice(g as Tensor, (x as Tensor).shape, attributes)],
}

/** Puts a slice back where it was cut, with zeros around and between. */
function unslice(
  g: Tensor,
  shape: readonly Dimension[],
  {
    axes,
    starts,
    ends,
    steps,
  }: { axes: readonly number[]; starts: readonly Dimension[]; ends: readonly Dimension[]; steps: readonly number[] },
): Tensor {
  let spread = g
  const before: Dimension[] = shape.map(() => 0)
  const after: Dimension[] = shape.map(() => 0)
  axes.forEach((axis, i) => {
    const step = steps[i] as number
    if (step === -1) {
      spread = flip(spread, axis)
      return
    }
    const covered = minus(ends[i] as Dimension, starts[i] as Dimension)
    if (step > 1) spread = slice(dilate(spread, axis, step), { axis, start: 0, end: covered })
    before[axis] = starts[i] as Dimension
    after[axis] = minus(shape[axis] as Dimension, ends[i] as Dimension)
  })
  return pad(spread, [...before, ...after])
}

/** Puts step - 1 zeros behind every element of an axis. */
export function dilate(x: Tensor, axis: number, step: number): Tensor {
  if (step === 1) return x
  const wide = unsqueeze(x, axis + 1)
  const after = wide.shape.map((_, i) => (i === axis + 1 ? step - 1 : 0))
  return reshape(
    pad(wide, [...wide.shape.map(() => 0), ...after]),
    x.shape.map((d, i) => (i === axis ? times(d, step) : d)),
  )
}

/** A part of an axis. */
export interface Interval {
  readonly axis: number
  /** First element; negative numbers count from the end. 0 if left out. */
  readonly start?: DimensionLike
  /** Behind the last element; negative numbers count from the end, numbers beyond it are cut. The size if left out. */
  readonly end?: DimensionLike
  /** Every step-th element; 1 if left out. */
  readonly step?: number
}

/**
 * Parts of axes: elements start, start + step, ... before end.
 *
 * @throws ShapeError if the bounds are out of order or outside the axis. Use `flip` to reverse.
 * @see ONNX Slice.
 */
export function slice(x: Tensor, ...intervals: readonly Interval[]): Tensor {
  const cut = intervals.map(({ axis, start = 0, end, step = 1 }) => {
    const a = normalizeAxis('Slice', axis, x.rank)
    const size = x.shape[a] as Dimension
    const bound = (d: DimensionLike): Dimension => {
      const at = typeof d === 'number' && d < 0 ? plus(size, d) : dimension(d)
      return typeof at === 'number' && typeof size === 'number' ? Math.max(0, Math.min(at, size)) : at
    }
    if (!Number.isInteger(step) || step < 1) throw new ShapeError('Slice', 'a positive step (flip reverses)', `${step}`)
    const from = bound(start)
    const to = end === undefined ? size : bound(end)
    const ordered = typeof from === 'number' && typeof to === 'number' && to < from ? from : to
    return { a, from, to: ordered, step, whole: step === 1 && from === 0 && sameDimension(ordered, size) }
  })
  const kept = cut.filter(({ whole }) => !whole)
  if (kept.length === 0) return x
  return apply(sliceOperator, [x], {
    axes: kept.map(({ a }) => a),
    starts: kept.map(({ from }) => from),
    ends: kept.map(({ to }) => to),
    steps: kept.map(({ step }) => step),
  })
}

/** Reverses axes. */
export function flip(x: Tensor, axes: number | readonly number[]): Tensor {
  const normal = [axes].flat().map((axis) => normalizeAxis('flip', axis, x.rank))
  if (normal.length === 0) return x
  return apply(sliceOperator, [x], {
    axes: normal,
    starts: normal.map(() => 0),
    ends: normal.map((a) => x.shape[a] as Dimension),
    steps: normal.map(() => -1),
  })
}

const splitOperator: Operator<'Split'> = {
  name: 'Split',
  infer: ([x], { axis, sizes }) => {
    const { dtype, shape } = x as Tensor
    const sum = sizes.reduce(plus, 0)
    if (!sameDimension(sum, shape[axis] as Dimension)) {
      throw new ShapeError('Split', `sizes that add up to ${shape[axis]}, the size of axis ${axis}`, `${printShape(sizes)} with sum ${sum}`)
    }
    return sizes.map((size) => ({ dtype, shape: shape.map((d, i) => (i === axis ? size : d)) }))
  },
  derivative: ({ outputs, attributes: { axis }, gradients }) => [
    () =>
      concat(
        outputs.map((y, i) => gradients[i] ?? zeros(y.shape, y.dtype)),
        axis,
      ),
  ],
}

/** Cuts an axis into pieces of those sizes. @see ONNX Split. */
export function split(x: Tensor, sizes: readonly DimensionLike[], axis: number): readonly Tensor[] {
  return applyAll(splitOperator, [x], { axis: normalizeAxis('Split', axis, x.rank), sizes: sizes.map(dimension) })
}

const padOperator: Operator<'Pad'> = {
  name: 'Pad',
  infer: ([x], { pads }) => {
    const { dtype, shape } = x as Tensor
    if (pads.length !== 2 * shape.length || pads.some((p) => typeof p === 'number' && p < 0)) {
      throw new ShapeError(
        'Pad',
        `${2 * shape.length} non-negative pads for shape ${printShape(shape)}`,
        printShape(pads),
        'Use slice to cut.',
      )
    }
    return [{ dtype, shape: shape.map((d, i) => plus(d, plus(pads[i] as Dimension, pads[i + shape.length] as Dimension))) }]
  },
  derivative: ({ inputs: [x], attributes: { pads }, gradients: [g] }) => [
    () =>
      slice(
        g as Tensor,
        ...(x as Tensor).shape.map((d, axis) => ({ axis, start: pads[axis] as Dimension, end: plus(pads[axis] as Dimension, d) })),
      ),
  ],
}

/** How what lies outside is made up. */
export type PadMode = 'constant' | 'reflect' | 'edge' | 'wrap'

/**
 * Extends axes.
 *
 * @param pads - [before of every axis..., after of every axis...].
 * @param options - mode `constant` (with `value`, 0 if left out), `reflect` (without repeating the edge), `edge`, `wrap` (the torus).
 * @throws ShapeError if a reflection or a wrap reaches further than the axis is long.
 * @see ONNX Pad; modes other than constant are composed of slices.
 */
export function pad(
  x: Tensor,
  pads: readonly DimensionLike[],
  { mode = 'constant', value = 0 }: { mode?: PadMode; value?: number } = {},
): Tensor {
  const amounts = pads.map(dimension)
  if (amounts.every((p) => p === 0) && amounts.length === 2 * x.rank) return x
  if (mode === 'constant') return apply(padOperator, [x], { pads: amounts, value })
  return x.shape.reduce<Tensor>((y, _, axis) => extend(y, axis, amounts[axis] as Dimension, amounts[axis + x.rank] as Dimension, mode), x)
}

function extend(x: Tensor, axis: number, before: Dimension, after: Dimension, mode: Exclude<PadMode, 'constant'>): Tensor {
  const size = x.shape[axis] as Dimension
  const limit = mode === 'reflect' ? minus(size, 1) : size
  for (const p of [before, after]) {
    if (mode !== 'edge' && typeof p === 'number' && typeof limit === 'number' && p > limit) {
      throw new ShapeError('pad', `pads of at most ${limit} in mode ${mode} at axis ${axis}`, `${p}`)
    }
  }
  const side = (amount: Dimension, first: boolean): Tensor[] => {
    if (amount === 0) return []
    if (mode === 'edge') {
      const at: Dimension = first ? 0 : minus(size, 1)
      const edge = slice(x, { axis, start: at, end: plus(at, 1) })
      return [
        expand(
          edge,
          edge.shape.map((d, i) => (i === axis ? amount : d)),
        ),
      ]
    }
    if (mode === 'wrap') return [first ? slice(x, { axis, start: minus(size, amount) }) : slice(x, { axis, end: amount })]
    const part = first ? { start: 1, end: plus(amount, 1) } : { start: minus(minus(size, 1), amount), end: minus(size, 1) }
    return [flip(slice(x, { axis, ...part }), axis)]
  }
  return concat([...side(before, true), x, ...side(after, false)], axis)
}

const tileOperator: Operator<'Tile'> = {
  name: 'Tile',
  infer: ([x], { repeats }) => {
    const { dtype, shape } = x as Tensor
    if (repeats.length !== shape.length) throw new ShapeError('Tile', `${shape.length} repeats, one an axis`, `${repeats.length}`)
    return [{ dtype, shape: shape.map((d, i) => times(d, repeats[i] as Dimension)) }]
  },
  derivative: ({ inputs: [x], attributes: { repeats }, gradients: [g] }) => [
    () => {
      const shape = (x as Tensor).shape.flatMap((d, i) => [repeats[i] as Dimension, d])
      return reduceSum(reshape(g as Tensor, shape), { axis: repeats.map((_, i) => 2 * i) })
    },
  ],
}

/** Repeats the whole along every axis. @see ONNX Tile. */
export function tile(x: Tensor, repeats: readonly DimensionLike[]): Tensor {
  return apply(tileOperator, [x], { repeats: repeats.map(dimension) })
}

const triluOperator: Operator<'Trilu'> = {
  name: 'Trilu',
  infer: ([x]) => {
    if ((x as Tensor).rank < 2) throw new ShapeError('Trilu', 'at least two axes', printShape((x as Tensor).shape))
    return [x as Tensor]
  },
  derivative: ({ attributes, gradients: [g] }) => [() => apply(triluOperator, [g as Tensor], attributes)],
}

/** Keeps the upper (or lower) triangle of the last two axes, from the k-th diagonal on; zeros elsewhere. @see ONNX Trilu. */
export function trilu(x: Tensor, { upper = true, k = 0 }: { upper?: boolean; k?: number } = {}): Tensor {
  return apply(triluOperator, [x], { upper, k })
}

const rangeOperator: Operator<'Range'> = { name: 'Range', infer: (_, { length }) => [{ dtype: 'int64', shape: [length] }] }

/** 0, 1, ..., length - 1. @returns int64 [length]. @see ONNX Range. */
export function range(length: DimensionLike): Tensor {
  return apply(rangeOperator, [], { length: dimension(length) })
}

const eyeLikeOperator: Operator<'EyeLike'> = {
  name: 'EyeLike',
  infer: (_, { rows, columns, dtype }) => [{ dtype, shape: [rows, columns] }],
}

/** Ones on the k-th diagonal, zeros elsewhere. @returns [rows, columns]. @see ONNX EyeLike. */
export function eyeLike(
  rows: DimensionLike,
  columns: DimensionLike = rows,
  { k = 0, dtype = 'float32' }: { k?: number; dtype?: DataType } = {},
): Tensor {
  return apply(eyeLikeOperator, [], { rows: dimension(rows), columns: dimension(columns), k, dtype })
}

/** The diagonal of two axes of one size, as the last axis. Cost: a product and a sum over the whole, as ONNX has no such operator. */
export function diagonal(x: Tensor, axisA = -2, axisB = -1): Tensor {
  const [first, second] = [normalizeAxis('diagonal', axisA, x.rank), normalizeAxis('diagonal', axisB, x.rank)].sort((a, b) => a - b) as [
    number,
    number,
  ]
  const eye = eyeLike(x.shape[first] as Dimension, x.shape[second] as Dimension, { dtype: x.dtype })
  const others = Array.from({ length: x.rank - first }, (_, i) => i).filter((i) => i !== 0 && i !== second - first)
  return moveAxis(reduceSum(mul(x, unsqueeze(eye, others)), { axis: second }), first, -1)
}

/** The count of elements along the axes, as a scalar of that type. */
export function countAlong(x: Tensor, axes: readonly number[], dtype: DataType): Tensor {
  return cast(sizeOf(product(axes.map((a) => x.shape[a] as Dimension))), dtype)
}
