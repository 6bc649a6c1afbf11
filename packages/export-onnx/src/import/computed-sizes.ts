import {
  asSizes,
  constantData,
  type Dimension,
  elementCount,
  evaluate,
  FeedError,
  nodeOf,
  program,
  type ReferenceValue,
  type Tensor,
  toNumbers,
  topological,
} from '@equivar/tensor'
import { MOST_SIZES } from './values.ts'

/** What numbers of the file come to; undefined if they are too large for sizes, or none at all, as 1 / 0. */
function fixedSizes(x: Tensor): readonly number[] | undefined {
  try {
    const { data } = evaluate(program({ inputs: [], outputs: { x } }), {}).x as ReferenceValue
    const numbers = Array.from(data)
    return numbers.every(Number.isSafeInteger) ? numbers : undefined
  } catch (cause) {
    if (cause instanceof FeedError) return undefined
    throw cause
  }
}

/** Whether it depends on no input. */
const isFixed = (x: Tensor): boolean => topological([x]).every(({ operator }) => operator.name !== 'Input' && operator.name !== 'Dimension')

/** Operators that give a number, or a list of them, another shape. */
const reshaping = ['Reshape', 'Unsqueeze', 'Squeeze'] as const

/**
 * The numbers of an int64 scalar or list as sizes: parts of it that are constants or sizes already stay what they are, the others are known when the
 * Program runs.
 *
 * @param name - the name of a new size, or what it must be; i is the place of the number.
 * @param known - what tensors came to before: the same numbers are the same sizes.
 * @returns undefined if it is no such tensor.
 */
export function computedSizes(
  x: Tensor,
  name: (x: Tensor, i: number) => Parameters<typeof asSizes>[1][number],
  known: Map<Tensor, readonly Dimension[] | undefined>,
): readonly Dimension[] | undefined {
  if (!known.has(x)) known.set(x, sizesOf(x, name, known))
  return known.get(x)
}

function sizesOf(
  x: Tensor,
  name: Parameters<typeof computedSizes>[1],
  known: Parameters<typeof computedSizes>[2],
): readonly Dimension[] | undefined {
  const [length = 1] = x.shape
  if (x.dtype !== 'int64' || x.rank > 1 || typeof length !== 'number' || length > MOST_SIZES) return undefined
  const data = constantData(x)
  if (data !== undefined) return Array.from(toNumbers(data))
  if (isFixed(x)) return fixedSizes(x)
  const size = nodeOf(x, 'Dimension')?.attributes.dimension
  if (size !== undefined) return [size]
  for (const operator of reshaping) {
    const [inner] = nodeOf(x, operator)?.inputs ?? []
    if (inner !== undefined && inner.rank < 2) return computedSizes(inner, name, known)
  }
  const parts = nodeOf(x, 'Concat')?.inputs.map((part) => computedSizes(part, name, known))
  if (parts?.every((part) => part !== undefined)) return parts.flat()
  return asSizes(
    x,
    Array.from({ length: elementCount([length]) }, (_, i) => name(x, i)),
  )
}
