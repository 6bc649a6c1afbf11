import { type BatchRequest, chooseRun, type JoinedRun, joinRequests } from '@equivar/batching'
import type { TensorValue } from '@equivar/tensor'
import { Cancelled, RequestFailure, RunFailed } from '../errors.ts'
import type { ServedModel } from '../models/served-model.ts'
import type { RunResult } from '../workers/worker-process.ts'
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
  readonly #active = new Set<ServedModel>()
  #planned: NodeJS.Immediate | undefined
  #delay: NodeJS.Timeout | undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  /** Requests that wait or run. */
  get pending(): number {
    return [...this.#active].reduce((sum, { queue }) => sum + queue.length + queue.running, 0)
  }

  /** @throws RequestFailure (429) if too many requests of the model wait, or so many that one more would not be answered in time. */
  demandRoom({ queue, pace, recipe, runSize, name }: ServedModel): void {
    const { queue: limit, timeout, runner, maxBatch } = this.#options
    const runs = recipe.kind === 'alone' ? queue.length : Math.min(queue.length, queue.rows / runSize.usual(maxBatch))
    const wait = pace.secondsFor(runs, runner.ready)
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
        model.queue.remove(waiting)
        waiting.reject(error)
        this.#checkIdle(model)
      }
      cancel = () => leave(new Cancelled())
      const timer = setTimeout(() => leave(this.#timedOut(model)), this.#options.timeout)
      model.queue.push(waiting)
      this.#active.add(model)
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
      const model = this.#nextModel()
      if (model === undefined) break
      this.#startRun(model)
    }
  }

  /** The model to run next; sets the clock if all must wait for company. */
  #nextModel(): ServedModel | undefined {
    const { maxDelay, maxBatch, concurrency } = this.#options
    const now = performance.now()
    let next: ServedModel | undefined
    let soonest = Number.POSITIVE_INFINITY
    for (const model of this.#active) {
      const { oldest, rows, running } = model.queue
      if (oldest === undefined || running >= concurrency) continue
      const due = model.recipe.kind === 'alone' || rows >= maxBatch ? 0 : oldest.since + maxDelay
      if (due > now) soonest = Math.min(soonest, due)
      else if (oldest.since < (next?.queue.oldest?.since ?? Number.POSITIVE_INFINITY)) next = model
    }
    if (next === undefined && soonest < Number.POSITIVE_INFINITY) this.#delay = setTimeout(() => this.#startRuns(), soonest - now)
    return next
  }

  #startRun(model: ServedModel): void {
    const { maxBatch, maxElements, maxWaste, runner } = this.#options
    // What waits is shared among the workers that have nothing to do, in two runs for each: what the first gives is written while the second runs.
    const maxRows = Math.min(model.runSize.next(maxBatch), Math.ceil(model.queue.rows / Math.max(1, runner.idleSlots)) || 1)
    const candidates = model.queue.first(WINDOW).map(({ request }) => request)
    const members = model.queue.take(chooseRun(model.recipe, candidates, { maxRows, maxElements, maxWaste }))
    model.queue.running++
    void this.#run(model, members).finally(() => {
      model.queue.running--
      this.#checkIdle(model)
      this.plan()
    })
  }

  async #run(model: ServedModel, members: readonly Waiting[]): Promise<void> {
    try {
      const joined = joinRequests(
        model.recipe,
        members.map(({ request }) => request),
      )
      const wanted = [...new Set(members.flatMap(({ outputs }) => outputs))]
      const { outputs, seconds } = await this.#options.runner.run(model.key, joined.feeds, wanted)
      this.#report(model, members, joined, seconds)
      joined.split(outputs).forEach((part, i) => {
        members[i]?.resolve(part)
      })
    } catch (error) {
      await this.#failed(model, members, error)
    }
  }

  /** One request that the model cannot run on must not take the others with it. */
  async #failed(model: ServedModel, members: readonly Waiting[], error: unknown): Promise<void> {
    const [only] = members
    if (!(error instanceof RunFailed)) {
      for (const { reject } of members) reject(error)
    } else if (members.length === 1) {
      only?.reject(error)
    } else {
      for (const member of members) await this.#run(model, [member])
    }
  }

  #report(model: ServedModel, members: readonly Waiting[], { elements, padding }: JoinedRun, seconds: number): void {
    const rows = members.reduce((sum, { request }) => sum + request.rows, 0)
    model.runSize.ran({ rows, elements: elements - padding, seconds })
    model.pace.ran(seconds)
    this.#options.onRun?.({ model, requests: members.length, rows, elements, padding, seconds })
  }

  #checkIdle(model: ServedModel): void {
    if (!model.queue.idle) return
    this.#active.delete(model)
    this.#options.onIdle?.(model)
  }
}
