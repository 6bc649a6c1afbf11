import type { BatchRequest } from '@equivar/batching'
import type { TensorValue } from '@equivar/tensor'

/** A request that waits for its run. */
export interface Waiting {
  readonly request: BatchRequest
  readonly outputs: readonly string[]
  readonly since: number
  readonly resolve: (outputs: Record<string, TensorValue>) => void
  readonly reject: (error: unknown) => void
}

/** The waiting requests of one model in the order of their arrival, and its number of current runs. */
export class RequestQueue {
  #waiting: Waiting[] = []
  #rows = 0
  /** Number of current runs. */
  running = 0
  /** Number of requests that are being read. */
  reading = 0

  get length(): number {
    return this.#waiting.length
  }

  /** Number of waiting examples. */
  get rows(): number {
    return this.#rows
  }

  /** Whether nothing is read, nothing waits and nothing runs. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.running === 0 && this.reading === 0
  }

  get oldest(): Waiting | undefined {
    return this.#waiting[0]
  }

  /** The first `count` requests. */
  first(count: number): readonly Waiting[] {
    return this.#waiting.slice(0, count)
  }

  push(waiting: Waiting): void {
    this.#waiting.push(waiting)
    this.#rows += waiting.request.rows
  }

  /** Removes and returns the requests at these ascending positions. */
  take(positions: readonly number[]): Waiting[] {
    const chosen = new Set(positions)
    const taken = positions.map((position) => this.#waiting[position] as Waiting)
    const last = positions.at(-1) ?? -1
    this.#waiting = [...this.#waiting.slice(0, last + 1).filter((_, i) => !chosen.has(i)), ...this.#waiting.slice(last + 1)]
    for (const { request } of taken) this.#rows -= request.rows
    return taken
  }

  /** Removes one request. @returns false if it does not wait any more. */
  remove(waiting: Waiting): boolean {
    const at = this.#waiting.indexOf(waiting)
    if (at < 0) return false
    this.#waiting.splice(at, 1)
    this.#rows -= waiting.request.rows
    return true
  }
}
