import type { Backend } from '@equivar/tensor'
import { affineChecks } from './laws/affine.ts'
import type { LayerCheck } from './laws/check.ts'
import { derivativeChecks } from './laws/derivatives.ts'
import { equivarianceChecks } from './laws/equivariance.ts'
import { maskChecks } from './laws/masks.ts'
import { parityChecks } from './laws/parity.ts'
import { spanChecks } from './laws/span.ts'
import { type LayerDescription, layerUnderTest } from './layer.ts'

/**
 * The laws that a layer must obey, each as a check to run: a test runner turns them into tests.
 *
 * Laws: equivariance in float64 and on the backends, derivatives, the span, masks, sizes 0 and 1, and that backends agree with the reference. Which of
 * them there are follows from what the description claims.
 *
 * @param backends - where the layer must also run; none if left out.
 * @example for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
 */
export function layerChecks<S>(description: LayerDescription<S>, backends: readonly Backend[] = []): readonly LayerCheck[] {
  const layer = layerUnderTest(description)
  return [
    ...equivarianceChecks(layer, backends),
    ...derivativeChecks(layer),
    ...affineChecks(layer),
    ...spanChecks(layer),
    ...maskChecks(layer, backends),
    ...parityChecks(layer, backends),
  ]
}
