import { useReducer, useRef } from 'preact/hooks'

/**
 * State that belongs to a source: as soon as there is another source, the state begins again, and no picture shows the old state beside it.
 *
 * @param source - for example the link that was followed. It is compared by identity.
 * @param begin - the state that a source begins with.
 */
export function useStateOf<S, T>(source: S, begin: (source: S) => T): readonly [T, (next: (before: T) => T) => void] {
  const kept = useRef<{ source: S; value: T } | undefined>(undefined)
  const [, redraw] = useReducer((times: number) => times + 1, 0)
  if (kept.current === undefined || kept.current.source !== source) kept.current = { source, value: begin(source) }
  const own = kept.current
  const change = (next: (before: T) => T): void => {
    // What was begun for a source that is gone changes nothing any more.
    if (kept.current?.source !== own.source) return
    kept.current = { source: own.source, value: next(kept.current.value) }
    redraw(undefined)
  }
  return [own.value, change]
}
