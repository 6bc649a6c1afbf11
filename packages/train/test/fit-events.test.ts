import { BatchNorm, initialize, Linear, Module, meanSquaredError, sgd } from '@equivar/nn'
import { type Backend, reduceMean, squeeze, type Tensor, type TensorValue } from '@equivar/tensor'
import { describe, expect, test, vi } from 'vitest'
import { type FitOptions, fit, initialState, NonFiniteLossError, type RunState, type TrainEvent, trainStep } from '../src/index.ts'
import { examples, inputs, reference, start, toy } from './toy.ts'

const { step } = toy()
const common = { step, backend: reference, train: examples, epochs: 2, batchSize: 5, schedule: () => 0.125, seed: 3 }

async function eventsOf(options: Partial<FitOptions>): Promise<TrainEvent[]> {
  const events: TrainEvent[] = []
  for await (const event of fit({ ...common, state: start(), ...options })) events.push(event)
  return events
}

/** The reference, with what is counted; each run writes its results into the buffers of the run before, as a device may. */
function countingBackend(): { backend: Backend; counts: { compiled: number; disposed: number; alive: number } } {
  const counts = { compiled: 0, disposed: 0, alive: 0 }
  const compile: Backend['compile'] = async (program) => {
    counts.compiled++
    const executable = await reference.compile(program)
    const buffers = new Map<string, Float32Array>()
    const run: typeof executable.run = async (feeds) => {
      const outputs = Object.entries(await executable.run(feeds)).map(async ([name, tensor]) => {
        const data = await tensor.data()
        counts.alive++
        const shared = data instanceof Float32Array ? (buffers.get(name) ?? data) : data
        if (shared instanceof Float32Array) {
          shared.set(data as Float32Array)
          buffers.set(name, shared)
        }
        return [name, { ...tensor, data: async () => shared, dispose: () => counts.alive-- }] as const
      })
      return Object.fromEntries(await Promise.all(outputs))
    }
    return { run, dispose: async () => void counts.disposed++ }
  }
  return { backend: { name: 'counting', compile }, counts }
}

test('the events of a run, and no property that is undefined in a state', async () => {
  // The clock is read at the start of an epoch, before and after each batch, and at the end.
  let time = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (time += 250))
  const events = await eventsOf({})
  clock.mockRestore()
  expect(events.map(({ type }) => type)).toEqual(['step', 'step', 'step', 'epoch', 'step', 'step', 'step', 'epoch'])
  const { loss } = events[4] as { loss: number }
  expect(loss).toBeGreaterThan(0)
  expect(events[4]).toStrictEqual({ type: 'step', epoch: 2, step: 1, steps: 3, done: 4, loss, report: { loss }, learningRate: 0.125 })
  const train = { loss: expect.any(Number) }
  const epoch = { type: 'epoch', epoch: 1, step: 3, learningRate: 0.125, seconds: 1.75, waited: 0.75, train, val: undefined, isBest: false }
  const state = { values: expect.anything(), step: 3, sums: {} }
  expect(events[3]).toStrictEqual({ ...epoch, state })
  expect(events[7]).toStrictEqual({ ...epoch, epoch: 2, step: 6, state: { ...state, step: 6 } })
})

test('a run at its end yields nothing, and starts again with more epochs', async () => {
  const last = (await eventsOf({})).at(-1) as { state: RunState }
  expect(await eventsOf({ state: last.state })).toEqual([])
  expect((await eventsOf({ state: last.state, epochs: 3 })).length).toBe(4)
})

describe('a state on a device', () => {
  test('is copied for an event: later steps do not change it', async () => {
    const states = async (backend: Backend) => (await eventsOf({ backend })).flatMap((e) => (e.type === 'epoch' ? [e.state] : []))
    expect(await states(countingBackend().backend)).toEqual(await states(reference))
  })

  test('is freed, and the program with it, at the end, after a stop and after a failure', async () => {
    const { backend, counts } = countingBackend()
    await eventsOf({ backend })
    expect(counts).toEqual({ compiled: 1, disposed: 1, alive: 0 })
    for await (const event of fit({ ...common, backend, state: start() })) if (event.type === 'step') break
    expect(counts).toEqual({ compiled: 2, disposed: 2, alive: 0 })
    const batch = (indices: ArrayLike<number>) => {
      if (indices.length < 5) throw new Error('no such example')
      return examples.batch(indices)
    }
    await expect(eventsOf({ backend, train: { length: 12, batch } })).rejects.toThrow('no such example')
    expect(counts).toEqual({ compiled: 3, disposed: 3, alive: 0 })
  })

  test('a run that is stopped already compiles nothing', async () => {
    const { backend, counts } = countingBackend()
    const state = { ...start(), waiting: { best: 1, epochs: 2 } }
    const validate = async () => ({ loss: 1 })
    expect(await eventsOf({ backend, state, validate, patience: 2 })).toStrictEqual([
      { type: 'stopped', reason: 'patience', epoch: 0, state },
    ])
    expect(counts.compiled).toBe(0)
  })
})

