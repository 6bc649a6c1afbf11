import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers one request; `attempt` counts from 1. */
export type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => void

export interface LoopbackServer {
  readonly address: string
  /** The Range header of each request so far; undefined for requests without one. */
  readonly ranges: (string | undefined)[]
  close(): Promise<void>
}

/** A server on this machine, to test downloads without network access. */
export async function serve(answer: Answer): Promise<LoopbackServer> {
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    ranges.push(request.headers.range)
    answer(request, response, ranges.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { address: `http://127.0.0.1:${port}/file.bin`, ranges, close }
}

/** Answers with the content, or with the requested range, like a file server. */
export function fileAnswer(content: Uint8Array): Answer {
  return ({ headers }, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    if (start >= content.length && start > 0) return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
    const rest = content.subarray(start)
    const partial = headers.range === undefined ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }
    response.writeHead(headers.range === undefined ? 200 : 206, { 'content-length': rest.length, ...partial }).end(rest)
  }
}

/** Answers with the first `bytes` requested bytes, then breaks the connection. */
export function brokenAnswer(content: Uint8Array, bytes: number): Answer {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const partial = start === 0 ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }
    response.writeHead(start === 0 ? 200 : 206, { 'content-length': content.length - start, ...partial })
    response.write(content.subarray(start, start + bytes), () => setTimeout(() => response.destroy(), 20))
  }
}
