import type { Dimension } from './dimension.ts'
import { printShape, sameDimension } from './dimension.ts'
import { ShapeError } from './errors.ts'

/**
 * The axis as a number from 0.
 *
 * @throws ShapeError if the tensor has no such axis.
 */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank)
    throw new ShapeError(where, `an axis from ${-rank} to ${rank - 1}`, `${typeof axis === 'number' ? axis : JSON.stringify(axis)}`)
  return normal
}

/**
 * Different axes as numbers from 0, in increasing order; all if left out.
 *
 * @throws ShapeError if the tensor lacks one, or one comes twice.
 */
export function normalizeAxes(where: string, axis: number | readonly number[] | undefined, rank: number): number[] {
  if (axis === undefined) return allAxes(rank)
  const axes = (typeof axis === 'number' ? [axis] : [...axis]).map((a) => normalizeAxis(where, a, rank)).sort((a, b) => a - b)
  if (new Set(axes).size !== axes.length) throw new ShapeError(where, 'different axes', `[${axes.join(', ')}]`)
  return axes
}

/** 0 to rank - 1. */
export const allAxes = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i)

/**
 * The shape that two shapes broadcast to: aligned at the last axis, a size of 1 stretches.
 *
 * @throws ShapeError if two sizes differ and neither is 1. Symbols are equal only to themselves.
 */
export function broadcastShapes(where: string, a: readonly Dimension[], b: readonly Dimension[]): Dimension[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const p = a[i - rank + a.length] ?? 1
    const q = b[i - rank + b.length] ?? 1
    if (sameDimension(p, q) || q === 1) return p
    if (p === 1) return q
    const remedy = `Axis ${i - rank} is ${p} and ${q}.`
    throw new ShapeError(where, 'shapes that broadcast (equal sizes, or 1)', `${printShape(a)} and ${printShape(b)}`, remedy)
  })
}
