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
})
