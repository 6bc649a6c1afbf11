import { type Dimension, DimensionError, floorDivide, minus, plus, product, sameDimension, tensorValue, times } from '@equivar/tensor'
import type { NodeReader } from './node-reader.ts'
import { MOST_SIZES, type Value } from './values.ts'

/** A value whose numbers are sizes. */
interface Sizes {
  readonly sizes: readonly Dimension[]
  readonly scalar?: boolean
}

type Arithmetic = (a: Dimension, b: Dimension) => Dimension | undefined

/** a / b for sizes, which are not negative; numbers as ONNX divides them. */
const divide: Arithmetic = (a, b) => {
  if (typeof b !== 'number' || b === 0) return undefined
  if (typeof a === 'number') return Math.trunc(a / b)
  return b > 0 ? floorDivide(a, b) : undefined
}

/** The remainder with the sign of the divisor; with that of the dividend, as fmod says, of numbers only. */
const remainder =
  (truncated: boolean): Arithmetic =>
  (a, b) => {
    if (typeof b !== 'number' || b <= 0) return undefined
    if (!truncated) return minus(a, times(b, floorDivide(a, b)))
    return typeof a === 'number' ? a % b : undefined
  }

function arithmeticOf(node: NodeReader): Arithmetic | undefined {
  switch (node.node.opType) {
    case 'Add':
      return plus
    case 'Sub':
      return minus
    case 'Mul':
      return times
    case 'Div':
      return divide
    case 'Mod':
      return remainder(node.flag('fmod', false))
  }
  return undefined
}

const allDefined = <T>(list: readonly (T | undefined)[]): list is readonly T[] => list.every((entry) => entry !== undefined)

/** The same where numbers stay numbers that floating point holds; other ones have to be computed in int64. */
const exactly =
  (f: Arithmetic): Arithmetic =>
  (a, b) => {
    if (typeof a !== 'number' || typeof b !== 'number') return f(a, b)
    try {
      return f(a, b)
    } catch (cause) {
      if (cause instanceof DimensionError) return undefined
      throw cause
    }
  }

function elementwise(f: Arithmetic, a: Sizes, b: Sizes): Sizes | undefined {
  const [m, n] = [a.sizes.length, b.sizes.length]
  if (m !== n && m !== 1 && n !== 1) return undefined
  const sizes = Array.from({ length: m === 1 ? n : m }, (_, i) => {
    const [p, q] = [a.sizes[m === 1 ? 0 : i], b.sizes[n === 1 ? 0 : i]]
    return p === undefined || q === undefined ? undefined : f(p, q)
  })
  return allDefined(sizes) ? { sizes, scalar: a.scalar === true && b.scalar === true } : undefined
}

const numbers = (of: Sizes | undefined): number[] | undefined => {
  const found = of?.sizes.filter((d) => typeof d === 'number')
  return found?.length === of?.sizes.length ? found : undefined
}

/** Gather along the only axis. */
function pick(node: NodeReader, x: Sizes, index: Sizes | undefined): Sizes | undefined {
  const at = numbers(index)
  if (at === undefined || x.scalar === true) return undefined
  const { length } = x.sizes
  const sizes = at.map(
    (i) =>
      x.sizes[i < 0 ? i + length : i] ??
      node.refuse(`an index from ${-length} to ${length - 1}, as the input has ${length} numbers`, `${i}`),
  )
  return { sizes, scalar: index?.scalar === true }
}

/** Slice along the only axis. */
function cut(x: Sizes, [starts, ends, , steps]: readonly (Sizes | undefined)[]): Sizes | undefined {
  const [start, end, step = 1] = [numbers(starts)?.[0], numbers(ends)?.[0], numbers(steps)?.[0]]
  if (start === undefined || end === undefined || step !== 1 || x.scalar === true) return undefined
  return { sizes: x.sizes.slice(start, end) }
}

