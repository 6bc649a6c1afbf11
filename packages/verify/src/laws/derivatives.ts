import { Random } from '@equivar/tensor'
import { expectDerivative } from '../derivative.ts'
import { gradientName, weighedProgram } from '../gradients.ts'
import type { LayerUnderTest } from '../layer.ts'
import { onlyOutputs } from '../module-program.ts'
import { checkOver, type LayerCheck, lastOf } from './check.ts'

/** Small, so that neither the curvature of normalizations nor the bends of relu are seen: rounding leaves about 1e-10. */
const STEP = 2e-6

/** First derivatives by inputs and parameters, second derivatives by inputs, against central differences. */
export function derivativeChecks<S>(layer: LayerUnderTest<S>): LayerCheck[] {
  const { description, tolerances, seed, maskings } = layer
  const { sizes, sizesOf = {}, directions = 3 } = description
  return [
    ...checkOver('its derivative agrees with central differences', sizesOf.derivative ?? lastOf(sizes), (at) => {
      for (const masked of maskings) {
        const feeds = layer.feeds(at, masked)
        expectDerivative(layer.program(at, masked), { feeds, samples: directions, step: STEP, tolerance: tolerances.derivative, seed })
      }
    }),
    ...checkOver('its second derivative agrees with central differences', sizesOf.secondDerivative ?? [], (at) => {
      const feeds = layer.feeds(at)
      const inputs = Object.keys(description.feeds(at, new Random({ seed })))
      const weighed = weighedProgram(layer.program(at), inputs)
      const gradients = onlyOutputs(
        weighed.program,
        weighed.wrt.map(({ name }) => gradientName(name)),
      )
      const all = { ...feeds, ...weighed.drawWeights(feeds, new Random({ seed, stream: 'weights' })) }
      const wrt = weighed.wrt.map(({ name }) => name)
      expectDerivative(gradients, { feeds: all, wrt, samples: 1, step: STEP, tolerance: tolerances.derivative, seed })
    }),
  ]
}
