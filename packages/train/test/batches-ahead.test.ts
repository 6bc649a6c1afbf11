import { Random, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { batchesAhead, compileEvaluator, type Examples, epochBatches, fit, lastState, likeSizes, type RunState } from '../src/index.ts'
import { examples, reference, start, toy } from './toy.ts'

const { step } = toy()
const common = { step, backend: reference, epochs: 3, batchSize: 5, schedule: () => 0.125, seed: 3 }
const lists = Array.from({ length: 9 }, (_, i) => Uint32Array.of(i))
const later = <T>(value: () => T): Promise<T> => new Promise((resolve) => setTimeout(resolve, 1)).then(value)

/** The examples, whose batches are made later; and what was asked for and is not used yet. */
function prefetching(): Examples & { asked: number[][] } {
  const asked: number[][] = []
  const prefetch = (indices: ArrayLike<number>): Promise<Record<string, TensorValue>> => {
    asked.push(Array.from(indices))
    return later(() => examples.batch(indices))
  }
  const batch = (): never => {
    throw new Error('expected no batch in the thread of the loop')
  }
  return { length: examples.length, batch, prefetch, asked }
}

describe('batches that are read ahead', () => {
  test('come in order, never more than four beside the one that is used', async () => {
    const train = prefetching()
    let used = 0
    for await (const { indices, batch } of batchesAhead(train, lists)) {
      expect(indices).toEqual(lists[used])
      expect(batch).toEqual(examples.batch([used]))
      used++
      expect(train.asked.length).toBe(Math.min(lists.length, used + 4))
    }
    expect([used, train.asked]).toEqual([9, lists.map((list) => [...list])])
  })

  test('give the same run, bit for bit, also with a validation, and one that was stopped and resumed', async () => {
    const run = (train: Examples, state: RunState = start(), stopAfter = Number.POSITIVE_INFINITY): Promise<RunState> => {
      const stop = new AbortController()
      const options = { ...common, train, validation: train, state, patience: 2, keepBest: true, signal: stop.signal }
      return lastState(fit(options), (event) => {
        if (event.type === 'step' && event.done === stopAfter) stop.abort()
      })
    }
    const expected = await run(examples)
    expect(await run(prefetching())).toEqual(expected)
    const stopped = await run(prefetching(), start(), 4)
    expect(stopped.step).toBe(4)
    expect(await run(prefetching(), stopped)).toEqual(expected)
  })

  test('a failure comes in the turn of its batch, and one that nobody waits for is no unhandled rejection', async () => {
    const seen: number[] = []
    const failing: Examples = {
      ...examples,
      prefetch: (indices) => (indices[0] === 2 ? Promise.reject(new Error('line 3')) : later(() => examples.batch(indices))),
    }
    const all = async (last: number): Promise<void> => {
      for await (const { indices } of batchesAhead(failing, lists)) {
        seen.push(indices[0] as number)
        if (indices[0] === last) return
      }
    }
    await expect(all(9)).rejects.toThrow('line 3')
    expect(seen).toEqual([0, 1])
    await all(0)
    await later(() => {})
    expect(seen).toEqual([0, 1, 0])
  })

  test('are waited for, and the time is counted', async () => {
    const wait = { seconds: 0 }
    for await (const _ of batchesAhead(prefetching(), lists.slice(0, 1), wait)) expect(wait.seconds).toBeGreaterThan(0)
  })
})

test('an evaluation reads ahead, too', async () => {
  const { values } = start()
  const evaluator = await compileEvaluator(step, reference, { batchSize: 4 })
  expect(await evaluator.evaluate(values, prefetching())).toEqual(await evaluator.evaluate(values, examples))
})

test('examples of similar size come together, those of one size in random order, as by a stable sort', () => {
  const random = new Random({ seed: 5 })
  const sizes = Array.from({ length: 500 }, () => random.integer(7) * 1000)
  const order = new Random({ seed: 2, stream: 'epoch', index: 1 }).permutation(500)
  const sorted = [...order].sort((a, b) => (sizes[a] as number) - (sizes[b] as number))
  const batches = epochBatches(500, { batchSize: 500, seed: 2, epoch: 1, sizes })
  expect(batches.map((batch) => [...batch])).toEqual([sorted])
  const inOrder = sizes.map((_, i) => i).sort((a, b) => (sizes[a] as number) - (sizes[b] as number))
  expect(likeSizes({ length: 500, sizes }, 500).map((batch) => [...batch])).toEqual([inOrder])
})
