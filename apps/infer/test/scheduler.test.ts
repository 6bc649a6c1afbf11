import { acceptRequest } from '@equivar/batching'
import { type TensorValue, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { Cancelled, RunFailed, WorkerLost } from '../src/errors.ts'
import { ServedModel } from '../src/models/served-model.ts'
import { type RunEvent, Scheduler, type SchedulerOptions, type Submitted } from '../src/scheduling/scheduler.ts'
import type { RunResult } from '../src/workers/worker-process.ts'
import { scalingModel } from './models.ts'

/** A worker that runs on command and records its runs. */
class Puppet {
  readonly ready = 1
  readonly runs: { rows: number; finish: (error?: Error) => void }[] = []
  slots = 1
  /** The reported duration of a run. */
  seconds = 0
  #busy = 0
  scheduler: Scheduler | undefined
  /** Runs on rows that start with this number fail. */
  poison: number | undefined

  get free(): boolean {
    return this.#busy < this.slots
  }

  get idleSlots(): number {
    return Math.max(0, this.slots - this.#busy)
  }

  run(_: number, feeds: Readonly<Record<string, TensorValue>>): Promise<RunResult> {
    this.#busy++
    const { shape, data } = feeds.x as TensorValue
    return new Promise<RunResult>((resolve, reject) => {
      const finish = (error?: Error): void => {
        const poisoned = this.poison !== undefined && Array.from(data as Float32Array).includes(this.poison)
        if (error !== undefined || poisoned) reject(error ?? new RunFailed('poison'))
        else resolve({ outputs: { y: { dtype: 'float32', shape, data } }, seconds: this.seconds })
      }
      this.runs.push({ rows: shape[0] as number, finish })
    }).finally(() => {
      this.#busy--
      this.scheduler?.plan()
    })
  }
}

function setUp(options: Partial<SchedulerOptions> = {}) {
  const puppet = new Puppet()
  const events: RunEvent[] = []
  const idle: ServedModel[] = []
  const scheduler = new Scheduler({
    runner: puppet,
    maxBatch: 4,
    maxDelay: 0,
    maxWaste: 0.25,
    maxElements: 1000,
    concurrency: 8,
    queue: 6,
    timeout: 60_000,
    onRun: (event) => events.push(event),
    onIdle: (model) => idle.push(model),
    ...options,
  })
  puppet.scheduler = scheduler
  const model = new ServedModel({ name: 'm', version: '1', key: 0, bytes: scalingModel(1), where: 'm' })
  const start = (first: number, rows = 1): Submitted => {
    const x = tensorValue(
      'float32',
      [rows, 2],
      Array.from({ length: 2 * rows }, () => first),
    )
    return scheduler.submit(model, acceptRequest(model.recipe, { x }), ['y'])
  }
  const submit = (first: number, rows = 1): Promise<Record<string, TensorValue>> => start(first, rows).results
  return { puppet, scheduler, model, start, submit, events, idle }
}

const tick = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}
const numbersOf = async (answer: Promise<Record<string, TensorValue>>): Promise<number[]> =>
  Array.from((await answer).y?.data as Float32Array)

test('requests that arrive together run together, and each gets its own outputs', async () => {
  const { puppet, submit, events, idle, model } = setUp()
  const answers = [submit(1), submit(2, 2), submit(3, 0)]
  await tick()
  expect(puppet.runs.map(({ rows }) => rows)).toEqual([3])
  puppet.runs[0]?.finish()
  expect(await Promise.all(answers.map(numbersOf))).toEqual([[1, 1], [2, 2, 2, 2], []])
  expect(events).toEqual([expect.objectContaining({ requests: 3, rows: 3, elements: 6, padding: 0 })])
  await tick()
  expect(idle).toEqual([model])
})

test('while the worker is busy, requests accumulate up to a batch', async () => {
  const { puppet, submit } = setUp()
  const answers = [submit(0)]
  await tick()
  answers.push(...[1, 2, 3, 4, 5].map((first) => submit(first)))
  await tick()
  for (let i = 0; i < 3; i++) {
    puppet.runs[i]?.finish()
    await tick()
  }
  expect(puppet.runs.map(({ rows }) => rows)).toEqual([1, 4, 1])
  expect((await Promise.all(answers.map(numbersOf))).map(([first]) => first)).toEqual([0, 1, 2, 3, 4, 5])
})

test('a request waits for others until the delay is over or the batch is full', async () => {
  const { puppet, submit } = setUp({ maxDelay: 60_000 })
  const answers = [submit(1), submit(2), submit(3)]
  await tick()
  expect(puppet.runs).toEqual([])
  answers.push(submit(4))
  await tick()
  expect(puppet.runs.map(({ rows }) => rows)).toEqual([4])
  puppet.runs[0]?.finish()
  await Promise.all(answers)
  const short = setUp({ maxDelay: 5 })
  const answer = short.submit(1)
  while (short.puppet.runs.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  short.puppet.runs[0]?.finish()
  expect(await numbersOf(answer)).toEqual([1, 1])
})

test('a request of more examples than a batch is a run of its own', async () => {
  const { puppet, submit } = setUp()
  const answers = [submit(1, 9), submit(2)]
  await tick()
  puppet.runs[0]?.finish()
  await tick()
  puppet.runs[1]?.finish()
  await Promise.all(answers)
  expect(puppet.runs.map(({ rows }) => rows)).toEqual([9, 1])
})

test('the number of simultaneous runs of a model is limited', async () => {
  const { puppet, submit } = setUp({ concurrency: 1, maxBatch: 1 })
  puppet.slots = 5
  const answers = [submit(1), submit(2)]
  await tick()
  expect(puppet.runs).toHaveLength(1)
  puppet.runs[0]?.finish()
  await tick()
  puppet.runs[1]?.finish()
  await Promise.all(answers)
})

test('waiting requests are split among idle workers', async () => {
  const { puppet, submit } = setUp({ maxBatch: 64 })
  puppet.slots = 3
  const answers = [1, 2, 3, 4, 5].map((first) => submit(first))
  await tick()
  expect(puppet.runs.map(({ rows }) => rows)).toEqual([2, 2, 1])
  for (const { finish } of puppet.runs) finish()
  expect((await Promise.all(answers.map(numbersOf))).map(([first]) => first)).toEqual([1, 2, 3, 4, 5])
})

test('too many waiting requests get 429 with Retry-After', async () => {
  const { puppet, submit } = setUp()
  const answers = Array.from({ length: 6 }, (_, i) => submit(i))
  await expect(async () => submit(9)).rejects.toThrow(expect.objectContaining({ statusCode: 429, retryAfter: 1 }))
  await expect(async () => submit(9)).rejects.toThrow(
    'expected at most 6 waiting requests of "m", received one more. Send the request again later.',
  )
  await tick()
  puppet.runs[0]?.finish()
  await tick()
  puppet.runs[1]?.finish()
  await Promise.all(answers)
})

test('a request beyond its time limit gets 503, whether it waits or runs', async () => {
  const { puppet, scheduler, submit, model } = setUp({ timeout: 20, maxBatch: 1 })
  const answers = [submit(1), submit(2)]
  for (const answer of answers) {
    await expect(answer).rejects.toThrow('expected an answer from "m" within 20 ms, received none. Send the request again later.')
  }
  expect(puppet.runs).toHaveLength(1)
  expect(scheduler.waiting(model)).toBe(0)
})

test('a request leaves the queue when its caller disconnects', async () => {
  const { puppet, scheduler, submit, start, model } = setUp({ maxBatch: 1 })
  const [first, second] = [submit(1), start(2)]
  await tick()
  expect(scheduler.waiting(model)).toBe(1)
  second.cancel()
  await expect(second.results).rejects.toThrow(Cancelled)
  second.cancel()
  expect(scheduler.waiting(model)).toBe(0)
  puppet.runs[0]?.finish()
  await first
  await tick()
  expect(puppet.runs).toHaveLength(1)
})

test('an invalid request does not fail the others of its run', async () => {
  const { puppet, submit } = setUp()
  puppet.poison = 2
  const answers = [submit(1), submit(2), submit(3)].map((answer) => answer.catch((error: Error) => error.message))
  for (let i = 0; i < 4; i++) {
    await tick()
    puppet.runs[i]?.finish()
  }
  expect(await Promise.all(answers)).toEqual([expect.objectContaining({}), 'poison', expect.objectContaining({})])
  expect(puppet.runs.map(({ rows }) => rows)).toEqual([3, 1, 1, 1])
})

test('if a worker ends, only its own runs fail', async () => {
  const { puppet, submit } = setUp({ maxBatch: 1 })
  const [lost, other] = [submit(1), submit(2)]
  await tick()
  puppet.runs[0]?.finish(new WorkerLost('signal SIGKILL'))
  await expect(lost).rejects.toThrow(WorkerLost)
  await tick()
  puppet.runs[1]?.finish()
  expect(await numbersOf(other)).toEqual([2, 2])
})

test('a request that would miss its time limit gets 429 with Retry-After at once', async () => {
  const { puppet, submit } = setUp({ maxBatch: 1, timeout: 5000 })
  puppet.seconds = 2
  const first = submit(1)
  await tick()
  puppet.runs[0]?.finish()
  await first
  const answers = [submit(1)]
  await tick()
  answers.push(...[2, 3, 4].map((value) => submit(value)))
  // One runs, three wait: 6 seconds.
  expect(() => submit(5)).toThrow(
    expect.objectContaining({
      message: 'expected an answer from "m" within 5000 ms, but the 3 waiting requests need about 6.0 s. Send the request again later.',
      statusCode: 429,
      retryAfter: 6,
    }) as Error,
  )
  for (let i = 1; i <= 4; i++) {
    puppet.runs[i]?.finish()
    await tick()
  }
  expect(await Promise.all(answers.map(numbersOf))).toEqual([1, 2, 3, 4].map((value) => [value, value]))
})
