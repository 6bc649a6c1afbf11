import type { Element, Handle } from './families.ts'
import type { Koffi, MpiLibrary, NativeFunction } from './library.ts'
import { MpiError } from './mpi-error.ts'
import { waitUntilRead } from './until-read.ts'

/** Numbers that are added over the processes, in place. */
export type ReducedBuffer = Float32Array | Float64Array | BigInt64Array

/** All processes of a job. Every collective is called by all of them, in the same order. */
export interface MpiWorld {
  /** The number of this process, from 0. */
  readonly rank: number
  /** The number of processes. */
  readonly size: number
  /** What computes: the library's name, or `none` in a world of one that needs no library. */
  readonly library: string
  /**
   * Replaces the numbers by their sums over all processes; all give buffers of the same type and length.
   *
   * @throws MpiError if the library refuses. Cost: about 2 (size - 1) / size times the bytes sent and received by each.
   */
  allreduce(buffer: ReducedBuffer, operation: 'sum'): Promise<void>
  /** Replaces the bytes by those of one process. */
  broadcast(buffer: ArrayBufferView, root: number): Promise<void>
  /** Returns once all processes have called it. */
  barrier(): Promise<void>
  /** Ends all processes, with that exit status, once the launcher has read what this one has written; it has two seconds for that. */
  abort(code?: number): never
  /** Ends MPI for this process; all processes call it last. Further calls are refused; a second call does nothing. */
  finalize(): Promise<void>
}

/** Milliseconds that a launcher has to read what a rank that ends all has written. */
const LAST_WORDS = 2000

/** What a call can take at most: C's int. */
const MOST = 2 ** 31 - 1

const elementOf = (buffer: ReducedBuffer): Element => {
  if (buffer instanceof Float32Array) return 'float32'
  return buffer instanceof Float64Array ? 'float64' : 'int64'
}

/** @throws TypeError unless these are numbers that can be added. */
function demandReduced(buffer: unknown, operation: unknown): void {
  const isReduced = buffer instanceof Float32Array || buffer instanceof Float64Array || buffer instanceof BigInt64Array
  if (!isReduced)
    throw new TypeError(
      `allreduce: expected a Float32Array, Float64Array or BigInt64Array, received ${Object.prototype.toString.call(buffer).slice(8, -1)}.`,
    )
  if (operation !== 'sum') throw new RangeError(`allreduce: expected the operation "sum", received ${JSON.stringify(operation)}.`)
}

/** @throws RangeError unless it is a process of the world. */
function demandRoot(root: unknown, size: number): void {
  if (!Number.isSafeInteger(root) || (root as number) < 0 || (root as number) >= size)
    throw new RangeError(`broadcast: expected root, the number of a process, from 0 to ${size - 1}, received ${String(root)}.`)
}

/** The world of a process that no launcher has started: it is alone, and needs no library. */
export const worldOfOne: MpiWorld = {
  rank: 0,
  size: 1,
  library: 'none',
  allreduce: async (buffer, operation) => demandReduced(buffer, operation),
  broadcast: async (_, root) => demandRoot(root, 1),
  barrier: async () => {},
  abort: (code = 1) => process.exit(code),
  finalize: async () => {},
}

/** A number that a function of MPI writes. */
function told(call: NativeFunction, ...parameters: unknown[]): number {
  const number = new Int32Array(1)
  call(...parameters, number)
  return number[0] as number
}

/** The processes of a launcher's job. */
export class LaunchedWorld implements MpiWorld {
  readonly rank: number
  readonly size: number
  readonly library: string
  readonly #koffi: Koffi
  readonly #types: Readonly<Record<Element, Handle>>
  readonly #all: { readonly world: Handle; readonly sum: Handle; readonly inPlace: bigint }
  readonly #functions: Readonly<Record<'allreduce' | 'broadcast' | 'barrier' | 'abort' | 'finalize', NativeFunction>>
  /** Seconds after which a call that waits for other processes is given up. */
  readonly #timeout: number
  /** Whether calls may come from another thread. */
  readonly #isThreaded: boolean
  /** The last call: MPI is called by one thread at a time. */
  #last: Promise<void> = Promise.resolve()
  #isOver = false

