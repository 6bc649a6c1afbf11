import type { Socket } from 'node:net'
import { RequestError } from '@equivar/batching'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Cancelled, messageOf, RequestFailure, RunFailed, WorkerLost } from '../errors.ts'

/** The answer to an error. */
interface Answer {
  readonly status: number
  readonly message: string
  readonly retryAfter: number | undefined
}

/** ONNX Runtime is out of memory or has lost its device, which is not the caller's fault. */
const runtimeAtFault = /alloc|out of memory|CUDA|CUDNN|device lost/i

/** Status and message for an error. An unexpected error gets status 500 without its message. */
function answerOf(error: unknown): Answer {
  const plain = (status: number, retryAfter?: number): Answer => ({ status, message: messageOf(error), retryAfter })
  if (error instanceof RequestFailure) return plain(error.statusCode, error.retryAfter)
  if (error instanceof RequestError) return plain(400)
  if (error instanceof WorkerLost) return plain(503, 1)
  if (error instanceof Cancelled) return plain(499)
  if (error instanceof RunFailed) {
    if (runtimeAtFault.test(error.message)) return plain(500)
    return { status: 400, message: `The model cannot run on these inputs: ${messageOf(error)}`, retryAfter: undefined }
  }
  const { statusCode } = error as Partial<FastifyError>
  if (statusCode !== undefined && statusCode < 500) return plain(statusCode)
  return { status: 500, message: 'Internal error. The log has the reason under this request id.', retryAfter: undefined }
}

/** Answers with the protocol's error object: `{"error": text}`. */
export function replyWithError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, message, retryAfter } = answerOf(error)
  if (status === 500) request.log.error({ err: error, status }, message)
  else if (status > 500) request.log.warn({ status }, message)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ error: message }))
}

const socketErrors: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'expected shorter headers, received too many bytes of them.'],
  ERR_HTTP_REQUEST_TIMEOUT: [
    '408 Request Timeout',
    'expected the whole request within the time limit, received a part of it. The connection is closed.',
  ],
}

/** Answers malformed HTTP and requests that arrive too slowly. */
export function answerSocketError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, message] = socketErrors[error.code ?? ''] ?? ['400 Bad Request', 'expected an HTTP request, received something else.']
  const body = JSON.stringify({ error: message })
  if (!socket.writable) {
    socket.destroy(error)
    return
  }
  const head = [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, 'Content-Type: application/json', 'Connection: close']
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
