import { type Backend, evaluate, Random } from '@equivar/tensor'
import { weighedProgram } from '../gradients.ts'
import type { LayerUnderTest } from '../layer.ts'
import { expectParity } from '../parity.ts'
import { numbersOf } from '../values.ts'
import { checkOver, type LayerCheck } from './check.ts'

/** @throws Error if a value or derivative is no number, or differs between the reference and a backend. */
async function demandEdges<S>(
  layer: LayerUnderTest<S>,
  sizes: readonly [S, ...S[]],
  { masked, backends }: { readonly masked: boolean; readonly backends: readonly Backend[] },
): Promise<void> {
  const { program, drawWeights } = weighedProgram(layer.program(sizes[0], masked))
  const feeds = sizes.map((at) => {
    const values = layer.feeds(at, masked)
    return { ...values, ...drawWeights(values, new Random({ seed: layer.seed, stream: 'weights' })) }
  })
  for (const [i, each] of feeds.entries())
    for (const [name, value] of Object.entries(evaluate(program, each)))
      if (!numbersOf(value).every(Number.isFinite))
        throw new Error(`expected numbers, received NaN or infinity in "${name}" (sizes ${JSON.stringify(sizes[i])}, masked: ${masked}).`)
  // Derivatives that are 0 in exact arithmetic are compared as they are.
  await expectParity(program, backends, feeds, { tolerance: layer.tolerances.parity, least: 1 })
}

/** Backends give what the reference gives; at edge sizes values and derivatives are numbers, on backends too. */
export function parityChecks<S>(layer: LayerUnderTest<S>, backends: readonly Backend[]): LayerCheck[] {
  const { description, tolerances, maskings } = layer
  const { sizes, sizesOf = {} } = description
  return [
    ...backends.flatMap((backend) =>
      checkOver(`${backend.name} gives what the reference gives`, layer.sharing(sizesOf.parity ?? sizes), async (group) => {
        for (const masked of maskings) {
          const feeds = group.map((at) => layer.feeds(at, masked))
          await expectParity(layer.program(group[0], masked), [backend], feeds, { tolerance: tolerances.parity })
        }
      }),
    ),
    ...checkOver(
      'at edge sizes values and derivatives are numbers, the same everywhere',
      layer.sharing(sizesOf.edges ?? []),
      async (group) => {
        for (const masked of maskings) await demandEdges(layer, group, { masked, backends })
      },
    ),
  ]
}
