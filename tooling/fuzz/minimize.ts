import type { Breach } from './laws.ts'
import { tried } from './laws.ts'
import type { Children } from './parent.ts'
import type { Target } from './target.ts'

/** Attempts that need a process each. */
const MOST_PROCESSES = 30

/** Parts to try to leave out: halves first, then ever smaller ones. */
function* spans(length: number): Generator<[number, number]> {
  for (let size = Math.ceil(length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < length; start += size) yield [start, Math.min(length, start + size)]
  }
}

async function without(
  input: Uint8Array,
  [start, end]: [number, number],
  breaks: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array | undefined> {
  const shorter = Uint8Array.from([...input.subarray(0, start), ...input.subarray(end)])
  return (await breaks(shorter)) ? shorter : undefined
}

/**
 * A shorter input that breaks the same law, found by leaving out parts.
 *
 * @remarks Errors and messages are tried in this process; what may end a process is tried in others, 30 times at most.
 */
export async function minimized(target: Target, input: Uint8Array, { law, detail }: Breach, children: Children): Promise<Uint8Array> {
  const inside = law === 'error' || law === 'message'
  const kind = detail.split(':')[0]
  let attempts = inside ? 3000 : MOST_PROCESSES
  const breaks = async (one: Uint8Array): Promise<boolean> => {
    if (attempts-- <= 0) return false
    const breach = inside ? await tried(target, one) : await children.input(target.name, one)
    return breach?.law === law && (law !== 'error' || breach.detail.split(':')[0] === kind)
  }
  let shortest = input
  for (let again = true; again && attempts > 0; ) {
    again = false
    for (const span of spans(shortest.length)) {
      const shorter = await without(shortest, span, breaks)
      if (shorter === undefined) continue
      shortest = shorter
      again = true
      break
    }
  }
  return shortest
}
