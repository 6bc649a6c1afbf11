import { type Dimension, floorDivide, minus, plus, product, times } from '@equivar/tensor'
import type { Value } from './values.ts'

type Arithmetic = (a: Dimension, b: Dimension) => Dimension | undefined

/** a / b for sizes, which are not negative; numbers as ONNX divides them. */
const divide: Arithmetic = (a, b) => {
  if (typeof b !== 'number') return undefined
  if (typeof a === 'number') return Math.trunc(a / b)
  return b > 0 ? floorDivide(a, b) : undefined
}

const arithmetic: Readonly<Record<string, Arithmetic>> = {
  Add: plus,
  Sub: minus,
  Mul: times,
  Div: divide,
  Mod: (a, b) => (typeof b === 'number' && b > 0 ? minus(a, times(b, floorDivide(a, b))) : undefined),
}

function elementwise(f: Arithmetic, [a, b]: readonly Value[]): Value | undefined {
  const [p, q] = [a?.sizes ?? [], b?.sizes ?? []]
  if (p.length !== q.length && p.length !== 1 && q.length !== 1) return undefined
  const length = p.length === 1 ? q.length : p.length
  const sizes = Array.from({ length }, (_, i) => f(p[p.length === 1 ? 0 : i] as Dimension, q[q.length === 1 ? 0 : i] as Dimension))
  if (sizes.some((d) => d === undefined)) return undefined
  return { sizes: sizes as Dimension[], scalar: a?.scalar === true && b?.scalar === true }
}

const numbers = ({ sizes }: Value): number[] | undefined =>
  sizes?.every((d) => typeof d === 'number') === true ? (sizes as number[]) : undefined

function pick([x, index]: readonly Value[]): Value | undefined {
  const at = index === undefined ? undefined : numbers(index)
  const sizes = x?.sizes ?? []
  if (at === undefined || x?.scalar === true) return undefined
  return { sizes: at.map((i) => sizes[i < 0 ? i + sizes.length : i] as Dimension), scalar: index?.scalar === true }
}

function cut(inputs: readonly Value[]): Value | undefined {
  const [sizes, start, end, , step = [1]] = [inputs[0]?.sizes ?? [], ...inputs.slice(1).map(numbers)] as [
    Dimension[],
    number[],
    number[],
    number[],
    number[],
  ]
  if (start === undefined || end === undefined || step[0] !== 1) return undefined
  return { sizes: sizes.slice(start[0], Math.min(end[0] as number, sizes.length)) }
}

/**
 * The result of a node as sizes, where its inputs are sizes and it only counts with them.
 *
 * @returns undefined if it has to be computed as numbers.
 */
export function foldSizes(operator: string, inputs: readonly Value[]): Value | undefined {
  if (inputs.length === 0 || inputs.some(({ sizes }) => sizes === undefined)) return undefined
  const [x] = inputs as [Value]
  const f = arithmetic[operator]
  if (f !== undefined) return elementwise(f, inputs)
  switch (operator) {
    case 'Identity':
      return x
    case 'Concat':
      return inputs.some(({ scalar }) => scalar === true) ? undefined : { sizes: inputs.flatMap(({ sizes = [] }) => sizes) }
    case 'Squeeze':
      return x.sizes?.length === 1 ? { sizes: x.sizes, scalar: true } : undefined
    case 'Unsqueeze':
      return x.scalar === true ? { sizes: x.sizes ?? [] } : undefined
    case 'Reshape':
      return x.sizes?.length === 1 ? { sizes: x.sizes, scalar: inputs[1]?.sizes?.length === 0 } : undefined
    case 'Gather':
      return pick(inputs)
    case 'Slice':
      return cut(inputs)
    case 'ReduceProd':
      return inputs.length === 1 ? { sizes: [product(x.sizes ?? [])], scalar: false } : undefined
    default:
      return undefined
  }
}
