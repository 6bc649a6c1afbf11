import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between looks for connections that became idle. */
const SWEEP = 50
/** What was sent before the server began to close has been read by then. */
const GRACE = 1000

/**
 * Ends connections that Node leaves open when a server closes. Those whose last answer went out as it began to close have no word that they shall end.
 * Those on which nothing was ever asked are no idle ones to Node, and once a server closes it does not look for late requests any more, so that a single
 * one would keep it from ending.
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
   * To be called when the server has begun to close.
   *
   * @param longest - milliseconds after which every request that was taken has been answered; what is still open then is ended too.
   * @param closed - aborted when the server has closed.
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
