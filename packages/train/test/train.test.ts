import { adam, initialize, Linear, meanSquaredError } from '@equivar/nn'
import { type Backend, evaluate, input, Random, squeeze, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  CheckpointError,
  decodeSafetensors,
  encodeSafetensors,
  epochBatches,
  fit,
  gradientProgram,
  initialState,
  NonFiniteLossError,
  type RunState,
  repeatedStep,
  type TrainStep,
  trainStep,
} from '../src/index.ts'

/** The float64 reference as a backend: slow, and enough for a toy. */
const reference: Backend = {
  name: 'reference',
  compile: async (program) => ({
    run: async (feeds) => {
      const host = Object.entries(feeds).map(async ([name, value]) => {
        const data = typeof value.data === 'function' ? await value.data() : value.data
        return [name, { dtype: value.dtype, shape: value.shape, data }] as const
      })
      const outputs = evaluate(program, Object.fromEntries(await Promise.all(host)))
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { dtype, shape, data }]) => {
          const typed = dtype === 'int64' ? BigInt64Array.from(data, BigInt) : Float32Array.from(data)
          return [name, { dtype, shape, data: async () => typed, dispose: () => {} }]
        }),
      )
    },
    dispose: async () => {},
  }),
}

const inputs = { x: input('x', 'float32', ['batch', 2]), target: input('target', 'float32', ['batch']) }
const random = new Random({ seed: 1 })
const points = Array.from({ length: 12 }, () => [random.normal(), random.normal()])
const examples = {
  length: 12,
  batch: (indices: ArrayLike<number>): Record<string, TensorValue> => {
    const rows = Array.from(indices, (i) => points[i] as number[])
    return {
      x: { dtype: 'float32', shape: [rows.length, 2], data: Float32Array.from(rows.flat()) },
      target: { dtype: 'float32', shape: [rows.length], data: Float32Array.from(rows, ([a = 0, b = 0]) => 3 * a - b) },
    }
  },
}

function toy(): { model: Linear; step: ReturnType<typeof trainStep>; objective: () => { loss: ReturnType<typeof meanSquaredError> } } {
  const model = new Linear({ inChannels: 2, outChannels: 1 })
  const objective = () => ({ loss: meanSquaredError(squeeze(model.forward(inputs.x), -1), inputs.target) })
  return { model, step: trainStep(model, { inputs, objective, optimizer: adam() }), objective }
}

async function trained(epochs: number, { rate = 0.1, stopAt }: { rate?: number; stopAt?: number } = {}) {
  const { model, step } = toy()
  let state = { values: initialState(step, initialize(model, 1)), step: 0, sums: {} }
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
    const state = { values: initialState(step, values), step: 0, sums: {} }
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

test('patience: stops when the validation loss has not fallen for so long, also when the run is continued in between', async () => {
  const run = async (from: RunState, epochs: number): Promise<{ state: RunState; stopped: number | undefined }> => {
    const { step } = toy()
    let [state, stopped]: [RunState, number | undefined] = [from, undefined]
    for await (const event of fit({
      step,
      backend: reference,
      train: examples,
      validate: async () => ({ loss: 1 }),
      epochs,
      batchSize: 12,
      schedule: () => 0.1,
      seed: 3,
      state,
      patience: 3,
    })) {
      if (event.type !== 'step') state = event.state
      if (event.type === 'stopped') stopped = event.epoch
    }
    return { state, stopped }
  }
  const { model, step } = toy()
  const first: RunState = { values: initialState(step, initialize(model, 1)), step: 0, sums: {} }
  expect((await run(first, 20)).stopped).toBe(4)
  const part = await run(first, 2)
  expect([part.stopped, (await run(part.state, 20)).stopped]).toEqual([undefined, 4])
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
  const state = { values: initialState(step, initialize(model, 1)), step: 0, sums: {} }
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

describe('safetensors', () => {
  const values = {
    weight: { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, -0, Number.NaN, 1e-45, 5, 6) },
    step: { dtype: 'int64', shape: [], data: BigInt64Array.of(-7n) },
    none: { dtype: 'bool', shape: [0], data: new Uint8Array() },
  } satisfies Record<string, TensorValue>
  const file = encodeSafetensors({ values, metadata: { seed: '1' } })

  test('what is written is read, bit for bit, also from a view of a larger buffer', () => {
    expect(decodeSafetensors(file, 'file')).toEqual({ values, metadata: { seed: '1' } })
    const pool = Buffer.alloc(file.length + 13)
    pool.set(file, 13)
    expect(decodeSafetensors(pool.subarray(13), 'file').values).toEqual(values)
  })

  test('a file that is cut off anywhere is refused', () => {
    for (let length = 0; length < file.length; length += 3) {
      expect(() => decodeSafetensors(file.subarray(0, length), 'model.safetensors'), `${length}`).toThrow(CheckpointError)
    }
    expect(() => decodeSafetensors(file.subarray(0, 4), 'model.safetensors')).toThrow(
      'model.safetensors: expected a header of 8 bytes, received 4 bytes. The file is damaged or no safetensors file.',
    )
  })

  const withHeader = (header: unknown, bytes: number): Uint8Array => {
    const text = new TextEncoder().encode(JSON.stringify(header))
    const made = new Uint8Array(8 + text.length + bytes)
    new DataView(made.buffer).setBigUint64(0, BigInt(text.length), true)
    made.set(text, 8)
    return made
  }
  test.each([
    ['no object', null, 0, 'expected a header in JSON'],
    ['a list', [], 0, 'expected a header in JSON'],
    ['an entry that is none', { w: 3 }, 0, 'expected type, shape and offsets of "w"'],
    ['a negative size', { w: { dtype: 'F32', shape: [-1], data_offsets: [4, 0] } }, 8, 'expected type, shape and offsets of "w"'],
    ['a negative offset', { w: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } }, 8, 'expected type, shape and offsets of "w"'],
    ['an unknown type', { w: { dtype: 'F8', shape: [1], data_offsets: [0, 1] } }, 1, 'expected "w" of type F32, F16, BF16'],
    ['bytes behind the numbers', { w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 9, 'received'],
  ])('a header with %s is refused', (_, header, bytes, message) => {
    expect(() => decodeSafetensors(withHeader(header, bytes), 'file')).toThrow(message)
  })
})
