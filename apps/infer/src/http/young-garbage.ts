import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes of bodies between two collections, beside those whose answers are due: these cannot be freed. */
const BETWEEN = 2 ** 20

type Collect = (options: { readonly type: 'minor' }) => void

/** V8's function to collect garbage; undefined where it has none. */
function collectorOfV8(): Collect | undefined {
  try {
    setFlagsFromString('--expose-gc')
    return runInNewContext('gc') as Collect
  } catch {
    return undefined
  }
}

/**
 * Frees the bodies of answered requests in time.
 *
 * They are short-lived, but lie outside V8's heap, where V8 counts them as old memory. A collection of young objects would free them in a millisecond or
 * two; V8 waits with it until the young objects themselves are many, and meanwhile looks through its whole heap because so much old memory has come. With 16
 * callers that send 26 KiB each that was five times a second, with this it is once (`node --trace-gc`).
 *
 * @returns to be told the length of every body, and of all whose answers are due.
 */
export function youngGarbage(): (bytes: number, pending: number) => void {
  const collect = collectorOfV8()
  let since = 0
  return (bytes, pending) => {
    since += bytes
    if (since < BETWEEN + pending || collect === undefined) return
    since = 0
    collect({ type: 'minor' })
  }
}
