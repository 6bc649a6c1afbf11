import { adam, initialize } from '@equivar/nn'
import { type Backend, evaluate, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  epochBatches,
  fit,
  gradientProgram,
  initialState,
  NonFiniteLossError,
  repeatedStep,
  startRun,
  type TrainStep,
  trainStep,
} from '../src/index.ts'
import { examples, inputs, points, reference, toy } from './toy.ts'

async function trained(epochs: number, { rate = 0.1, stopAt }: { rate?: number; stopAt?: number } = {}) {
  const { model, step } = toy()
  let state = startRun(step, initialize(model, 1))
  const losses: number[] = []
  for (;;) {
    const stop = new AbortController()
    let stopped = false
    for await (const event of fit({
      step,
      backend: reference,
      train: examples,
      epochs,
      batchSize: 5,
      schedule: () => rate,
      seed: 3,
      state,
      signal: stop.signal,
    })) {
      if (event.type === 'step') {
        if (losses.length === stopAt) stop.abort()
        losses.push(event.loss)
      } else state = event.state as typeof state
      if (event.type === 'stopped') stopped = true
    }
    if (!stopped) return { losses, state }
  }
}

describe('fit', () => {
  test('learns a plane, and repeats bit for bit', async () => {
    const { losses, state } = await trained(60)
    expect(losses.at(-1)).toBeLessThan(0.01 * (losses[0] as number))
    expect((await trained(60)).state.values).toEqual(state.values)
  })

  test('stopped in the middle of an epoch and continued: as if never stopped', async () => {
    const [whole, broken] = [await trained(4), await trained(4, { stopAt: 4 })]
    expect(broken.state.values).toEqual(whole.state.values)
    expect(broken.losses).toEqual(whole.losses)
  })

  test('the loss of an epoch is the mean over its examples, whatever the sizes of the batches', async () => {
    const { model, step } = toy()
    const values = initialize(model, 1)
    const [a = 0, b = 0, bias = 0] = [...(values.weight?.data ?? []), ...(values.bias?.data ?? [])].map(Number)
    const squares = points.map(([x = 0, y = 0]) => (a * x + b * y + bias - (3 * x - y)) ** 2)
    const mean = squares.reduce((sum, v) => sum + v, 0) / 12
    const losses: number[] = []
    const state = startRun(step, values)
    // A rate of 0, so that all batches, of 5, 5 and 2 examples, see the same model.
    const settings = { step, backend: reference, train: examples, epochs: 2, batchSize: 5, seed: 3, state, schedule: () => 0 }
    for await (const event of fit(settings)) if (event.type === 'epoch') losses.push(event.train.loss ?? Number.NaN)
    expect(losses.length).toBe(2)
    for (const loss of losses) expect(loss).toBeCloseTo(mean, 5)
  })

  test('a loss that is no number ends it', async () => {
    await expect(trained(50, { rate: 1e30 })).rejects.toThrow(NonFiniteLossError)
  })

  test('every example once an epoch, in an order that the seed tells', () => {
    const batches = epochBatches(12, { batchSize: 5, seed: 3, epoch: 1 })
    expect(batches.map((b) => b.length)).toEqual([5, 5, 2])
    expect([...new Set(batches.flatMap((b) => [...b]))].length).toBe(12)
    expect(epochBatches(12, { batchSize: 5, seed: 3, epoch: 1 })).toEqual(batches)
    expect(epochBatches(12, { batchSize: 5, seed: 3, epoch: 2 })).not.toEqual(batches)
  })

  test('examples of like size come together, each once, in batches of random order', () => {
    const sizes = [9, 1, 5, 1, 9, 5, 2, 8, 2, 8, 4]
    const options = { batchSize: 2, seed: 3, sizes }
    const batches = epochBatches(11, { ...options, epoch: 1 })
    expect(batches.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual(sizes.map((_, i) => i))
    const read = batches
      .map((batch) => Array.from(batch, (i) => sizes[i] as number))
      .sort((a, b) => (a[0] as number) - (b[0] as number) || a.length - b.length)
    const runs = read.map((batch) => [Math.min(...batch), Math.max(...batch)] as const)
    for (let i = 1; i < runs.length; i++) expect(runs[i]?.[0]).toBeGreaterThanOrEqual(runs[i - 1]?.[1] as number)
    expect(epochBatches(11, { ...options, epoch: 1 })).toEqual(batches)
    expect(epochBatches(11, { ...options, epoch: 2 })).not.toEqual(batches)
  })
})

const asValues = (outputs: ReturnType<typeof evaluate>): Record<string, TensorValue> =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: dtype === 'int64' ? BigInt64Array.from(data, BigInt) : data } as TensorValue,
    ]),
  )
