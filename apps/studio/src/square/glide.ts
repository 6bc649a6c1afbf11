import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Journey, Motion } from './kind.ts'

const MILLISECONDS = 900

/** Slow at both ends. */
const eased = (time: number): number => time * time * (3 - 2 * time)

const still = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Where a journey has come to. */
function reached<G>({ from, to, share }: Journey<G>, between: (from: G, to: G, share: number) => G): G {
  if (share === 0) return from
  return share === 1 ? to : between(from, to, share)
}

/**
 * An element of the group that moves: at once, or gliding for a second, unless the visitor wants less motion.
 *
 * @param begin - the first way, which begins when the page is opened.
 * @returns the way to the newest element as far as it is gone, and what sends it to another.
 */
export function useGlide<G>(
  begin: Pick<Journey<G>, 'from' | 'to'>,
  between: (from: G, to: G, share: number) => G,
): [Journey<G>, (g: G, motion: Motion) => void] {
  const [journey, setJourney] = useState<Journey<G>>({ ...begin, share: 0 })
  const now = useRef(journey)
  const frame = useRef(0)
  now.current = journey
  const go = useCallback(
    (to: G, motion: Motion) => {
      cancelAnimationFrame(frame.current)
      if (motion === 'at once' || still()) return setJourney({ from: to, to, share: 1 })
      const { current } = now
      const from = reached(current, between)
      const began = performance.now()
      const step = (time: number): void => {
        const share = eased(Math.min(1, Math.max(0, time - began) / MILLISECONDS))
        setJourney(share === 1 ? { from: to, to, share } : { from, to, share })
        if (share < 1) frame.current = requestAnimationFrame(step)
      }
      step(began)
    },
    [between],
  )
  useEffect(() => {
    go(now.current.to, 'glide')
    return () => cancelAnimationFrame(frame.current)
  }, [go])
  return [journey, go]
}
