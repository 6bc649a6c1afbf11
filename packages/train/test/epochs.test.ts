import { tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { epochBatches, fit } from '../src/index.ts'
import { examples, reference, start, toy } from './toy.ts'

const drawn = (length: number, options: Parameters<typeof epochBatches>[1]): number[][] =>
  epochBatches(length, options).map((batch) => Array.from(batch))
const sizes = [9, 1, 5, 1, 9, 5, 2, 8, 2, 8, 4, 7]

test('a checkpoint of an earlier version is continued with the same batches', () => {
  expect(drawn(7, { batchSize: 3, seed: 3, epoch: 1 })).toEqual([[3, 0, 6], [2, 4, 5], [1]])
  expect(drawn(7, { batchSize: 3, seed: 3, epoch: 1, sizes })).toEqual([[4], [3, 1, 6], [2, 5, 0]])
  const steps = { batchSize: 3, seed: 3, stepsPerEpoch: 4 }
  expect(drawn(4, { ...steps, epoch: 0 })).toEqual([
    [0, 1, 2],
    [3, 0, 2],
    [1, 2, 3],
    [1, 3, 2],
  ])
  expect(drawn(4, { ...steps, epoch: 2 })).toEqual([
    [2, 3, 1],
    [1, 2, 0],
    [3, 0, 1],
    [3, 0, 1],
  ])
})

test('with stepsPerEpoch each step draws from all examples, whatever their sizes', () => {
  const options = { batchSize: 4, seed: 3, stepsPerEpoch: 2 }
  const [first, second] = [drawn(12, { ...options, epoch: 0 }), drawn(12, { ...options, epoch: 1 })]
  // The steps are counted through all epochs.
  expect([...first, ...second]).toEqual(drawn(12, { ...options, stepsPerEpoch: 4, epoch: 0 }))
  for (const batch of first) expect(new Set(batch).size).toBe(4)
  expect(drawn(12, { ...options, epoch: 0, sizes })).toEqual(first)
})

test.each([{}, { sizes }, { stepsPerEpoch: 2 }])('a run asks for these batches: %j', async ({ sizes: given, ...steps }) => {
  const options = { ...steps, batchSize: 5, seed: 3 }
  const asked: number[][] = []
  const batch = (indices: ArrayLike<number>) => {
    asked.push(Array.from(indices))
    return { ...examples.batch(indices), unused: tensorValue('float32', [], [1]) }
  }
  const train = { length: 12, ...(given === undefined ? {} : { sizes: given }), batch }
  const { step } = toy()
  const numbers: number[] = []
  for await (const event of fit({ step, backend: reference, train, epochs: 2, schedule: () => 0.1, state: start(), ...options }))
    if (event.type === 'step') numbers.push(event.epoch, event.step, event.steps)
  const batches = [0, 1].flatMap((epoch) => drawn(12, { ...options, epoch, ...(given === undefined ? {} : { sizes: given }) }))
  expect(asked).toEqual(batches)
  const each = batches.length / 2
  expect(numbers).toEqual(batches.flatMap((_, i) => [1 + Math.floor(i / each), 1 + (i % each), each]))
})
