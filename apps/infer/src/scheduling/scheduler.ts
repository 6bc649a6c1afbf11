import { type BatchRequest, chooseRun, type JoinedRun, joinRequests } from '@equivar/batching'
import type { TensorValue } from '@equivar/tensor'
import { Cancelled, RequestFailure, RunFailed } from '../errors.ts'
import type { ServedModel } from '../models/served-model.ts'
import type { RunResult } from '../workers/worker-process.ts'
import { Lane } from './lane.ts'
import type { Waiting } from './request-queue.ts'

/** Executes runs: the pool of workers, or a stand-in in tests. */
export interface Runner {
  /** Whether it accepts a run now. */
  readonly free: boolean
  /** How many runs the idle workers accept: one that runs and one that waits, for each worker. */
  readonly idleSlots: number
  readonly ready: number
  run(model: number, feeds: Readonly<Record<string, TensorValue>>, outputs: readonly string[]): Promise<RunResult>
}

/** A finished run, for the metrics. */
export interface RunEvent {
  readonly model: ServedModel
  readonly requests: number
  readonly rows: number
  readonly elements: number
  readonly padding: number
  readonly seconds: number
  /** How long its requests waited for it, in seconds, summed. */
  readonly waited: number
}

/** A submitted request. */
export interface Submitted {
  readonly results: Promise<Record<string, TensorValue>>
  /** Removes the request from the queue and rejects `results`; does nothing if the results exist. */
  cancel(): void
}

/** Options of a scheduler. */
export interface SchedulerOptions {
  readonly runner: Runner
  readonly maxBatch: number
  /** Milliseconds that a request waits for others even if a worker is free. */
  readonly maxDelay: number
  readonly maxWaste: number
  readonly maxElements: number
  /** Simultaneous runs of one model over all workers. */
  readonly concurrency: number
  /** Largest number of waiting requests per model. */
  readonly queue: number
  /** Time limit of a request in milliseconds. */
  readonly timeout: number
  readonly onRun?: (event: RunEvent) => void
  /** Called when the last request of a model is answered. */
  readonly onIdle?: (model: ServedModel) => void
}

/** The longest Retry-After, in seconds. */
const LONGEST_RETRY = 60

/** How many waiting requests are considered for one run. */
const WINDOW = 512

