import { useMemo } from 'preact/hooks'
import { type Difference, differenceOf } from './difference.ts'
import type { Journey, Kind } from './kind.ts'
import type { Run } from './network.ts'

/** The lower side of the square of one network. */
export interface Ways {
  readonly output: Float64Array
  /** The moved output, and the output of the moved input. */
  readonly around: readonly [Float64Array, Float64Array]
  readonly difference: Difference
  /** Why the ways agree only nearly, or agree although nothing makes them. */
  readonly reason: string | undefined
}

/** Both ways around the square, computed anew where x, g or the weights change. */
function useWays<X, G>(
  kind: Kind<X, G>,
  run: Run<X>,
  { x, g, moved, inexact }: { readonly x: X; readonly g: G; readonly moved: X; readonly inexact: boolean },
): Omit<Ways, 'reason'> {
  const output = useMemo(() => run(x), [run, x])
  const outputMoved = useMemo(() => kind.moveOutput(g, output), [kind, g, output])
  const movedOutput = useMemo(() => run(moved), [run, moved])
  const around = useMemo(() => [outputMoved, movedOutput] as const, [outputMoved, movedOutput])
  const difference = useMemo(() => differenceOf(...around, { compares: kind.compares?.(g), inexact }), [kind, g, inexact, around])
  return { output, around, difference }
}

/** The squares of both networks, at the place that g has reached on its way. */
export function useSquares<X, G>(
  kind: Kind<X, G>,
  { x, seed, journey: { from, to, share } }: { readonly x: X; readonly seed: number; readonly journey: Journey<G> },
): { readonly moved: X; readonly symmetric: Ways; readonly plain: Ways } {
  const g = useMemo(() => (share === 1 ? to : kind.between(from, to, share)), [kind, from, to, share])
  const moved = useMemo(() => kind.move(g, x), [kind, g, x])
  const networks = useMemo(() => ({ symmetric: kind.symmetric(seed), plain: kind.plain(seed) }), [kind, seed])
  const whyNearly = kind.whyNearly?.(g)
  const symmetric = useWays(kind, networks.symmetric, { x, g, moved, inexact: whyNearly !== undefined })
  const plain = useWays(kind, networks.plain, { x, g, moved, inexact: false })
  const atRest = JSON.stringify(kind.write(g)) === JSON.stringify(kind.write(kind.identity)) ? 'g moves nothing' : undefined
  const nearly = symmetric.difference.agreement === 'nearly' ? whyNearly : undefined
  return { moved, symmetric: { ...symmetric, reason: atRest ?? nearly }, plain: { ...plain, reason: atRest ?? kind.whyPlain } }
}
