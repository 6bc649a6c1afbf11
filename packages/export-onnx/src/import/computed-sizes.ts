import { asSizes, constantData, type Dimension, elementCount, nodeOf, type Tensor, toNumbers, topological } from '@equivar/tensor'
import { MOST_SIZES } from './values.ts'

/** Whether it holds one number. */
const isSingle = ({ shape }: Tensor): boolean => shape.every((d) => d === 1)

/** Whether it depends on no input: numbers of the file that are no sizes are too large, or none at all. */
const isFixed = (x: Tensor): boolean => topological([x]).every(({ operator }) => operator.name !== 'Input' && operator.name !== 'Dimension')

/** Operators that only give a single number another shape. */
const reshaping = ['Reshape', 'Unsqueeze', 'Squeeze'] as const

/**
 * The numbers of an int64 scalar or list as sizes: parts of it that are constants or sizes already stay what they are, the others are known when the
 * Program runs.
 *
 * @param name - the name of a new size, or what it must be; i is the place of the number.
 * @returns undefined if it is no such tensor.
 */
export function computedSizes(
  x: Tensor,
  name: (x: Tensor, i: number) => Parameters<typeof asSizes>[1][number],
): readonly Dimension[] | undefined {
  const [length = 1] = x.shape
  if (x.dtype !== 'int64' || x.rank > 1 || typeof length !== 'number' || length > MOST_SIZES) return undefined
  const data = constantData(x)
  if (data !== undefined) return Array.from(toNumbers(data))
  if (isFixed(x)) return undefined
  const size = nodeOf(x, 'Dimension')?.attributes.dimension
  if (size !== undefined) return [size]
  for (const operator of reshaping) {
    const [inner] = nodeOf(x, operator)?.inputs ?? []
    if (inner !== undefined && isSingle(inner) && inner.rank < 2) return computedSizes(inner, name)
  }
  const parts = nodeOf(x, 'Concat')?.inputs.map((part) => computedSizes(part, name))
  if (parts?.every((part) => part !== undefined)) return parts.flat()
  return asSizes(
    x,
    Array.from({ length: elementCount([length]) }, (_, i) => name(x, i)),
  )
}
