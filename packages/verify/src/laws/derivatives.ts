import { Random } from '@equivar/tensor'
import { expectDerivative } from '../derivative.ts'
import { gradientName, weightedSumProgram } from '../gradients.ts'
import type { LayerUnderTest } from '../layer.ts'
import { onlyOutputs } from '../module-program.ts'
import { checkOver, type LayerCheck, lastOf } from './check.ts'

/** Small enough that the curvature of normalizations and the kinks of relu rarely matter. Rounding errors are about 1e-10. */
const STEP = 2e-6

/** Compares first derivatives with respect to inputs and parameters, and second derivatives with respect to inputs, with central differences. */
export function derivativeChecks<S>(layer: LayerUnderTest<S>): LayerCheck[] {
  const { description, tolerances, seed, maskings } = layer
  const { sizes, sizesOf = {}, directions = 3 } = description
  return [
    ...checkOver('has derivatives that agree with central differences', sizesOf.derivative ?? lastOf(sizes), (at) => {
      for (const masked of maskings) {
        const feeds = layer.feeds(at, masked)
        expectDerivative(layer.program(at, masked), { feeds, samples: directions, step: STEP, tolerance: tolerances.derivative, seed })
      }
    }),
    ...checkOver('has second derivatives that agree with central differences', sizesOf.secondDerivative ?? [], (at) => {
      const feeds = layer.feeds(at)
      const inputs = Object.keys(description.feeds(at, new Random({ seed })))
      const weighted = weightedSumProgram(layer.program(at), inputs)
      const gradients = onlyOutputs(
        weighted.program,
        weighted.wrt.map(({ name }) => gradientName(name)),
      )
      const all = { ...feeds, ...weighted.drawWeights(feeds, new Random({ seed, stream: 'weights' })) }
      const wrt = weighted.wrt.map(({ name }) => name)
      expectDerivative(gradients, { feeds: all, wrt, samples: 1, step: STEP, tolerance: tolerances.derivative, seed })
    }),
  ]
}
