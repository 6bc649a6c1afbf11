import { type Dimension, printShape, ShapeError, sameShape, type Tensor, TypeMismatchError } from '@equivar/tensor'

/** Options of a metric of a whole split. */
export interface SplitMetricOptions {
  /** bool, of the shape of the target's first axes: true where an entry counts. What it excludes may hold any numbers, even NaN. */
  readonly mask?: Tensor
}

/** The mask among the tensors that a metric reads. @throws ShapeError unless its shape is that of the target's first axes, TypeMismatchError unless it is bool. */
export function maskRead(where: string, target: readonly Dimension[], { mask }: SplitMetricOptions): { readonly mask?: Tensor } {
  if (mask === undefined) return {}
  if (mask.dtype !== 'bool') throw new TypeMismatchError(where, 'a mask of bool', mask.dtype)
  if (!sameShape(mask.shape, target.slice(0, mask.rank)))
    throw new ShapeError(where, `a mask of the first axes of ${printShape(target)}`, printShape(mask.shape))
  return { mask }
}

/** Calls `each` with the place of every number of an array that the mask keeps. The mask may cover the first axes only. */
export function eachKnown(length: number, mask: Float64Array | undefined, each: (at: number) => void): void {
  const covered = mask === undefined ? 1 : length / mask.length
  for (let at = 0; at < length; at++) if (mask === undefined || mask[Math.floor(at / covered)] === 1) each(at)
}
