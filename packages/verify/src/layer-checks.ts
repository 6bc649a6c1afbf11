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
 * The laws that a layer must obey, as named checks that a test runner can run.
 *
 * Laws: equivariance in float64 and on the backends, derivatives, affinity, span, masks, agreement of backends with the reference, and sizes 0 and 1. The
 * description decides which of them apply.
 *
 * @param backends - backends to check against the reference; none by default.
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
