import type { TensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { choice, classes, nodes, numbers, rowNumbers } from '../src/goals.ts'
import { SplitMetrics, shownBesides } from '../src/split-metrics.ts'

const int64 = (shape: number[], values: number[]): TensorValue => ({ dtype: 'int64', shape, data: BigInt64Array.from(values, BigInt) })
const float32 = (shape: number[], values: number[]): TensorValue => ({ dtype: 'float32', shape, data: Float32Array.from(values) })

test('F1 and ROC AUC of classes, over batches; a node without a label does not count', () => {
  const figures = new SplitMetrics(nodes)
  // Scores of class 1: 0.8, 0.4, 0.6 and -0.2; classes 1, 0, 0 and 0: the positive has the highest.
  figures.add([0, 0.8, 0, 0.4, 5, -5], 2, int64([3], [1, 0, -1]))
  figures.add([0, 0.6, 0, -0.2], 2, int64([2], [0, 0]))
  // Class 1: 1 hit, 2 false; F1 2/4. Class 0: 1 hit, 2 missed; F1 2/4.
  expect(figures.values()).toEqual({ f1: 0.5, auc: 1 })
  expect(shownBesides({ goal: nodes }, { further: {}, figures: figures.values() })).toBe(', F1 (mean over classes) 0.5000, ROC AUC 1.000')
})

test('one class alone has no ROC AUC', () => {
  const figures = new SplitMetrics(classes)
  figures.add([1, 0, 2, 0], 2, int64([2], [0, 0]))
  expect(figures.values()).toEqual({ f1: 1 })
})

test('RMSE and R2 of numbers; rows that are not known do not count', () => {
  const figures = new SplitMetrics(numbers(1))
  figures.add([1, 2], 1, float32([2, 1], [1, 4]))
  figures.add([7], 1, float32([1, 1], [7]))
  expect(figures.values()).toEqual({ rmse: expect.closeTo(Math.sqrt(4 / 3), 12), r2: expect.closeTo(1 - 4 / 18, 12) })
  const rows = new SplitMetrics(rowNumbers(1))
  rows.add([1, 9, 4], 1, float32([1, 3, 1], [1, Number.NaN, 4]))
  expect(rows.values()).toEqual({ rmse: 0, r2: 1 })
})

test('the choice of an element, and no example, have none', () => {
  const figures = new SplitMetrics(choice)
  figures.add([1, 2], 2, int64([1], [0]))
  expect([figures.values(), new SplitMetrics(classes).values()]).toEqual([{}, {}])
})