/** Reshape of one number to a scalar or a list. */
function reshaped({ sizes }: Sizes, to: Sizes): Sizes | undefined {
  const [length = 1, ...more] = to.sizes
  const isSingle = sizes.length === 1 && more.length === 0 && (length === 1 || length === -1)
  return isSingle ? { sizes, scalar: to.sizes.length === 0 } : undefined
}

/** ReduceProd over all axes. */
const multiplied = (node: NodeReader, x: Sizes): Sizes =>
  node.flag('noop_with_empty_axes', false) ? x : { sizes: [product(x.sizes)], scalar: x.scalar === true || !node.flag('keepdims', true) }

const INT64 = 7

function rearranged(node: NodeReader, x: Sizes, others: readonly Sizes[]): Sizes | undefined {
  switch (node.node.opType) {
    case 'Identity':
      return x
    case 'Cast':
      return node.int('to', 0) === INT64 ? x : undefined
    case 'Concat':
      return [x, ...others].some(({ scalar }) => scalar === true) ? undefined : { sizes: [x, ...others].flatMap(({ sizes }) => sizes) }
    case 'Squeeze':
      return x.sizes.length === 1 ? { sizes: x.sizes, scalar: true } : undefined
    case 'Unsqueeze':
      return x.scalar === true && (others[0]?.sizes.length ?? 1) === 1 ? { sizes: x.sizes } : undefined
    case 'Reshape':
      return others[0] && reshaped(x, others[0])
    case 'Gather':
      return pick(node, x, others[0])
    case 'Slice':
      return cut(x, others)
    case 'ReduceProd':
      return others.length === 0 ? multiplied(node, x) : undefined
  }
  return undefined
}

/** Whether two sizes are equal, as far as that is known: a sum of products of sizes is at least 0. */
function areEqual(a: Dimension, b: Dimension): boolean | undefined {
  if (sameDimension(a, b)) return true
  if (typeof a === 'number' && typeof b === 'number') return false
  const [number, size] = typeof a === 'number' ? [a, b] : [b, a]
  const isPositive = typeof size !== 'number' && size.terms.every(({ coefficient }) => coefficient > 0)
  return typeof number === 'number' && number < 0 && isPositive ? false : undefined
}

/** Whether sizes are equal, one by one, where all of that is known. */
function compared(a: Sizes, b: Sizes): Value | undefined {
  const found = elementwise(
    (p, q) => {
      const same = areEqual(p, q)
      return same === undefined ? undefined : Number(same)
    },
    a,
    b,
  )
  if (found === undefined) return undefined
  return { data: tensorValue('bool', found.scalar === true ? [] : [found.sizes.length], found.sizes as readonly number[]) }
}

/** Sizes that a known condition chooses. */
function chosen(node: NodeReader): Value | undefined {
  const [condition, a, b] = node.inputs
  const data = condition?.data
  if (data === undefined || data.shape.length > 1 || !isSizes(a) || !isSizes(b)) return undefined
  const where: Sizes = { sizes: Array.from(data.data, Number), scalar: data.shape.length === 0 }
  const yes = elementwise((c, p) => (c === 0 ? 0 : p), where, a)
  const no = elementwise((c, q) => (c === 0 ? q : 0), where, b)
  return yes && no && elementwise(plus, yes, no)
}

const isSizes = (value: Value | undefined): value is Value & Sizes => value?.sizes !== undefined

/**
 * The result of a node as sizes, where its inputs are sizes and it only counts with them.
 *
 * @returns undefined if it has to be computed as numbers.
 */
export function foldSizes(node: NodeReader): Value | undefined {
  const { inputs } = node
  if (node.node.opType === 'Where') return chosen(node)
  if (!inputs.every(isSizes)) return undefined
  const [x, ...others] = inputs
  if (x === undefined) return undefined
  if (node.node.opType === 'Equal' && others[0] !== undefined) return compared(x, others[0])
  const f = arithmeticOf(node)
  const folded = f === undefined ? rearranged(node, x, others) : others[0] && elementwise(exactly(f), x, others[0])
  return folded === undefined || folded.sizes.length > MOST_SIZES ? undefined : folded
}