/**
 * Joins waiting requests into runs. A run starts when a worker is free and either the oldest request has waited for `maxDelay` or a full batch waits. While
 * all workers are busy, requests accumulate. The model with the oldest request comes first.
 */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #lanes = new WeakMap<ServedModel, Lane>()
  /** Lanes with waiting or running requests. */
  readonly #active = new Set<Lane>()
  #planned: NodeJS.Immediate | undefined
  #delay: NodeJS.Timeout | undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  /** Number of waiting and running requests. */
  get pending(): number {
    return [...this.#active].reduce((sum, { queue }) => sum + queue.length + queue.running, 0)
  }

  /** Number of waiting requests of a model. */
  waiting(model: ServedModel): number {
    return this.#lanes.get(model)?.queue.length ?? 0
  }

  /** Whether no request of a model is read, waits or runs. */
  isIdle(model: ServedModel): boolean {
    return this.#lanes.get(model)?.queue.idle ?? true
  }

  #laneOf(model: ServedModel): Lane {
    const lane = this.#lanes.get(model) ?? new Lane(model)
    this.#lanes.set(model, lane)
    return lane
  }

  /** @throws RequestFailure (429) if too many requests of the model wait, or one more would not be answered in time. */
  demandRoom(model: ServedModel): void {
    const { name } = model
    const lane = this.#laneOf(model)
    const { queue } = lane
    const { queue: limit, timeout, runner, maxBatch } = this.#options
    const wait = lane.seconds(maxBatch, runner.ready)
    const retryAfter = Math.max(1, Math.min(LONGEST_RETRY, Math.ceil(wait)))
    if (queue.length >= limit) {
      const reason = `expected at most ${limit} waiting requests of "${name}", received one more. Send the request again later.`
      throw new RequestFailure(429, reason, retryAfter)
    }
    if (1000 * wait > timeout) {
      const reason = `expected an answer from "${name}" within ${timeout} ms, but the ${queue.length} waiting requests need about ${wait.toFixed(1)} s. Send the request again later.`
      throw new RequestFailure(429, reason, retryAfter)
    }
  }

  /** Keeps a model loaded while a request to it is read, before it can be submitted. @returns a function that ends this. */
  hold(model: ServedModel): () => void {
    const lane = this.#laneOf(model)
    lane.queue.reading++
    return () => {
      lane.queue.reading--
      this.#checkIdle(lane)
    }
  }

  /**
   * Queues a request and runs it.
   *
   * @returns the outputs of the request. The promise rejects with RequestFailure 503 after the time limit or if the worker is lost, with RunFailed if the
   * model cannot run on the request, and with Cancelled.
   * @throws RequestFailure (429) if too many requests wait.
   */
  submit(model: ServedModel, request: BatchRequest, outputs: readonly string[]): Submitted {
    this.demandRoom(model)
    const lane = this.#laneOf(model)
    let cancel = (): void => {}
    const results = new Promise<Record<string, TensorValue>>((resolve, reject) => {
      const waiting: Waiting = {
        request,
        outputs,
        since: performance.now(),
        resolve: (result) => {
          clearTimeout(timer)
          resolve(result)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      }
      const leave = (error: Error): void => {
        lane.queue.remove(waiting)
        waiting.reject(error)
        this.#checkIdle(lane)
      }
      cancel = () => leave(new Cancelled())
      const timer = setTimeout(() => leave(this.#timedOut(model)), this.#options.timeout)
      lane.queue.push(waiting)
      this.#active.add(lane)
      this.plan()
    })
    return { results, cancel }
  }

  /** Starts runs after the current I/O events, so that requests that arrive together run together. */
  plan(): void {
    this.#planned ??= setImmediate(() => {
      this.#planned = undefined
      this.#startRuns()
    })
  }

  #timedOut({ name }: ServedModel): RequestFailure {
    const { timeout, runner } = this.#options
    const reason = runner.ready === 0 ? ' No worker is ready.' : ''
    return new RequestFailure(
      503,
      `expected an answer from "${name}" within ${timeout} ms, received none.${reason} Send the request again later.`,
      1,
    )
  }

  #startRuns(): void {
    const { runner } = this.#options
    clearTimeout(this.#delay)
    while (runner.free) {
      const lane = this.#nextLane()
      if (lane === undefined) break
      this.#startRun(lane)
    }
  }

  /** The lane to run next. If all lanes should wait for more requests, sets a timer. */
  #nextLane(): Lane | undefined {
    const { maxDelay, maxBatch, concurrency } = this.#options
    const now = performance.now()
    let next: Lane | undefined
    let soonest = Number.POSITIVE_INFINITY
    for (const lane of this.#active) {
      const { oldest, rows, running } = lane.queue
      if (oldest === undefined || running >= concurrency) continue
      const due = lane.alone || rows >= maxBatch ? 0 : oldest.since + maxDelay
      if (due > now) soonest = Math.min(soonest, due)
      else if (oldest.since < (next?.queue.oldest?.since ?? Number.POSITIVE_INFINITY)) next = lane
    }
    if (next === undefined && soonest < Number.POSITIVE_INFINITY) this.#delay = setTimeout(() => this.#startRuns(), soonest - now)
    return next
  }

  #startRun(lane: Lane): void {
    const { model, queue, runSize } = lane
    const { maxBatch, maxElements, maxWaste, runner } = this.#options
    // The waiting requests are split among the idle workers, in two runs for each, so that the results of the first are sent while the second runs.
    const maxRows = Math.min(runSize.next(maxBatch), Math.ceil(queue.rows / Math.max(1, runner.idleSlots)) || 1)
    const candidates = queue.first(WINDOW).map(({ request }) => request)
    const members = queue.take(chooseRun(model.recipe, candidates, { maxRows, maxElements, maxWaste }))
    queue.running++
    void this.#run(lane, members).finally(() => {
      queue.running--
      this.#checkIdle(lane)
      this.plan()
    })
  }

  async #run(lane: Lane, members: readonly Waiting[]): Promise<void> {
    const { model } = lane
    try {
      const joined = joinRequests(
        model.recipe,
        members.map(({ request }) => request),
      )
      const wanted = [...new Set(members.flatMap(({ outputs }) => outputs))]
      const started = performance.now()
      const { outputs, seconds } = await this.#options.runner.run(model.key, joined.feeds, wanted)
      const waited = members.reduce((sum, { since }) => sum + started - since, 0) / 1000
      this.#report(lane, members, joined, { seconds, waited })
      joined.split(outputs).forEach((part, i) => {
        members[i]?.resolve(part)
      })
    } catch (error) {
      await this.#failed(lane, members, error)
    }
  }

  /** Runs the requests of a failed run separately, so that an invalid one does not fail the others. */
  async #failed(lane: Lane, members: readonly Waiting[], error: unknown): Promise<void> {
    const [only] = members
    if (!(error instanceof RunFailed)) {
      for (const { reject } of members) reject(error)
    } else if (members.length === 1) {
      only?.reject(error)
    } else {
      for (const member of members) await this.#run(lane, [member])
    }
  }

  #report(lane: Lane, members: readonly Waiting[], { elements, padding }: JoinedRun, time: Pick<RunEvent, 'seconds' | 'waited'>): void {
    const rows = members.reduce((sum, { request }) => sum + request.rows, 0)
    lane.ran({ rows, elements: elements - padding, seconds: time.seconds })
    this.#options.onRun?.({ model: lane.model, requests: members.length, rows, elements, padding, ...time })
  }

  #checkIdle(lane: Lane): void {
    if (!lane.queue.idle) return
    this.#active.delete(lane)
    this.#options.onIdle?.(lane.model)
  }
}