test('patience counts at the end of an epoch only', async () => {
  const first = (await eventsOf({ epochs: 1 })).at(-1) as { state: RunState }
  const stop = new AbortController()
  const events: TrainEvent[] = []
  for await (const event of fit({ ...common, state: first.state, signal: stop.signal })) {
    events.push(event)
    stop.abort()
  }
  const { state } = events.at(-1) as { state: RunState }
  expect(events.at(-1)).toStrictEqual({ type: 'stopped', reason: 'signal', epoch: 1, state })
  expect([state.step, state.sums.examples]).toEqual([4, 5])
  const waiting = { best: 1, epochs: 7 }
  const rest = await eventsOf({ state: { ...state, waiting }, patience: 2, validate: async () => ({ loss: 2 }) })
  expect(rest.map(({ type }) => type)).toEqual(['step', 'step', 'epoch', 'stopped'])
  expect((rest.at(-1) as { state: RunState }).state.waiting).toEqual({ best: 1, epochs: 8 })
})

test.each([
  [Number.NaN, 'one that is not a number'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
])('a loss of %f ends the run before its values are kept', async (loss, received) => {
  const backend: Backend = {
    name: 'diverging',
    compile: async (program) => {
      const executable = await reference.compile(program)
      let runs = 0
      const run: typeof executable.run = async (feeds) => {
        const outputs = await executable.run(feeds)
        return ++runs < 5 ? outputs : { ...outputs, loss: { ...outputs.loss, data: async () => Float32Array.of(loss) } as never }
      }
      return { ...executable, run }
    },
  }
  const error = new NonFiniteLossError(5, 2, loss)
  expect(error.name).toBe('NonFiniteLossError')
  expect(error.message).toBe(
    `fit: expected a finite loss at step 5 (epoch 2), received ${received}. The last checkpoint is as it was. Lower the learning rate, clip the gradients, or look for targets that are no classes and inputs that are not finite.`,
  )
  await expect(eventsOf({ backend })).rejects.toThrow(error)
})

test('metrics are means over the examples, and the best values hold the buffers', async () => {
  class Normed extends Module {
    readonly norm = new BatchNorm({ channels: 2 })
    readonly linear = new Linear({ inChannels: 2, outChannels: 1 })
    forward(x: Tensor): Tensor {
      return this.linear.forward(this.norm.forward(x))
    }
  }
  const model = new Normed()
  const objective = () => {
    const y = squeeze(model.forward(inputs.x), -1)
    return { loss: meanSquaredError(y, inputs.target), metrics: { wanted: reduceMean(inputs.target) } }
  }
  const normed = trainStep(model, { inputs, objective, optimizer: sgd() })
  const state = { values: initialState(normed, initialize(model, 1)), step: 0, sums: {} }
  const seen: Readonly<Record<string, TensorValue>>[] = []
  const validate = async (values: Readonly<Record<string, TensorValue>>) => {
    seen.push(values)
    return { loss: 2 - seen.length }
  }
  const events = await eventsOf({ step: normed, state, validate, keepBest: true })
  const targets = Array.from((examples.batch(Array.from({ length: 12 }, (_, i) => i)).target as TensorValue).data, Number)
  const mean = targets.reduce((sum, value) => sum + value, 0) / 12
  const ends = events.flatMap((event) => (event.type === 'epoch' ? [event] : []))
  expect(ends.map(({ val }) => val)).toEqual([{ loss: 1 }, { loss: 0 }])
  for (const { train } of ends) expect(train).toEqual({ loss: expect.any(Number), wanted: expect.closeTo(mean, 6) })
  const [, { best, waiting }] = ends.map(({ state: kept }) => kept) as [RunState, RunState]
  expect(waiting).toEqual({ best: 0, epochs: 0 })
  const names = ['norm.scale', 'norm.offset', 'linear.weight', 'linear.bias', 'norm.runningMean', 'norm.runningVariance']
  expect(best).toEqual({ epoch: 2, values: Object.fromEntries(names.map((name) => [name, seen[1]?.[name]])) })
  expect(Object.keys(best?.values ?? {})).toEqual(names)
})
