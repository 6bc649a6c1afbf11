import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between checks for idle connections. */
const SWEEP = 50
/** Milliseconds after which everything that was sent before the server began to close has been read. */
const GRACE = 1000

/** The other end of a connection. The two sockets of a TLS connection have the same. */
const peerOf = ({ remoteAddress, remotePort }: Socket): string | undefined =>
  remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort}`

/**
 * Limits the open connections, and ends those that would keep a closing server alive.
 *
 * A connection is idle before its first request, between its requests, and while it has sent a part of the head of a request. If there are too many, the
 * one that has been idle longest is closed; if none is idle, the new one. When the server closes, Node leaves two kinds of connections open: those whose
 * last answer was sent without `Connection: close` just before, and those that never sent a request, which Node does not count as idle.
 */
export class Connections {
  readonly #server: Server
  readonly #limit: number
  readonly #open = new Map<string, Socket>()
  /** Peers of idle connections, the longest idle first. */
  readonly #idle = new Set<string>()

  constructor(server: Server, limit: number) {
    this.#server = server
    this.#limit = limit
    server.on('connection', (socket: Socket) => this.#take(socket))
    // The socket of the decrypted stream replaces that of the encrypted one.
    server.on('secureConnection', (socket: Socket) => this.#replace(socket))
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const peer = peerOf(socket)
      if (peer === undefined) return
      this.#idle.delete(peer)
      response.once('close', () => {
        if (this.#open.get(peer) === socket && !socket.destroyed) this.#idle.add(peer)
      })
    })
  }

  /** Number of open connections. */
  get open(): number {
    return this.#open.size
  }

  #take(socket: Socket): void {
    const peer = peerOf(socket)
    const [oldest] = this.#idle
    if (peer === undefined || (this.#open.size >= this.#limit && oldest === undefined)) {
      socket.destroy()
      return
    }
    if (this.#open.size >= this.#limit) this.#close(oldest as string)
    this.#idle.add(peer)
    this.#watch(peer, socket)
  }

  #replace(socket: Socket): void {
    const peer = peerOf(socket)
    if (peer !== undefined && this.#open.has(peer)) this.#watch(peer, socket)
  }

  #watch(peer: string, socket: Socket): void {
    this.#open.set(peer, socket)
    socket.once('close', () => {
      if (this.#open.get(peer) === socket) this.#forget(peer)
    })
  }

  #close(peer: string): void {
    this.#open.get(peer)?.destroy()
    this.#forget(peer)
  }

  #forget(peer: string): void {
    this.#open.delete(peer)
    this.#idle.delete(peer)
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
      for (const peer of [...this.#idle]) this.#close(peer)
      await sleep(longest, undefined, settings)
      this.#server.closeAllConnections()
    } catch (error) {
      if (!closed.aborted) throw error
    }
  }
}
