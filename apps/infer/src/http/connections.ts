import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between checks for idle connections. */
const SWEEP = 50
/** Milliseconds after which everything that was sent before the server began to close has been read. */
const GRACE = 1000

/**
 * Ends connections that Node leaves open when a server closes. There are two kinds: connections whose last answer was sent without `Connection: close`
 * just before the server began to close, and connections that never sent a request, which Node does not count as idle. A closing server no longer checks
 * for late requests, so a single such connection would keep it alive.
 */
export class Connections {
  readonly #server: Server
  readonly #silent = new Set<Socket>()

  constructor(server: Server, { secure }: { readonly secure: boolean }) {
    this.#server = server
    server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#silent.add(socket)
      socket.once('close', () => this.#silent.delete(socket))
    })
    server.on('request', ({ socket }: IncomingMessage) => this.#silent.delete(socket))
  }

  /**
   * Call it when the server has begun to close.
   *
   * @param longest - milliseconds after which every accepted request has been answered; remaining connections are then ended, too.
   * @param closed - aborts when the server has closed.
   */
  async end(longest: number, closed: AbortSignal): Promise<void> {
    const settings = { signal: closed, ref: false }
    const sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP)
    closed.addEventListener('abort', () => clearInterval(sweep), { once: true })
    try {
      await sleep(GRACE, undefined, settings)
      for (const socket of this.#silent) socket.destroy()
      await sleep(longest, undefined, settings)
      this.#server.closeAllConnections()
    } catch (error) {
      if (!closed.aborted) throw error
    }
  }
}
