import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { keepState } from '../address.ts'
import { Alert } from '../parts/alert.tsx'
import { messageOf } from '../parts/message-of.ts'
import { Diagram } from './diagram.tsx'
import { differenceOf, formatDifference } from './difference.ts'
import { useGlide } from './glide.ts'
import type { Kind } from './kind.ts'
import type { Run } from './network.ts'
import { readNumber } from './number-in-address.ts'

/** What the square of any kind is given. */
export interface BoardProps {
  /** What the address says of g and of the weights. */
  readonly state: URLSearchParams
}

const LARGEST_SEED = 9999

/** Where a square begins. */
interface Opening<G> {
  readonly g: G
  readonly seed: number
  /** What is wrong with the address. */
  readonly fault?: string
}

/** g and the seed that an address names, or the first ones and what is wrong with it. */
export function opened<X, G>(kind: Pick<Kind<X, G>, 'read' | 'first'>, state: URLSearchParams): Opening<G> {
  try {
    return { g: kind.read(state), seed: readNumber(state, 'seed', 1, { least: 1, most: LARGEST_SEED }) }
  } catch (error) {
    return { g: kind.first, seed: 1, fault: `The address cannot be read: ${messageOf(error)}` }
  }
}

/** The value once it has not changed for a while. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, settle] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => settle(value), milliseconds)
    return () => clearTimeout(timer)
  }, [value, milliseconds])
  return settled
}

/**
 * Keeps g and the seed in the address, once they have rested for a moment: browsers refuse an address that changes with every frame.
 *
 * @param first - what the address says already.
 */
function useKeptAddress<X, G>(kind: Kind<X, G>, now: Pick<Opening<G>, 'g' | 'seed'>, first: Opening<G>): void {
  const written = ({ g, seed }: Pick<Opening<G>, 'g' | 'seed'>): string =>
    JSON.stringify({ kind: kind.name, ...kind.write(g), seed: seed === 1 ? '' : String(seed) })
  const kept = useRef(written(first))
  const next = written(now)
  useEffect(() => {
    if (next === kept.current) return
    const timer = setTimeout(() => {
      kept.current = next
      keepState('square', JSON.parse(next))
    }, 300)
    return () => clearTimeout(timer)
  }, [next])
}

/** Both ways around the square: the output, moved; and the output of what was moved. */
function useWays<X, G>(
  kind: Kind<X, G>,
  run: Run<X>,
  { x, g, moved, inexact }: { readonly x: X; readonly g: G; readonly moved: X; readonly inexact: boolean },
) {
  const output = useMemo(() => run(x), [run, x])
  const outputMoved = useMemo(() => kind.moveOutput(g, output), [kind, g, output])
  const movedOutput = useMemo(() => run(moved), [run, moved])
  const around = useMemo(() => [outputMoved, movedOutput] as const, [outputMoved, movedOutput])
  const difference = useMemo(() => differenceOf(...around, { compares: kind.compares?.(g), inexact }), [kind, g, inexact, around])
  return { output, around, difference }
}

/** The square of one kind of input, for a network that commutes with the group, and beside it for one that does not. */
export function Board<X, G>({ kind, state }: BoardProps & { readonly kind: Kind<X, G> }) {
  const [opening] = useState(() => opened(kind, state))
  const [x, setX] = useState(kind.start)
  const [seed, setSeed] = useState(opening.seed)
  const [journey, go] = useGlide(kind.identity, kind.between)
  const { from, to, share } = journey
  const g = useMemo(() => (share === 1 ? to : kind.between(from, to, share)), [kind, from, to, share])
  const moved = useMemo(() => kind.move(g, x), [kind, g, x])
  const networks = useMemo(() => ({ symmetric: kind.symmetric(seed), plain: kind.plain(seed) }), [kind, seed])
  const whyNearly = kind.whyNearly?.(g)
  const symmetric = useWays(kind, networks.symmetric, { x, g, moved, inexact: whyNearly !== undefined })
  const plain = useWays(kind, networks.plain, { x, g, moved, inexact: false })
  const atRest = JSON.stringify(kind.write(g)) === JSON.stringify(kind.write(kind.identity)) ? 'g moves nothing' : undefined

  useEffect(() => go(opening.g, 'glide'), [go, opening])
  useKeptAddress(kind, { g: to, seed }, opening)
  const said = useSettled(
    `Largest difference with symmetry: ${formatDifference(symmetric.difference.largest)}; without: ${formatDifference(plain.difference.largest)}.`,
    900,
  )
  const shared = { kind, x, moved, journey, onInput: setX, onMove: go }
  return (
    <>
      {opening.fault !== undefined && <Alert>{opening.fault}</Alert>}
      <p class="hint">{kind.words.hint}</p>
      <div class="square-controls">
        <kind.Controls g={to} onMove={go} />
        <button type="button" onClick={() => setSeed((seed % LARGEST_SEED) + 1)}>
          Other weights
        </button>
      </div>
      <div class="squares">
        <Diagram
          {...shared}
          {...symmetric}
          title="With the symmetry"
          network={kind.words.symmetric}
          reason={atRest ?? (symmetric.difference.agreement === 'nearly' ? whyNearly : undefined)}
          keys
        />
        <Diagram {...shared} {...plain} title="Without it" network={kind.words.plain} reason={atRest ?? kind.whyPlain} keys={false} />
      </div>
      <p class="unseen" role="status">
        {said}
      </p>
    </>
  )
}
