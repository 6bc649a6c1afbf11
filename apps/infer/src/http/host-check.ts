import type { IncomingMessage } from 'node:http'
import { RequestFailure } from '../errors.ts'

/** Whether an address to listen on can be reached from this machine only. */
export const isLoopback = (host: string): boolean => /^(localhost$|127\.|::1$)/.test(host)

/** Names that always mean this machine, with or without a port. */
const thisMachine = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i

/**
 * Refuses requests under a name that does not mean this machine.
 *
 * A web page can point its own name to 127.0.0.1 (DNS rebinding). Its requests then count as requests of the same origin, and only the header Host tells
 * them from those of local programs.
 *
 * @param allowed - further names, without a port.
 * @returns a check that throws RequestFailure (403). Requests without the header, which no browser sends, pass.
 */
export function hostCheck(allowed: readonly string[]): (request: IncomingMessage) => void {
  const names = new Set(allowed.map((name) => name.toLowerCase()))
  return ({ headers: { host } }) => {
    if (host === undefined || thisMachine.test(host) || names.has(host.replace(/:\d{1,5}$/, '').toLowerCase())) return
    throw new RequestFailure(
      403,
      `expected the header Host with localhost, 127.0.0.1 or [::1], received ${JSON.stringify(host.slice(0, 100))}. To serve under another name, use --allow-host, or require a token.`,
    )
  }
}
