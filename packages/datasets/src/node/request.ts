/** The server answered with something other than the file. Retrying would not help. */
export class RefusedError extends Error {}

const MOST_REDIRECTIONS = 5

/** Whether an address is on this machine. */
const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host)

/** @throws RefusedError if what travels could be read or changed on the way: plain http to another machine. */
function requireSafe(address: string): URL {
  if (!URL.canParse(address)) throw new RefusedError('expected an address')
  const url = new URL(address)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return url
  throw new RefusedError(`expected https, received ${url.protocol}//${url.host}`)
}

/**
 * Asks for an address and follows redirections, to https only.
 *
 * @throws RefusedError if an address is not https, or redirects more than 5 times.
 */
export async function request(address: string, options: RequestInit): Promise<Response> {
  let url = requireSafe(address)
  for (let redirections = 0; ; redirections++) {
    const response = await fetch(url, { ...options, redirect: 'manual' })
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null) return response
    await response.body?.cancel()
    if (redirections === MOST_REDIRECTIONS) throw new RefusedError(`expected at most ${MOST_REDIRECTIONS} redirections`)
    url = requireSafe(URL.canParse(location, url.href) ? new URL(location, url).href : location)
  }
}
