import { expect, test } from 'vitest'
import { advice } from '../src/finish.ts'
import { summaryOf } from '../src/own-data/describe.ts'
import type { Example, Target } from '../src/own-data/example.ts'
import type { EpochMetrics } from '../src/report.ts'

const epochs = (...losses: number[]): EpochMetrics[] =>
  losses.map((loss, i) => ({ epoch: i + 1, step: i + 1, train: { loss: 0 }, val: { loss }, seconds: 1 }))
const own = { paths: ['graphs.zip'] }

test('a network that has learned nothing which holds for new examples says what to try', () => {
  const data = { constantLoss: 0.7, models: ['gine', 'gin'] as const }
  expect(advice({ model: 'gine', own }, epochs(0.9, 0.68, 1.2), data)).toBe(
    'the validation loss is hardly lower than that of always the same answer, 0.7000: gine has found nothing that holds for new examples. ' +
      'Try --model gin, or --kind "dense graph", whose networks see cycles, which message passing cannot, or more examples',
  )
  expect(advice({ model: 'deepsets' }, epochs(0.68), { constantLoss: 0.7 })).toMatch(/new examples\. Try more examples$/)
})

test('one that has learned something says nothing', () => {
  expect(advice({ model: 'gin', own }, epochs(0.9, 0.5, 1.2), { constantLoss: 0.7 })).toBeUndefined()
  expect(advice({ model: 'gin', own }, epochs(0.9), {})).toBeUndefined()
  expect(advice({ model: 'gin', own }, [], { constantLoss: 0.7 })).toBeUndefined()
})

test('the loss of always the same answer is the entropy of the classes, or the variance of standardized numbers', () => {
  const example = (target: Target): Example => ({ where: '', x: { shape: [1, 1], data: new Float32Array(1) }, target })
  const lossOf = (...targets: Target[]) => summaryOf({ kind: 'set', examples: targets.map(example) }).constantLoss()
  const label = (name: string): Target => ({ kind: 'label', label: name })
  expect(lossOf(label('a'), label('b'), label('a'), label('a'))).toBeCloseTo(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)), 12)
  expect(lossOf({ kind: 'labels', labels: ['a', undefined, 'b'] })).toBeCloseTo(Math.log(2), 12)
  expect(lossOf({ kind: 'y', y: [3, 4] })).toBe(1)
  expect(lossOf({ kind: 'chosen', element: 0 })).toBeUndefined()
})
