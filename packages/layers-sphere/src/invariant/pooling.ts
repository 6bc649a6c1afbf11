import { Module } from '@equivar/nn'
import { matMul, reduceMean, type Tensor } from '@equivar/tensor'
import { bandwidthOf } from '../checks.ts'
import { polarWeights } from '../constants/polar.ts'

/**
 * The mean of every channel over SO(3), with respect to the normalized Haar measure.
 *
 * Law: f(L_Q x) = f(x) for every rotation Q, exactly for signals of degree below 2b.
 */
export class RotationPooling extends Module {
  /**
   * @param x - float32 [batch, channels, 2b, 2b, 2b] (beta, alpha, gamma).
   * @returns float32 [batch, channels].
   */
  forward(x: Tensor): Tensor {
    const b = bandwidthOf('RotationPooling.forward', x, 3)
    return matMul(reduceMean(x, { axis: [3, 4] }), polarWeights(b, 1))
  }
}

/**
 * The mean of every channel over the sphere, with respect to area.
 *
 * Law: f(x o Q^-1) = f(x) for every rotation Q, exactly for signals of degree below 2b.
 */
export class SpherePooling extends Module {
  /**
   * @param x - float32 [batch, channels, 2b, 2b] (beta, alpha).
   * @returns float32 [batch, channels].
   */
  forward(x: Tensor): Tensor {
    const b = bandwidthOf('SpherePooling.forward', x, 2)
    return matMul(reduceMean(x, { axis: 3 }), polarWeights(b, 1))
  }
}