const settings = {
  learning_rate: { dtype: 'float32', shape: [], data: Float32Array.of(0.125) },
  seed: { dtype: 'int64', shape: [], data: BigInt64Array.of(3n) },
} satisfies Record<string, TensorValue>

/** One step in float64; the next state. */
function after(step: TrainStep, state: Record<string, TensorValue>, indices: readonly number[]): Record<string, TensorValue> {
  const outputs = asValues(evaluate(step.program, { ...examples.batch(indices), ...state, ...settings }))
  return Object.fromEntries(step.state.map(({ input: name, output }) => [name, outputs[output] as TensorValue]))
}

test('gradients of three small batches, accumulated, are the gradient of the large one', () => {
  const { model, objective, step } = toy()
  for (const clipNorm of [{}, { clipNorm: 0.5 }]) {
    const large = trainStep(model, { inputs, objective, optimizer: adam(), ...clipNorm })
    const small = trainStep(model, { inputs, objective, optimizer: adam(), accumulate: 3, ...clipNorm })
    let [whole, parts] = [initialState(large, initialize(model, 1)), initialState(small, initialize(model, 1))]
    for (let update = 0; update < 3; update++) {
      const before = parts
      parts = after(small, after(small, parts, [0, 1]), [2, 3])
      expect(parts.weight?.data).toEqual(Float64Array.from(before.weight?.data as Float32Array))
      parts = after(small, parts, [4, 5])
      whole = after(large, whole, [0, 1, 2, 3, 4, 5])
      for (const { input: name, kind } of step.state) {
        if (kind === 'step') continue
        for (const [i, value] of Array.from(whole[name]?.data as Float64Array).entries())
          expect(Math.abs(value - Number(parts[name]?.data[i])), name).toBeLessThan(1e-14)
      }
    }
    expect(parts['accumulated.weight']?.data).toEqual(new Float64Array(2))
  }
  expect(() => trainStep(model, { inputs, objective, optimizer: adam(), accumulate: 0 })).toThrow(
    'trainStep: expected accumulate of 1 or more steps, received 0.',
  )
})

test('many steps in one call are as many calls', () => {
  const { model, step } = toy()
  const batches = [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
    [9, 10, 11],
  ]
  let state = initialState(step, initialize(model, 1))
  const stacked = (name: 'x' | 'target'): TensorValue => {
    const all = batches.map((indices) => examples.batch(indices)[name] as TensorValue)
    return {
      dtype: 'float32',
      shape: [4, ...(all[0] as TensorValue).shape],
      data: Float32Array.from(all.flatMap(({ data }) => Array.from(data as Float32Array))),
    }
  }
  const feeds = { x: stacked('x'), target: stacked('target'), ...settings }
  const together = asValues(evaluate(repeatedStep(step).program, { ...feeds, ...state }))
  for (const indices of batches) state = after(step, state, indices)
  for (const { input: name, output } of step.state) expect(together[output]?.data, name).toEqual(state[name]?.data)
  expect(together.loss?.shape).toEqual([4])
})

test('what a step has replaced is freed', async () => {
  let alive = 0
  const counting: Backend = {
    name: 'counting',
    compile: async (program) => {
      const executable = await reference.compile(program)
      return {
        ...executable,
        run: async (feeds) => {
          const outputs = await executable.run(feeds)
          return Object.fromEntries(
            Object.entries(outputs).map(([name, tensor]) => {
              alive++
              return [name, { ...tensor, dispose: () => alive-- }]
            }),
          )
        },
      }
    },
  }
  const { model, step } = toy()
  const state = startRun(step, initialize(model, 1))
  const most: number[] = []
  for await (const _ of fit({ step, backend: counting, train: examples, epochs: 3, batchSize: 4, schedule: () => 0.1, seed: 3, state }))
    most.push(alive)
  expect(Math.max(...most)).toBeLessThanOrEqual(step.state.length)
  expect(alive).toBe(0)
})

test('the gradient program gives what the step uses', () => {
  const { model, objective } = toy()
  const p = gradientProgram(model, { inputs, objective })
  const seed = { seed: { dtype: 'int64', shape: [], data: BigInt64Array.of(0n) } } satisfies Record<string, TensorValue>
  const result = evaluate(p, { ...examples.batch([0, 1, 2]), ...initialize(model, 1), ...seed })
  expect(result['gradient.weight']?.shape).toEqual([2, 1])
  expect(Math.abs(result['gradient.bias']?.data[0] as number)).toBeGreaterThan(0)
})
