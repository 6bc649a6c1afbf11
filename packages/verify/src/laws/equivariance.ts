import { type Backend, evaluate, Random } from '@equivar/tensor'
import { equivarianceReport, expectWithinTolerance, symmetryReport } from '../equivariance.ts'
import { feedsFor, type LayerUnderTest } from '../layer.ts'
import type { Symmetry } from '../symmetry.ts'
import { numbersOf, runToHost } from '../values.ts'
import { checkOver, type LayerCheck, lastOf } from './check.ts'

/** Checks f(g x) = g f(x), in float64 and on backends. */
export function equivarianceChecks<S>(layer: LayerUnderTest<S>, backends: readonly Backend[]): LayerCheck[] {
  const { description, tolerances, seed } = layer
  const { symmetry: symmetryAt, sizes, sizesOf = {} } = description
  if (symmetryAt === undefined) return []
  const symmetry = (at: S): Symmetry => symmetryAt.call(description, at)
  const where = (at: S): string => `${symmetry(at).name}, sizes ${JSON.stringify(at)}, seed ${seed}`
  const random = (): Random => new Random({ seed, stream: 'verify' })
  return [
    ...checkOver('commutes with its group in float64', sizesOf.equivariance ?? sizes, (at) => {
      const [p, feeds] = [layer.program(at), layer.feeds(at)]
      const plain = evaluate(p, feeds)
      const elements = symmetry(at).elements(feeds, random())
      expectWithinTolerance(equivarianceReport(p, elements, feeds, plain), tolerances.float64, where(at))
      const vanishes = Object.values(plain).every((value) => numbersOf(value).every((v) => v === 0))
      if (vanishes && description.mayVanish?.(at) !== true)
        throw new Error(`expected outputs that are not all 0, received only zeros (${where(at)}).`)
    }),
    ...backends.flatMap((backend) =>
      checkOver(`commutes with its group in float32 on ${backend.name}`, sizesOf.devices ?? lastOf(sizes), async (at) => {
        const [p, feeds] = [layer.program(at), layer.feeds(at)]
        const executable = await backend.compile(p)
        const report = await symmetryReport(
          (values) => runToHost(executable, feedsFor(p, values)),
          symmetry(at).elements(feeds, random()),
          feeds,
        )
        await executable.dispose()
        expectWithinTolerance(report, tolerances.float32, `${backend.name}, ${where(at)}`)
      }),
    ),
  ]
}
