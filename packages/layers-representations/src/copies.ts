import type { Representation } from '@equivar/groups'
import { concat, type Dimension, printShape, product, reshape, ShapeError, slice, type Tensor, zeros } from '@equivar/tensor'

/** Vectors of a representation, by summand: float32 [rows, copies, components of a copy]. */
export interface Copies {
  readonly blocks: readonly Tensor[]
  /** The axes before the last one of the flat tensor. Their product is `rows`. */
  readonly leading: readonly Dimension[]
  readonly rows: Dimension
}

/** @throws ShapeError if the last axis of x is not as long as vectors of the representation. */
export function requireVectors(where: string, x: Tensor, representation: Representation): void {
  if (x.shape.at(-1) === representation.dimension) return
  throw new ShapeError(where, `x of shape [..., ${representation.dimension}], vectors of ${representation}`, printShape(x.shape))
}

/** Cuts vectors into their summands. @param x - float32 [..., dimension]. */
export function copiesOf(x: Tensor, representation: Representation): Copies {
  const leading = x.shape.slice(0, -1)
  const rows = product(leading)
  let start = 0
  const blocks = representation.summands.map(({ multiplicity }, k) => {
    const size = representation.dimensions[k] as number
    const end = start + multiplicity * size
    const part = end - start === representation.dimension ? x : slice(x, { axis: -1, start, end })
    start = end
    return reshape(part, [rows, multiplicity, size])
  })
  return { blocks, leading, rows }
}

/** Tensors one after the other along an axis; without any, one of size 0. */
export function joined(tensors: readonly Tensor[], axis: number): Tensor {
  const [first, ...others] = tensors
  if (first === undefined) return zeros(Array(axis + 1).fill(0))
  // Stryker disable next-line ConditionalExpression: one tensor joined is the same, with an operator more.
  return others.length === 0 ? first : concat(tensors, axis)
}
