import { evaluate, input, program, type Tensor, type TensorValue, toNumbers } from '@equivar/tensor'
import { expectDerivative } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  accuracy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  hinge,
  huber,
  meanAbsoluteError,
  meanSquaredError,
  type Reduction,
} from '../src/index.ts'

const real = (shape: readonly number[], numbers: readonly number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from(numbers),
})
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
const sum = (values: readonly number[]): number => values.reduce((all, v) => all + v, 0)
const reductions: Reduction[] = ['mean', 'sum', 'none']
const reduced = (losses: readonly number[], reduction: Reduction): number[] =>
  reduction === 'none' ? [...losses] : [reduction === 'sum' ? sum(losses) : mean(losses)]

/** Evaluates a loss, and checks its derivative against central differences. */
function lossOf(build: (x: Tensor, target: Tensor) => Tensor, numbers: TensorValue, target: TensorValue): number[] {
  const [x, wanted] = [input('x', 'float32', numbers.shape), input('target', target.dtype, target.shape)]
  const p = program({ inputs: [x, wanted], outputs: { loss: build(x, wanted) } })
  const feeds = { x: numbers, target }
  expectDerivative(p, { feeds, wrt: ['x'] })
  return [...(evaluate(p, feeds).loss?.data ?? [])]
}
const expectNumbers = (received: readonly number[], expected: readonly number[]): void => {
  expect(received.length).toBe(expected.length)
  received.forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i] ?? Number.NaN, 12)
  })
}

describe('classification', () => {
  const logits = [
    [1, 2, 0.5],
    [-1, 0, 3],
    [0.2, 0.1, -4],
    [30, -30, 0],
  ]
  const targets = [1, 0, 2, 0]
  const [x, target] = [
    real([4, 3], logits.flat()),
    { dtype: 'int64', shape: [4], data: BigInt64Array.from(targets, BigInt) } satisfies TensorValue,
  ]
  const logProbabilities = logits.map((row) => row.map((v) => v - Math.log(sum(row.map(Math.exp)))))
  const of = (share: (row: number, k: number) => number): number[] =>
    logProbabilities.map((row, i) => -sum(row.map((v, k) => v * share(i, k))))
  const hot = (i: number, k: number): number => (targets[i] === k ? 1 : 0)

  test.each(reductions)('cross-entropy, %s', (reduction) => {
    expectNumbers(
      lossOf((a, b) => crossEntropy(a, b, { reduction }), x, target),
      reduced(of(hot), reduction),
    )
  })
  test('with label smoothing', () => {
    const share = (i: number, k: number): number => 0.7 * hot(i, k) + 0.1
    expectNumbers(
      lossOf((a, b) => crossEntropy(a, b, { smoothing: 0.3 }), x, target),
      [mean(of(share))],
    )
  })
  test.each(reductions)('with a weight for each class, %s: the mean divides by the weights of the targets', (reduction) => {
    const weight = [2, 0.5, 3]
    const losses = of((i, k) => hot(i, k) * (weight[k] ?? 0))
    const expected = reduction === 'mean' ? [sum(losses) / (0.5 + 2 + 3 + 2)] : reduced(losses, reduction)
    expectNumbers(
      lossOf((a, b) => crossEntropy(a, b, { weight, reduction }), x, target),
      expected,
    )
  })
  test('accuracy is the fraction of rows whose largest logit is the target', () => {
    const [a, b] = [input('x', 'float32', [4, 3]), input('target', 'int64', [4])]
    const p = program({ inputs: [a, b], outputs: { y: accuracy(a, b) } })
    expect([...(evaluate(p, { x, target }).y?.data ?? [])]).toEqual([0.5])
  })
})

describe('regression', () => {
  const [x, target] = [real([2, 3], [1, -2, 3, 0.5, -0.3, 8]), real([2, 3], [0.5, 1, 3.2, 0.5001, -1, 0])]
  const errors = [...toNumbers(x.data)].map((v, i) => v - Number(target.data[i]))
  describe.each(reductions)('%s', (reduction) => {
    test('squared error', () => {
      expectNumbers(
        lossOf((a, b) => meanSquaredError(a, b, { reduction }), x, target),
        reduced(
          errors.map((e) => e * e),
          reduction,
        ),
      )
    })
    test('absolute error', () => {
      expectNumbers(
        lossOf((a, b) => meanAbsoluteError(a, b, { reduction }), x, target),
        reduced(errors.map(Math.abs), reduction),
      )
    })
    test('Huber: quadratic below delta, linear above', () => {
      const huberOf = (e: number): number => (Math.abs(e) < 0.6 ? (e * e) / 2 : 0.6 * (Math.abs(e) - 0.3))
      expectNumbers(
        lossOf((a, b) => huber(a, b, { reduction, delta: 0.6 }), x, target),
        reduced(errors.map(huberOf), reduction),
      )
    })
    test('hinge', () => {
      const signs = [1, -1, 1, -1, 1, 1]
      const expected = [...toNumbers(x.data)].map((v, i) => Math.max(0, 1 - v * (signs[i] ?? 0)))
      // The loss has no derivative at the kink, so the first number is moved away from it.
      const moved = real([2, 3], [1.1, -2, 3, 0.5, -0.3, 8])
      expectNumbers(
        lossOf((a, b) => hinge(a, b, { reduction }), moved, real([2, 3], signs)),
        reduced([0, ...expected.slice(1)], reduction),
      )
    })
    test('binary cross-entropy of logits, also for targets between 0 and 1', () => {
      const shares = [0, 1, 0.25, 1, 0, 0.5]
      const expected = [...toNumbers(x.data)].map((v, i) => Math.log1p(Math.exp(v)) - v * (shares[i] ?? 0))
      expectNumbers(
        lossOf((a, b) => binaryCrossEntropyWithLogits(a, b, { reduction }), x, real([2, 3], shares)),
        reduced(expected, reduction),
      )
    })
  })
  test('binary cross-entropy of large logits does not overflow', () => {
    expectNumbers(
      lossOf((a, b) => binaryCrossEntropyWithLogits(a, b, { reduction: 'none' }), real([2], [800, -800]), real([2], [0, 0])),
      [800, 0],
    )
  })
})
