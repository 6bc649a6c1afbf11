import type { Dimension } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { reduceSum } from '../operators/reduce.ts'
import { squeeze } from '../operators/shape.ts'

/** Sums over the axes along which `shape` was broadcast: the adjoint of broadcasting. */
export function sumTo(g: Tensor, shape: readonly Dimension[]): Tensor {
  const extra = g.rank - shape.length
  const front = Array.from({ length: extra }, (_, i) => i)
  const stretched = g.shape.flatMap((d, i) => (i >= extra && shape[i - extra] === 1 && d !== 1 ? [i] : []))
  if (extra === 0 && stretched.length === 0) return g
  if (stretched.length === 0) return reduceSum(g, { axis: front })
  return squeeze(reduceSum(g, { axis: [...front, ...stretched], keepDims: true }), front)
}
