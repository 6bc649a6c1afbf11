import { type Backend, evaluate, Random } from '@equivar/tensor'
import { weightedSumProgram } from '../gradients.ts'
import type { LayerUnderTest } from '../layer.ts'
import { expectParity } from '../parity.ts'
import { numbersOf } from '../values.ts'
import { checkOver, type LayerCheck } from './check.ts'

/** @throws Error if a value or a derivative is not finite, or differs between the reference and a backend. */
async function expectFiniteAtEdges<S>(
  layer: LayerUnderTest<S>,
  sizes: readonly [S, ...S[]],
  { masked, backends }: { readonly masked: boolean; readonly backends: readonly Backend[] },
): Promise<void> {
  const { program, drawWeights } = weightedSumProgram(layer.program(sizes[0], masked))
  const feeds = sizes.map((at) => {
    const values = layer.feeds(at, masked)
    return { ...values, ...drawWeights(values, new Random({ seed: layer.seed, stream: 'weights' })) }
  })
  for (const [i, each] of feeds.entries())
    for (const [name, value] of Object.entries(evaluate(program, each)))
      if (!numbersOf(value).every(Number.isFinite))
        throw new Error(
          `expected finite numbers, received NaN or infinity in "${name}" (sizes ${JSON.stringify(sizes[i])}, masked: ${masked}).`,
        )
  // With minimumScale 1, derivatives that are 0 in exact arithmetic are compared by their absolute difference.
  await expectParity(program, backends, feeds, { tolerance: layer.tolerances.parity, minimumScale: 1 })
}

/** Checks that backends agree with the reference, and that values and derivatives at edge sizes are finite and agree on all backends. */
export function parityChecks<S>(layer: LayerUnderTest<S>, backends: readonly Backend[]): LayerCheck[] {
  const { description, tolerances, maskings } = layer
  const { sizes, sizesOf = {} } = description
  return [
    ...backends.flatMap((backend) =>
      checkOver(`agrees with the reference on ${backend.name}`, layer.groupedByProgram(sizesOf.parity ?? sizes), async (group) => {
        for (const masked of maskings) {
          const feeds = group.map((at) => layer.feeds(at, masked))
          await expectParity(layer.program(group[0], masked), [backend], feeds, { tolerance: tolerances.parity })
        }
      }),
    ),
    ...checkOver(
      'has finite values and derivatives at edge sizes, equal on all backends',
      layer.groupedByProgram(sizesOf.edges ?? []),
      async (group) => {
        for (const masked of maskings) await expectFiniteAtEdges(layer, group, { masked, backends })
      },
    ),
  ]
}
