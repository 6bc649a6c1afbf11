import { abs, evaluate, type Input, input, program, Random, sub, type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { averagePrecision, confusionMatrix, f1, mae, r2, rmse, rocAuc, type SplitMetric, splitMetric } from '../src/index.ts'

/** The value of a metric over some batches, through the tensors that it reads. */
function measured<Value>(
  metric: SplitMetric<Value>,
  inputs: readonly Input[],
  batches: readonly Readonly<Record<string, TensorValue>>[],
): Value {
  const reads = program({
    inputs,
    outputs: Object.fromEntries(Object.entries(metric.reads).map(([name, tensor]) => [`read ${name}`, tensor])),
  })
  const tally = metric.start()
  for (const batch of batches) {
    const read = Object.entries(evaluate(reads, batch)).map(([name, { data }]) => [name.slice(5), Float64Array.from(data, Number)])
    tally.add(Object.fromEntries(read))
  }
  return tally.value()
}

const y = input('y', 'float32', ['batch'])
const target = input('target', 'float32', ['batch'])
const mask = input('mask', 'bool', ['batch'])
const label = input('label', 'int64', ['batch'])
const logits = input('logits', 'float32', ['batch', 3])

const floats = (numbers: readonly number[]): TensorValue => tensorValue('float32', [numbers.length], numbers)
const bools = (numbers: readonly number[]): TensorValue => tensorValue('bool', [numbers.length], numbers)
const classes = (numbers: readonly number[]): TensorValue => tensorValue('int64', [numbers.length], numbers)
const rows = (numbers: readonly (readonly number[])[]): TensorValue => tensorValue('float32', [numbers.length, 3], numbers.flat())

type OfNumbers = (prediction: Tensor, target: Tensor, options?: { mask?: Tensor }) => SplitMetric
const ofNumbers = (metric: OfNumbers, guesses: readonly number[], truths: readonly number[]): number =>
  measured(metric(y, target), [y, target], [{ y: floats(guesses), target: floats(truths) }])

describe('errors of numbers', () => {
  // The example of scikit-learn's pages on mean_absolute_error, root_mean_squared_error and r2_score.
  const [guesses, truths] = [
    [2.5, 0, 2, 8],
    [3, -0.5, 2, 7],
  ] as const
  test.each([
    ['mae', mae, 0.5],
    ['rmse', rmse, Math.sqrt(0.375)],
    ['r2', r2, 0.9486081370449679],
  ] as const)('%s as computed by hand', (_, metric, expected) => expect(ofNumbers(metric, guesses, truths)).toBeCloseTo(expected, 12))

  test('no example: not a number', () => {
    for (const metric of [mae, rmse, r2]) expect(ofNumbers(metric, [], [])).toBeNaN()
    expect(ofNumbers(r2, [1], [1])).toBeNaN()
  })

  test('constant targets: 1 if all are predicted, else 0', () => {
    expect(ofNumbers(r2, [2, 2], [2, 2])).toBe(1)
    expect(ofNumbers(r2, [2, 2.5], [2, 2])).toBe(0)
  })

  test('nothing cancels for targets far from 0', () => {
    const far = [2 ** 23, 2 ** 23 + 1, 2 ** 23 + 2]
    expect(ofNumbers(r2, [2 ** 23, 2 ** 23 + 1, 2 ** 23 + 3], far)).toBeCloseTo(0.5, 12)
  })

  test('the R2 of several outputs is the mean of each', () => {
    // The example of scikit-learn's page on r2_score with several outputs, of which the first is 0.9654..., the second 0.9081...: uniform average 0.936800526662...
    const [both, truth] = [input('both', 'float32', ['batch', 2]), input('truth', 'float32', ['batch', 2])]
    const feeds = {
      both: tensorValue('float32', [3, 2], [0, 2, -1, 2, 8, -5]),
      truth: tensorValue('float32', [3, 2], [0.5, 1, -1, 1, 7, -6]),
    }
    expect(measured(r2(both, truth), [both, truth], [feeds])).toBeCloseTo(0.936800526662278, 12)
  })

  test('what the mask excludes may be NaN, also where the mask covers the first axes only', () => {
    const feeds = { y: floats([1, Number.NaN, 3]), target: floats([2, 5, 3]), mask: bools([1, 0, 1]) }
    expect(measured(mae(y, target, { mask }), [y, target, mask], [feeds])).toBe(0.5)
    const [both, truth] = [input('both', 'float32', ['batch', 2]), input('truth', 'float32', ['batch', 2])]
    const wide = {
      both: tensorValue('float32', [2, 2], [1, 2, 9, 9]),
      truth: tensorValue('float32', [2, 2], [2, 4, 0, 0]),
      mask: bools([1, 0]),
    }
    expect(measured(mae(both, truth, { mask }), [both, truth, mask], [wide])).toBe(1.5)
  })

  test('other shapes are refused', () => {
    expect(() => mae(input('y', 'float32', ['batch', 1]), target)).toThrow('mae: expected predictions and targets of the same shape')
    expect(() => r2(y, target, { mask: input('m', 'bool', ['other']) })).toThrow(
      'r2: expected a mask of the first axes of [batch], received [other]',
    )
  })
})

/** The class of highest score as scores: 1 there, else 0. */
const hot = (numbers: readonly number[]): TensorValue => rows(numbers.map((k) => [0, 1, 2].map((c) => (c === k ? 1 : 0))))
const ofClasses = <Value>(
  metric: (l: Tensor, t: Tensor) => SplitMetric<Value>,
  guesses: readonly number[],
  labels: readonly number[],
): Value => measured(metric(logits, label), [logits, label], [{ logits: hot(guesses), label: classes(labels) }])

describe('classes', () => {
  const [guesses, labels] = [
    [0, 2, 1, 0, 0, 1],
    [0, 1, 2, 0, 1, 2],
  ] as const
  test('the confusion matrix: true class by row, predicted by column', () => {
    // The example of scikit-learn's page on confusion_matrix.
    expect(ofClasses(confusionMatrix, [0, 0, 2, 2, 0, 2], [2, 0, 2, 2, 0, 1])).toEqual([
      [2, 0, 0],
      [0, 0, 1],
      [1, 0, 2],
    ])
  })

  test('F1: macro and micro', () => {
    // The example of scikit-learn's page on f1_score: macro 0.26..., micro 0.33...
    expect(ofClasses((l, t) => f1(l, t, { average: 'macro' }), guesses, labels)).toBeCloseTo(0.8 / 3, 12)
    expect(ofClasses((l, t) => f1(l, t, { average: 'micro' }), guesses, labels)).toBeCloseTo(1 / 3, 12)
  })

  test('a class that is neither a target nor predicted does not count', () => {
    expect(ofClasses((l, t) => f1(l, t, { average: 'macro' }), [0, 1, 1], [0, 1, 0])).toBeCloseTo(2 / 3, 12)
  })

  const binary = (scores: readonly number[], truths: readonly number[]): number =>
    measured(f1(y, target, { average: 'binary' }), [y, target], [{ y: floats(scores), target: floats(truths) }])
  test('F1 of class 1, from one logit: 2 tp / (2 tp + fp + fn)', () => {
    expect(binary([2, -1, 3, -2, 1], [1, 1, 0, 0, 1])).toBeCloseTo(4 / 6, 12)
    expect(binary([-1, -2], [0, 0])).toBe(0)
    expect(binary([], [])).toBeNaN()
  })

  test('unknown targets and masked ones do not count; a target that is no class is refused', () => {
    expect(ofClasses((l, t) => f1(l, t, { average: 'micro' }), [0, 1, 1], [0, -1, 0])).toBe(0.5)
    const feeds = { logits: hot([0, 1]), label: classes([0, 0]), mask: bools([1, 0]) }
    expect(measured(f1(logits, label, { average: 'micro', mask }), [logits, label, mask], [feeds])).toBe(1)
    expect(() => ofClasses(confusionMatrix, [0], [3])).toThrow(
      'confusionMatrix: expected targets from 0 to 2, or below 0 where none is known, received 3.',
    )
    expect(() => f1(logits, label, { average: 'binary' })).toThrow(
      "f1: expected two classes for average 'binary', received 3. Use 'macro' or 'micro'.",
    )
    expect(() => f1(logits, target.shape.length === 1 ? input('t', 'int64', ['other']) : label, { average: 'macro' })).toThrow(
      'f1: expected scores of the shape of the target, or with one more axis of two classes or more',
    )
  })
})

const ranked = (metric: OfNumbers, scores: readonly number[], truths: readonly number[]): number =>
  measured(metric(y, target), [y, target], [{ y: floats(scores), target: floats(truths) }])

describe('ranking', () => {
  test('the example of scikit-learn: ROC AUC 0.75, average precision 0.83...', () => {
    expect(ranked(rocAuc, [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75)
    expect(ranked(averagePrecision, [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBeCloseTo(5 / 6, 12)
  })

  test('equal scores: half in the area, one threshold in the precision', () => {
    expect(ranked(rocAuc, [1, 1, 1, 1], [0, 1, 0, 1])).toBe(0.5)
    expect(ranked(averagePrecision, [1, 1, 1, 1], [0, 1, 0, 1])).toBe(0.5)
    expect(ranked(rocAuc, [2, 1, 1, 0], [1, 1, 0, 0])).toBe(0.875)
  })

  test('one class only, no example, a score that is no number', () => {
    expect(ranked(rocAuc, [1, 2], [1, 1])).toBeNaN()
    expect(ranked(rocAuc, [1, 2], [0, 0])).toBeNaN()
    expect(ranked(rocAuc, [], [])).toBeNaN()
    expect(ranked(rocAuc, [Number.NaN, 2], [0, 1])).toBeNaN()
    expect(ranked(averagePrecision, [1, 2], [1, 1])).toBe(1)
    expect(ranked(averagePrecision, [1, 2], [0, 0])).toBeNaN()
  })

  test('the area is the share of ordered pairs, whatever the scores', () => {
    const random = new Random({ seed: 5 })
    const scores = Array.from({ length: 60 }, () => random.integer(12))
    const truths = Array.from({ length: 60 }, () => random.integer(2))
    let [right, pairs] = [0, 0]
    for (const [i, a] of scores.entries())
      for (const [j, b] of scores.entries())
        if (truths[i] === 1 && truths[j] === 0) {
          pairs++
          right += a > b ? 1 : a === b ? 0.5 : 0
        }
    expect(ranked(rocAuc, scores, truths)).toBeCloseTo(right / pairs, 12)
  })

  test('several classes: the mean of each against the rest, without those that are never or always there', () => {
    const scores = [
      [3, 0, 0],
      [1, 2, 0],
      [0, 1, 0],
      [2, 1, 0],
    ] as const
    // Probabilities of class 0: 0.909, 0.245, 0.212, 0.665; of class 1: 0.045, 0.665, 0.576, 0.245. Targets 0, 1, 0, 1.
    const value = measured(rocAuc(logits, label), [logits, label], [{ logits: rows(scores), label: classes([0, 1, 0, 1]) }])
    // Of class 0: pairs (0.909, 0.212) against (0.245, 0.665): 2 of 4. Of class 1: (0.665, 0.245) against (0.045, 0.576): 3 of 4.
    expect(value).toBeCloseTo((2 / 4 + 3 / 4) / 2, 12)
  })

  test('masked examples and unknown targets do not count; a target that is no class is refused', () => {
    const feeds = { y: floats([0.1, 0.4, 9, 0.35, 0.8, 7]), target: floats([0, 0, 0, 1, 1, Number.NaN]), mask: bools([1, 1, 0, 1, 1, 1]) }
    expect(measured(rocAuc(y, target, { mask }), [y, target, mask], [feeds])).toBe(0.75)
    expect(measured(averagePrecision(y, target, { mask }), [y, target, mask], [feeds])).toBeCloseTo(5 / 6, 12)
    expect(() => ranked(rocAuc, [1], [2])).toThrow('rocAuc: expected targets from 0 to 1, or below 0 where none is known, received 2.')
  })

  test('two logits rank as their difference', () => {
    const two = input('two', 'float32', ['batch', 2])
    const feeds = { two: tensorValue('float32', [4, 2], [0, 0.1, 1, 1.4, 2, 2.35, 3, 3.8]), label: classes([0, 0, 1, 1]) }
    expect(measured(rocAuc(two, label), [two, label], [feeds])).toBe(0.75)
  })
})

test("a metric of one's own: the largest error of a split", () => {
  const largest = splitMetric({ error: abs(sub(y, target)) }, () => {
    let most = 0
    return {
      add: ({ error }) => {
        most = Math.max(most, ...error)
      },
      value: () => most,
    }
  })
  const batches = [
    { y: floats([1, 5]), target: floats([2, 2]) },
    { y: floats([4]), target: floats([4]) },
  ]
  expect(measured(largest, [y, target], batches)).toBe(3)
})

test('how a split is divided into batches does not change a metric', () => {
  const random = new Random({ seed: 7 })
  const count = 37
  const all = { y: Array.from({ length: count }, () => random.normal()), target: Array.from({ length: count }, () => random.integer(2)) }
  const batch = (from: number, to: number): Record<string, TensorValue> => ({
    y: floats(all.y.slice(from, to)),
    target: floats(all.target.slice(from, to)),
  })
  const metrics = { mae, rmse, r2, rocAuc, averagePrecision, f1: (a: Tensor, b: Tensor) => f1(a, b, { average: 'macro' }) }
  for (const [name, metric] of Object.entries(metrics)) {
    const whole = measured(metric(y, target), [y, target], [batch(0, count)])
    const parts = measured(metric(y, target), [y, target], [batch(0, 1), batch(1, 30), batch(30, 30), batch(30, count)])
    expect(Math.abs(parts - whole), name).toBeLessThan(1e-12)
  }
})
