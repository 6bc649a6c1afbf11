import { type ChildProcess, fork } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { TensorValue } from '@equivar/tensor'
import { RunFailed, WorkerLost } from '../errors.ts'
import { ByteChannel } from './byte-channel.ts'
import { announced, announcedTensors, receivedTensors, sendLong } from './long-arrays.ts'
import { BYTES_FD, type FromWorker, type ToWorker } from './messages.ts'

/** The result of a run. */
export interface RunResult {
  readonly outputs: Readonly<Record<string, TensorValue>>
  /** Duration of the run in the worker, in seconds. */
  readonly seconds: number
}

interface Waiting<Result> {
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
  readonly started: number
}

/** The server's handle of a worker process. */
export class WorkerProcess {
  /** Whether it has loaded every model and accepts runs. */
  ready = false
  readonly #child: ChildProcess
  /** Undefined if the process could not be started. */
  readonly #channel: ByteChannel | undefined
  readonly #runs = new Map<number, Waiting<RunResult>>()
  readonly #loads = new Map<number, Waiting<void>>()
  #next = 0
  #reason: string | undefined

  /** @param onEnd - called once with the reason when the process has ended; its runs and loads have been rejected by then. */
  constructor(script: string, onEnd: (reason: string) => void) {
    this.#child = fork(script, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'], execArgv: [] })
    const bytes = this.#child.stdio?.[BYTES_FD] as Duplex | null | undefined
    this.#channel = bytes ? new ByteChannel(bytes) : undefined
    this.#child.on('message', (message: FromWorker) => this.#receive(message))
    const ended = (reason: string): void => {
      if (this.#reason !== undefined) return
      this.#reason = reason
      this.ready = false
      for (const { reject } of [...this.#runs.values(), ...this.#loads.values()]) reject(new WorkerLost(reason))
      this.#runs.clear()
      this.#loads.clear()
      onEnd(reason)
    }
    this.#child.on('exit', (code, signal) => ended(signal === null ? `exit status ${code}` : `signal ${signal}`))
    this.#child.on('error', (error) => ended(error.message))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Number of runs without an answer. */
  get busy(): number {
    return this.#runs.size
  }

  /** Milliseconds since the oldest run without an answer was sent; 0 if there is none. */
  get age(): number {
    const first = this.#runs.values().next().value
    return first === undefined ? 0 : performance.now() - first.started
  }

  /** @throws Error with the backend's message if it cannot load the model; WorkerLost if it ends. */
  load({ bytes, ...message }: Omit<ToWorker & { kind: 'load' }, 'kind' | 'bytes'> & { readonly bytes: Uint8Array }): Promise<void> {
    return this.#ask(this.#loads, message.model, { kind: 'load', ...message, bytes: announced(bytes) }, [bytes])
  }

  /** @throws RunFailed with ONNX Runtime's message; WorkerLost if it ends. */
  run(model: number, feeds: Readonly<Record<string, TensorValue>>, outputs: readonly string[]): Promise<RunResult> {
    const id = this.#next++
    const arrays = Object.values(feeds).map(({ data }) => data)
    return this.#ask(this.#runs, id, { kind: 'run', id, model, feeds: announcedTensors(feeds), outputs }, arrays)
  }

  unload(model: number): void {
    if (this.#reason === undefined && this.#child.connected) this.#child.send({ kind: 'unload', model } satisfies ToWorker, () => {})
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #ask<Result>(table: Map<number, Waiting<Result>>, key: number, message: ToWorker, arrays: readonly ArrayBufferView[]): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#reason !== undefined || !this.#child.connected) {
        reject(new WorkerLost(this.#reason ?? 'it is not connected'))
        return
      }
      table.set(key, { resolve, reject, started: performance.now() })
      // If the message can no longer be sent, the end of the process rejects it.
      this.#child.send(message, () => {})
      sendLong(this.#channel, arrays)
    })
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'loaded' || message.kind === 'refused') {
      const load = this.#loads.get(message.model)
      this.#loads.delete(message.model)
      if (message.kind === 'loaded') load?.resolve()
      else load?.reject(new Error(message.message))
      return
    }
    const run = this.#runs.get(message.id)
    if (message.kind === 'failed') {
      this.#runs.delete(message.id)
      run?.reject(new RunFailed(message.message))
      return
    }
    const { id, outputs, seconds } = message
    const finish = (values: RunResult['outputs']): void => {
      this.#runs.delete(id)
      run?.resolve({ outputs: values, seconds })
    }
    void receivedTensors(this.#channel, outputs).then(finish, (error: unknown) => {
      this.#runs.delete(id)
      run?.reject(error as Error)
    })
  }
}
