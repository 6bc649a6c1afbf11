import { useLayoutEffect, useRef } from 'preact/hooks'
import { keepState } from '../address.ts'
import { messageOf } from '../parts/message-of.ts'
import type { Kind } from './kind.ts'
import { readNumber } from './number-in-address.ts'

/** The largest seed that an address names. */
const LARGEST_SEED = 9999

/** Where a square begins. */
export interface Opening<G> {
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

/** The seed after another; the first again after the last. */
export const nextSeed = (seed: number): number => (seed % LARGEST_SEED) + 1

/**
 * Keeps g and the seed in the address, once they have rested for a moment: browsers refuse an address that changes with every frame.
 *
 * @param first - what the address says already.
 */
export function useKeptAddress<X, G>(kind: Kind<X, G>, now: Pick<Opening<G>, 'g' | 'seed'>, first: Opening<G>): void {
  const written = ({ g, seed }: Pick<Opening<G>, 'g' | 'seed'>): string =>
    JSON.stringify({ kind: kind.name, ...kind.write(g), seed: seed === 1 ? '' : String(seed) })
  const kept = useRef(written(first))
  const next = written(now)
  // A layout effect ends with the square; an ordinary one may end later, when the address is another's.
  useLayoutEffect(() => {
    if (next === kept.current) return
    const timer = setTimeout(() => {
      kept.current = next
      keepState('square', JSON.parse(next))
    }, 300)
    return () => clearTimeout(timer)
  }, [next])
}
