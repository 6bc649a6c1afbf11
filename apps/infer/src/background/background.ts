import { Worker } from 'node:worker_threads'
import { RequestFailure } from '../errors.ts'
import { type ReadJob, type ReadRequest, readRequest, type WriteJob } from '../protocol/exchange.ts'
import { type InferResponse, writeInferResponse } from '../protocol/infer-response.ts'
import type { FromThread, ToThread } from './messages.ts'
import { transferable } from './transferable.ts'

/** Requests and answers of at most this many bytes take a few milliseconds at most, and are read and written at once. */
const SHORT = 2 ** 17
/** Bounds JavaScript values in the thread, in MiB. Tensors lie outside its heap. */
const HEAP = 512

/** Whether the arrays are longer in all. */
const isLong = (arrays: readonly ArrayBufferView[]): boolean => arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) > SHORT

interface Waiting {
  readonly resolve: (message: FromThread) => void
  readonly reject: (error: Error) => void
}

/** Reads requests and writes answers: short ones at once, long ones in a thread of their own, one after the other. */
export class Background {
  readonly #waiting = new Map<number, Waiting>()
  #thread: Worker | undefined
  #next = 0
  #closed = false

  /** Reads a long request. Its body is moved to the thread. @throws RequestFailure. */
  async read(job: ReadJob): Promise<ReadRequest> {
    if (!isLong(job.body)) return readRequest(job)
    const message = await this.#ask({ kind: 'read', id: this.#next++, ...job }, job.body)
    return (message as FromThread & { kind: 'read' }).request
  }

  /** Writes an answer. The outputs of a long one are moved to the thread. @throws RequestFailure. */
  async write(job: WriteJob): Promise<InferResponse> {
    const arrays = Object.values(job.outputs).map(({ data }) => data)
    if (!isLong(arrays)) return writeInferResponse(job.model, job.wanted, job.outputs, job.labels)
    const message = await this.#ask({ kind: 'write', id: this.#next++, ...job }, arrays)
    return (message as FromThread & { kind: 'written' }).response
  }

  /** Ends the thread. */
  close(): void {
    this.#closed = true
    void this.#thread?.terminate()
  }

  #ask(job: ToThread, arrays: readonly ArrayBufferView[]): Promise<FromThread> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(job.id, { resolve, reject })
      this.#thread ??= this.#start()
      this.#thread.postMessage(job, transferable(arrays))
    })
  }

  #start(): Worker {
    const thread = new Worker(new URL('./thread.js', import.meta.url), { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: HEAP } })
    thread.unref()
    thread.on('message', (message: FromThread) => this.#receive(message))
    // A thread that ends, such as for want of memory, fails its jobs; the next job starts another.
    thread.on('error', () => {})
    thread.on('exit', () => {
      this.#thread = undefined
      const reason = this.#closed ? 'The server is stopping.' : 'The thread that reads long requests stopped.'
      for (const { reject } of this.#waiting.values()) reject(new RequestFailure(503, `${reason} Send the request again later.`, 1))
      this.#waiting.clear()
    })
    return thread
  }

  #receive(message: FromThread): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.kind !== 'failed') waiting?.resolve(message)
    else if (message.statusCode === 500) waiting?.reject(new Error(message.message))
    else waiting?.reject(new RequestFailure(message.statusCode, message.message))
  }
}
