import { useEffect, useState } from 'preact/hooks'
import { Alert } from '../parts/alert.tsx'
import { Diagram } from './diagram.tsx'
import { formatDifference } from './difference.ts'
import { useGlide } from './glide.ts'
import type { Kind } from './kind.ts'
import { nextSeed, opened, useKeptAddress } from './opening.ts'
import { useSquares } from './ways.ts'

/** What the square of any kind is given. */
export interface BoardProps {
  /** What the address says of g and of the weights. */
  readonly state: URLSearchParams
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

/** The square of one kind of input, for a network that commutes with the group, and beside it for one that does not. */
export function Board<X, G>({ kind, state }: BoardProps & { readonly kind: Kind<X, G> }) {
  const [opening] = useState(() => opened(kind, state))
  const [x, setX] = useState(kind.start)
  const [seed, setSeed] = useState(opening.seed)
  const [journey, go] = useGlide({ from: kind.identity, to: opening.g }, kind.between)
  const { moved, symmetric, plain } = useSquares(kind, { x, seed, journey })
  useKeptAddress(kind, { g: journey.to, seed }, opening)
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
        <kind.Controls g={journey.to} onMove={go} />
        <button type="button" onClick={() => setSeed(nextSeed(seed))}>
          Other weights
        </button>
      </div>
      <div class="squares">
        <Diagram {...shared} {...symmetric} title="With the symmetry" network={kind.words.symmetric} keys />
        <Diagram {...shared} {...plain} title="Without it" network={kind.words.plain} keys={false} />
      </div>
      <p class="unseen" role="status">
        {said}
      </p>
    </>
  )
}
