import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as the server saw it. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export type Reply = (response: ServerResponse, seen: Seen, count: number) => void

export interface FakeServer {
  readonly url: string
  readonly seen: readonly Seen[]
}

/** A server on a free port of this machine that answers with `reply` until the test ends. */
export async function fakeServer(reply: Reply): Promise<FakeServer> {
  const seen: Seen[] = []
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const entry = { method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(chunks) }
    seen.push(entry)
    reply(response, entry, seen.length)
  }
  const server = createServer(
    (request, response) => void (listener(request, response) as unknown as Promise<void>).catch(() => response.destroy()),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

/** A valid answer to an inference. */
export const someAnswer = { model_name: 'm', outputs: [{ name: 'y', datatype: 'FP32', shape: [2], data: [1, 2] }] }

/** A valid input. */
export const someInput = { x: { shape: [2], data: new Float32Array([1, 2]) } }
