import { type BatchRequest, chooseRun, type JoinedRun, joinRequests } from '@equivar/batching'
import type { TensorValue } from '@equivar/tensor'
import { Cancelled, RequestFailure, RunFailed } from '../errors.ts'
import type { ServedModel } from '../models/served-model.ts'
import type { RunResult } from '../workers/worker-process.ts'
import { Lane } from './lane.ts'
import type { Waiting } from './request-queue.ts'

/** Where runs go: the pool of workers, or a stand-in. */
export interface Runner {
  /** Whether it takes a run now. */
  readonly free: boolean
  /** How many runs the workers that have nothing to do would take: each one that runs, and one that waits for its end. */
  readonly idleSlots: number
  readonly ready: number
  run(model: number, feeds: Readonly<Record<string, TensorValue>>, outputs: readonly string[]): Promise<RunResult>
}

/** What a run was, for those who count. */
export interface RunEvent {
  readonly model: ServedModel
  readonly requests: number
  readonly rows: number
  readonly elements: number
  readonly padding: number
  readonly seconds: number
}

/** A request on its way. */
export interface Submitted {
  readonly results: Promise<Record<string, TensorValue>>
  /** Takes it out, if it still waits, and rejects `results`; nothing if these are there. */
  cancel(): void
}

/** Settings of a scheduler. */
export interface SchedulerOptions {
  readonly runner: Runner
  readonly maxBatch: number
  /** Milliseconds that a request may wait for others while a worker is free. */
  readonly maxDelay: number
  readonly maxWaste: number
  readonly maxElements: number
  /** Runs of one model at once, over all workers. */
  readonly concurrency: number
  /** Requests of a model that may wait. */
  readonly queue: number
  /** Milliseconds until a request is given up. */
  readonly timeout: number
  readonly onRun?: (event: RunEvent) => void
  /** Called when the last request of a model is answered. */
  readonly onIdle?: (model: ServedModel) => void
}

/** Seconds after which a caller is told to come back, at most. */
const LONGEST_RETRY = 60

/** How many of the waiting are looked at for one run. */
const WINDOW = 512

/**
 * Forms runs from waiting requests. A run starts when a worker is free and the oldest request has waited `maxDelay`, or a full batch waits; while all
 * workers are busy requests gather by themselves. The model whose oldest request waits longest comes first.
 */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #lanes = new WeakMap<ServedModel, Lane>()
  /** Lanes where something waits or runs. */
  readonly #active = new Set<Lane>()
  #planned: NodeJS.Immediate | undefined
  #delay: NodeJS.Timeout | undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  /** Requests that wait or run. */
  get pending(): number {
    return [...this.#active].reduce((sum, { queue }) => sum + queue.length + queue.running, 0)
  }

  /** How many requests of a model wait. */
  waiting(model: ServedModel): number {
    return this.#lanes.get(model)?.queue.length ?? 0
  }

  /** Whether nothing of a model waits or runs. */
  isIdle(model: ServedModel): boolean {
    return this.#lanes.get(model)?.queue.idle ?? true
  }

  #laneOf(model: ServedModel): Lane {
    const lane = this.#lanes.get(model) ?? new Lane(model)
    this.#lanes.set(model, lane)
    return lane
  }

  /** @throws RequestFailure (429) if too many requests of the model wait, or so many that one more would not be answered in time. */
  demandRoom(model: ServedModel): void {
    const { name } = model
    const lane = this.#laneOf(model)
    const { queue } = lane
    const { queue: limit, timeout, runner, maxBatch } = this.#options
    const wait = lane.seconds(maxBatch, runner.ready)
    const retryAfter = Math.max(1, Math.min(LONGEST_RETRY, Math.ceil(wait)))
    if (queue.length >= limit) {
      const reason = `expected at most ${limit} waiting requests of "${name}", received one more. Send it again later.`
      throw new RequestFailure(429, reason, retryAfter)
    }
    if (1000 * wait > timeout) {
      const reason = `expected an answer of "${name}" within ${timeout} ms, but ${queue.length} requests wait, for about ${wait.toFixed(1)} s. Send it again later.`
      throw new RequestFailure(429, reason, retryAfter)
    }
  }

  /**
   * Waits for its turn and runs.
   *
   * @returns the request's own outputs; rejected with RequestFailure 503 where it takes too long or a worker is lost, 400 where the model cannot run on
   * it, and with Cancelled.
   * @throws RequestFailure (429) where too many wait.
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

  /** Looks for runs to start, once what is being read has been read: requests that came together run together. */
  plan(): void {
    this.#planned ??= setImmediate(() => {
      this.#planned = undefined
      this.#startRuns()
    })
  }

  #timedOut({ name }: ServedModel): RequestFailure {
    const { timeout, runner } = this.#options
    const reason = runner.ready === 0 ? ' No worker is ready.' : ''
    return new RequestFailure(503, `expected an answer of "${name}" within ${timeout} ms, received none.${reason} Send it again later.`, 1)
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

  /** Where to run next; sets the clock if all must wait for company. */
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
    // What waits is shared among the workers that have nothing to do, in two runs for each: what the first gives is written while the second runs.
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
      const { outputs, seconds } = await this.#options.runner.run(model.key, joined.feeds, wanted)
      this.#report(lane, members, joined, seconds)
      joined.split(outputs).forEach((part, i) => {
        members[i]?.resolve(part)
      })
    } catch (error) {
      await this.#failed(lane, members, error)
    }
  }

  /** One request that the model cannot run on must not take the others with it. */
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

  #report(lane: Lane, members: readonly Waiting[], { elements, padding }: JoinedRun, seconds: number): void {
    const rows = members.reduce((sum, { request }) => sum + request.rows, 0)
    lane.ran({ rows, elements: elements - padding, seconds })
    this.#options.onRun?.({ model: lane.model, requests: members.length, rows, elements, padding, seconds })
  }

  #checkIdle(lane: Lane): void {
    if (!lane.queue.idle) return
    this.#active.delete(lane)
    this.#options.onIdle?.(lane.model)
  }
}
