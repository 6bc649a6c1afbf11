import { type Dimension, divideExactly, product, times } from '../../expression/dimension.ts'
import type { NodeOf } from '../../operators/signatures.ts'

/** Where the rows of examples lie. */
export interface Rows {
  readonly axis: number
  /** How often the rows begin anew along the axis: `a` times where [a, batch] has become one axis of a batch elements. As a rule once. */
  readonly times: Dimension
}

/**
 * Where a Reshape puts the rows: as many elements as before stay ahead of them, be they of axes before theirs or of their own.
 *
 * @returns undefined if the one axis whose size grows with the examples does not hold them whole.
 */
export function reshapedRows({ inputs: [x], output }: NodeOf<'Reshape'>, rows: Rows, holds: (d: Dimension) => boolean): Rows | undefined {
  const axis = output.shape.findIndex(holds)
  if (axis < 0) return undefined
  const ahead = times(product(x.shape.slice(0, rows.axis)), rows.times)
  const often = divideExactly(ahead, product(output.shape.slice(0, axis)))
  if (often === undefined || divideExactly(output.shape[axis] as Dimension, often) === undefined) return undefined
  return { axis, times: often }
}
