import { Dropout, isTraining, Module } from '@equivar/nn'
import { mul, ones } from '@equivar/tensor'
import type { Features } from '../features.ts'

/**
 * Dropout of whole copies of irreducible representations: in training, all components of a copy at a point are set to 0 together, with probability `rate`. The
 * identity in inference.
 *
 * Law: with the same random numbers, f(D(Q) x) = D(Q) f(x) for rotations and reflections, which dropout of single components breaks.
 */
export class IrrepsDropout extends Module {
  readonly dropout: Dropout

  /** @throws RangeError if the rate is not in [0, 1). */
  constructor({ rate }: { readonly rate: number }) {
    super()
    this.dropout = new Dropout({ rate })
  }

  /** @param x - features of any irreps. */
  forward(x: Features): Features {
    if (!isTraining()) return x
    return x.map((block) => mul(block, this.dropout.forward(ones([...block.shape.slice(0, -2), 1, ...block.shape.slice(-1)]))))
  }
}
