/** How long to wait before a request is sent again. Milliseconds. */
export interface Patience {
  /** The first wait; each further one is twice as long. */
  readonly firstDelay: number
  /** No wait is longer; where a server asks for more, the call fails at once and says so. */
  readonly longestDelay: number
}

/**
 * What a `Retry-After` header asks for, in milliseconds: it holds seconds or a date (RFC 9110, section 10.2.3).
 *
 * @param date - the answer's `Date` header: the wait is counted by the server's clock, as the two clocks may differ.
 * @returns undefined if there is no header or it says something else.
 */
export function retryAfterOf(header: string | null, date: string | null, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  if (!/^[A-Za-z]{3}/.test(text)) return undefined
  const until = Date.parse(text)
  const since = date === null ? now : Date.parse(date)
  return Number.isNaN(until) ? undefined : Math.max(0, until - (Number.isNaN(since) ? now : since))
}

/**
 * The wait before attempt `attempt + 1`: between half and all of an exponentially growing span, so that clients which failed together do not come
 * back together. A server's wish comes first and the span is added to it.
 *
 * @param random - from 0 to 1.
 */
export function delayAfter(
  attempt: number,
  retryAfter: number | undefined,
  { firstDelay, longestDelay }: Patience,
  random: number,
): number {
  const span = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1))
  return retryAfter === undefined ? span * (0.5 + random / 2) : retryAfter + firstDelay * random
}

/** Waits, or rejects with the signal's reason as soon as it aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', abort, { once: true })
  })
}
