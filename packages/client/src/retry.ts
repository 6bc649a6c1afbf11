/** Bounds of the wait before a retry, in milliseconds. */
export interface Patience {
  /** The first wait. It doubles with each retry. */
  readonly firstDelay: number
  /** The longest wait. If a server asks for a longer one, the call fails at once and says so. */
  readonly longestDelay: number
}

/**
 * The wait in a `Retry-After` header, in milliseconds. The header holds seconds or a date (RFC 9110, section 10.2.3).
 *
 * @param date - the answer's `Date` header. A date in `Retry-After` is compared with it, as the clocks of server and client may differ.
 * @returns undefined without a header or if it is malformed.
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
 * The wait before attempt `attempt + 1`: exponential backoff with jitter between half and all of it, so that clients that failed together do not
 * retry together. If the server names a wait, it is that wait plus a jitter of up to `firstDelay`.
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
