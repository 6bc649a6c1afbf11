/**
 * A thread that reads long requests and writes long answers, so that the server's own thread has time for its other callers.
 */
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { RequestError } from '@equivar/batching'
import { RequestFailure } from '../errors.ts'
import { readRequest } from '../protocol/exchange.ts'
import { writeInferResponse } from '../protocol/infer-response.ts'
import type { FromThread, ToThread } from './messages.ts'
import { transferable } from './transferable.ts'

function failureOf(error: unknown): { statusCode: number; message: string } {
  if (error instanceof RequestFailure) return { statusCode: error.statusCode, message: error.message }
  if (error instanceof RequestError) return { statusCode: 400, message: error.message }
  return { statusCode: 500, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

const say = (message: FromThread, arrays: Iterable<ArrayBufferView>): void => parentPort?.postMessage(message, transferable(arrays))

function answer(job: ToThread): void {
  if (job.kind === 'read') {
    const request = readRequest(job)
    const arrays = Object.values(request.accepted.feeds).map(({ data }) => data)
    say({ id: job.id, kind: 'read', request }, arrays)
  } else {
    const { body, headerLength } = writeInferResponse(job.model, job.wanted, job.outputs, job.labels)
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    say({ id: job.id, kind: 'written', response: { body: bytes, headerLength } }, [bytes])
  }
}

/** Where they share a core, the server's own thread comes first. Only Linux knows priorities of threads; elsewhere this would be that of the process. */
const NICE = 10
if (process.platform === 'linux') setPriority(0, NICE)

parentPort?.on('message', (job: ToThread) => {
  try {
    answer(job)
  } catch (error) {
    say({ id: job.id, kind: 'failed', ...failureOf(error) }, [])
  }
})
