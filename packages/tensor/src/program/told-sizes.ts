import { type Dimension, type DimensionLike, dimension, dimensionValue, solveFor } from '../expression/dimension.ts'
import { FeedError } from '../expression/errors.ts'
import type { Node } from '../expression/tensor.ts'

function tell({ operator }: Node, size: Dimension, value: number, sizes: Map<string, number>): void {
  if (!(value >= 0)) throw new FeedError(`run: expected ${operator.name} to give sizes of 0 or more, received ${value} for ${size}.`)
  const solution = solveFor(size, value, sizes)
  if (solution !== undefined) sizes.set(solution.name, solution.value)
  const expected = dimensionValue(size, sizes)
  if (expected !== value)
    throw new FeedError(
      `run: expected ${operator.name} to give the size ${size}${typeof size === 'number' ? '' : ` = ${expected}`}, received ${value}.`,
    )
}

/**
 * Takes the sizes that only a run tells from the results of a node that tells them.
 *
 * @param shapes - of its results.
 * @param values - numbers of its first result, if these are the sizes (AsSizes).
 * @throws FeedError if a size is negative, or another one than the Program says.
 */
export function tellSizes(node: Node, shapes: readonly (readonly number[])[], values: ArrayLike<number>, sizes: Map<string, number>): void {
  for (const [i, { shape }] of node.outputs.entries())
    for (const [axis, size] of shape.entries()) tell(node, size, shapes[i]?.[axis] ?? 0, sizes)
  if ('values' in node.attributes)
    for (const [i, size] of (node.attributes.values as readonly DimensionLike[]).entries())
      tell(node, dimension(size), values[i] ?? 0, sizes)
}
