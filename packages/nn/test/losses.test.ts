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
  test.each([0, 0.3, 1])('with label smoothing of %f', (smoothing) => {
    const share = (i: number, k: number): number => (1 - smoothing) * hot(i, k) + smoothing / 3
    expectNumbers(
      lossOf((a, b) => crossEntropy(a, b, { smoothing }), x, target),
      [mean(of(share))],
    )
    const weight = [2, 0.5, 3]
    expectNumbers(
      lossOf((a, b) => crossEntropy(a, b, { smoothing, weight, reduction: 'none' }), x, target),
      of((i, k) => share(i, k) * (weight[k] ?? 0)),
    )
  })
  test('classes lie on the last axis, whatever the rank', () => {
    const [a, b] = [input('x', 'float32', [2, 2, 3]), input('target', 'int64', [2, 2])]
    const p = program({ inputs: [a, b], outputs: { loss: crossEntropy(a, b, { reduction: 'none' }), share: accuracy(a, b) } })
    const result = evaluate(p, { x: { ...x, shape: [2, 2, 3] }, target: { ...target, shape: [2, 2] } })
    expectNumbers([...(result.loss?.data ?? [])], of(hot))
    expect([result.loss?.shape, ...(result.share?.data ?? [])]).toEqual([[2, 2], 0.5])
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

describe('shapes that do not fit', () => {
  const of = (shape: readonly (number | string)[], dtype: 'float32' | 'int64' | 'int32' | 'bool' = 'float32') => input('x', dtype, shape)
  const losses = { meanSquaredError, meanAbsoluteError, huber, hinge, binaryCrossEntropyWithLogits }
  const shapes: [string, readonly (number | string)[], readonly (number | string)[]][] = [
    ['a column and a vector, which would broadcast to all pairs', ['batch', 1], ['batch']],
    ['the same of known sizes', [4, 1], [4]],
    ['the other way round', ['batch'], ['batch', 1]],
    ['one number for all', ['batch', 3], []],
    ['an axis of size 1', ['batch', 3], ['batch', 1]],
    ['other sizes', [4, 3], [4, 2]],
    ['other symbols', ['batch', 3], ['nodes', 3]],
  ]
  describe.each(Object.entries(losses))('%s', (name, loss) => {
    test.each(shapes)('%s', (_, prediction, target) => {
      const printed = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`
      expect(() => loss(of(prediction), of(target))).toThrow(
        `${name}: expected predictions and targets of the same shape, received ${printed(prediction)} and ${printed(target)}. Use squeeze, unsqueeze or reshape on one of them.`,
      )
    })
    test('classes as targets', () => {
      expect(() => loss(of(['batch']), of(['batch'], 'int64'))).toThrow(
        `${name}: expected predictions and targets of float32 or float16, received int64. Use cast(target, 'float32').`,
      )
    })
  })

  describe.each(Object.entries({ crossEntropy, accuracy }))('%s', (name, measure) => {
    test.each<[string, readonly (number | string)[], readonly (number | string)[]]>([
      ['targets in a column', ['batch', 3], ['batch', 1]],
      ['one-hot targets', ['batch', 3], ['batch', 3]],
      ['one target for all', ['batch', 3], []],
      ['other rows', [4, 5, 3], [4]],
    ])('%s', (_, logits, target) => {
      expect(() => measure(of(logits), of(target, 'int64'))).toThrow(
        `${name}: expected a target [${logits.slice(0, -1).join(', ')}], one class for each row of logits, received logits [${logits.join(', ')}] and a target [${target.join(', ')}]. Use squeeze or reshape.`,
      )
    })
    test('targets that are no classes, and logits without classes', () => {
      expect(() => measure(of(['batch', 3]), of(['batch']))).toThrow(
        `${name}: expected classes of int64 or int32 as targets, received float32. Use cast(target, 'int64').`,
      )
      for (const logits of [['batch', 0], []])
        expect(() => measure(of(logits), of(['batch'], 'int64'))).toThrow(
          `${name}: expected logits [..., classes] with one class or more, received [${logits.join(', ')}].`,
        )
    })
    test('targets of int32', () => {
      const [x, target] = [of([2, 3]), input('target', 'int32', [2])]
      const feeds = { x: real([2, 3], [0, 1, 0, 0, 0, 1]), target: { dtype: 'int32', shape: [2], data: Int32Array.of(1, 2) } } as const
      const y = evaluate(program({ inputs: { x, target }, outputs: { y: measure(x, target) } }), feeds).y?.data[0]
      expect(y).toBeCloseTo(name === 'accuracy' ? 1 : Math.log(Math.E + 2) - 1, 12)
    })
  })

  test('the number of classes may be a symbol, such as the size of a set', () => {
    const [x, target] = [of(['batch', 'set']), input('target', 'int64', ['batch'])]
    const options = { reduction: 'none', smoothing: 0.3 } as const
    const p = program({ inputs: { x, target }, outputs: { y: crossEntropy(x, target, options) } })
    const [fixed, data] = [of([2, 3]), BigInt64Array.of(1n, 3n)]
    const feeds = { x: real([2, 3], [1, 2, 4, 0, 0, 1]), target: { dtype: 'int64', shape: [2], data } } as const
    const whole = input('target', 'int64', [2])
    const known = program({ inputs: { x: fixed, target: whole }, outputs: { y: crossEntropy(fixed, whole, options) } })
    const y = [...(evaluate(p, feeds).y?.data ?? [])]
    expect(y).toEqual([...(evaluate(known, feeds).y?.data ?? [])])
    expect(y).toEqual([expect.any(Number), Number.NaN])
  })

  test('a target that is no class makes the loss NaN, not 0 and not that of the last class', () => {
    const [x, target] = [of(['batch', 3]), input('target', 'int64', ['batch'])]
    const p = program({ inputs: { x, target }, outputs: { y: crossEntropy(x, target, { reduction: 'none' }) } })
    const data = BigInt64Array.of(-1n, 3n, 2n, -4n)
    const y = evaluate(p, { x: real([4, 3], Array(12).fill(0)), target: { dtype: 'int64', shape: [4], data } }).y?.data
    expect([...(y ?? [])].map((v) => (Number.isNaN(v) ? 'none' : v.toFixed(4)))).toEqual(['none', 'none', '1.0986', 'none'])
  })

  test('options out of range', () => {
    const [logits, target] = [of(['batch', 3]), of(['batch'], 'int64')]
    expect(() => crossEntropy(logits, target, { weight: [1, 2] })).toThrow(
      'crossEntropy: expected a weight for each of 3 classes, received 2 weights.',
    )
    for (const smoothing of [-0.1, 1.1, Number.NaN])
      expect(() => crossEntropy(logits, target, { smoothing })).toThrow(
        `crossEntropy: expected smoothing in [0, 1], received ${smoothing}.`,
      )
    for (const delta of [0, -1, Number.NaN])
      expect(() => huber(logits, logits, { delta })).toThrow(`huber: expected delta of more than 0, received ${delta}.`)
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
    test.each([0.6, undefined])('Huber: quadratic below delta, linear above, %j', (given) => {
      const delta = given ?? 1
      const huberOf = (e: number): number => (Math.abs(e) < delta ? (e * e) / 2 : delta * (Math.abs(e) - delta / 2))
      expectNumbers(
        lossOf((a, b) => huber(a, b, { reduction, ...(given === undefined ? {} : { delta }) }), x, target),
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
  test('the mean is taken by default', () => {
    for (const loss of [meanSquaredError, meanAbsoluteError, huber, hinge, binaryCrossEntropyWithLogits])
      expectNumbers(
        lossOf(loss, x, target),
        lossOf((a, b) => loss(a, b, { reduction: 'mean' }), x, target),
      )
  })
  test('binary cross-entropy of large logits does not overflow', () => {
    expectNumbers(
      lossOf((a, b) => binaryCrossEntropyWithLogits(a, b, { reduction: 'none' }), real([2], [800, -800]), real([2], [0, 0])),
      [800, 0],
    )
  })
})