  /** Begins MPI, once in the life of a process. */
  constructor({ path, koffi, family, declare }: MpiLibrary, timeout: number) {
    this.#koffi = koffi
    this.#timeout = timeout
    const { world, sum, inPlace, types, serialized } = family
    const provided = told(declare('int MPI_Init_thread(void *argc, void *argv, int required, int *provided)'), null, null, serialized)
    this.#isThreaded = provided >= serialized
    this.#types = types
    this.#all = { world, sum, inPlace }
    this.library = `${family.name} (${path})`
    this.rank = told(declare('int MPI_Comm_rank(HANDLE comm, int *rank)'), world)
    this.size = told(declare('int MPI_Comm_size(HANDLE comm, int *size)'), world)
    this.#functions = {
      allreduce: declare('int MPI_Allreduce(void *send, void *receive, int count, HANDLE type, HANDLE operation, HANDLE comm)'),
      broadcast: declare('int MPI_Bcast(void *buffer, int count, HANDLE type, int root, HANDLE comm)'),
      barrier: declare('int MPI_Barrier(HANDLE comm)'),
      abort: declare('int MPI_Abort(HANDLE comm, int code)'),
      finalize: declare('int MPI_Finalize()'),
    }
  }

  async allreduce(buffer: ReducedBuffer, operation: 'sum'): Promise<void> {
    demandReduced(buffer, operation)
    const { world, sum, inPlace } = this.#all
    const type = this.#types[elementOf(buffer)]
    for (let start = 0; start < buffer.length; start += MOST) {
      const part = buffer.subarray(start, start + MOST)
      await this.#call('allreduce', inPlace, part, part.length, type, sum, world)
    }
  }

  async broadcast(buffer: ArrayBufferView, root: number): Promise<void> {
    demandRoot(root, this.size)
    const bytes = new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength)
    for (let start = 0; start < bytes.length; start += MOST) {
      const part = bytes.subarray(start, start + MOST)
      await this.#call('broadcast', part, part.length, this.#types.byte, root, this.#all.world)
    }
  }

  barrier(): Promise<void> {
    return this.#call('barrier', this.#all.world)
  }

  abort(code = 1): never {
    if (!this.#isOver) {
      // Hydra ends as soon as it hears of this: what it has not yet read of standard error, the reason among it, would be lost.
      waitUntilRead(this.#koffi, [1, 2], LAST_WORDS)
      this.#functions.abort(this.#all.world, code)
    }
    process.exit(code)
  }

  async finalize(): Promise<void> {
    if (this.#isOver) return
    // Waiting in MPI_Finalize itself has no end if a host is cut off.
    await this.barrier()
    this.finalizeNow()
  }

  /** Ends MPI without waiting for calls that run. */
  finalizeNow(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#functions.finalize()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Calls a function after those before it. */
  #call(name: 'allreduce' | 'broadcast' | 'barrier', ...parameters: unknown[]): Promise<void> {
    const next = this.#last.then(async () => {
      if (this.#isOver) throw new MpiError(`${name}: expected a call before finalize, received one after it.`)
      const watch = setTimeout(() => this.#giveUp(name), this.#timeout * 1000)
      const code = await this.#run(this.#functions[name], parameters).finally(() => clearTimeout(watch))
      if (code !== 0) throw new MpiError(`${name}: expected MPI to return 0, received the error code ${code}.`)
    })
    this.#last = next.catch(() => {})
    return next
  }

  /** Ends all: a host that is cut off would be waited for until its connection is given up, a quarter of an hour or never. */
  #giveUp(name: string): never {
    process.stderr.write(
      `rank ${this.rank} of ${this.size} has waited ${this.#timeout} s for other ranks in ${name}; a host may be cut off. All ranks are ended. EQUIVAR_MPI_TIMEOUT sets the seconds.\n`,
    )
    return this.abort()
  }

  #run(call: NativeFunction, parameters: readonly unknown[]): Promise<number> {
    if (!this.#isThreaded) return Promise.resolve(call(...parameters))
    return new Promise((resolve, reject) => {
      call.async(...parameters, (error: unknown, code: number) => (error ? reject(error) : resolve(code)))
    })
  }
}
