import { cyclic, naturalAction, symmetric } from '@equivar/groups'
import { add, type Backend, div, evaluate, exp, input, mul, Node, program, Random, reduceSum, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  axisSymmetry,
  derivativeError,
  equivarianceError,
  expectDerivative,
  expectParity,
  parityError,
  permuteAxis,
  relativeError,
  symmetryError,
  type Values,
  weightedSumProgram,
} from '../src/index.ts'
import { existingEntries } from '../src/masked-entries.ts'

const value = (shape: readonly number[], numbers: readonly number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from(numbers),
})
const counted = (shape: readonly number[]): TensorValue =>
  value(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  )

describe('relativeError', () => {
  test('is the largest difference divided by the largest expected magnitude', () => {
    expect(relativeError([1, 2, 5], [1, 2, 4])).toBe(0.25)
    expect(relativeError([1, -10], [1, -8])).toBe(0.25)
    expect(relativeError([], [])).toBe(0)
    expect(relativeError([0.5], [0.25], { minimumScale: 1 })).toBe(0.25)
  })
  test('is infinite for NaN, infinities and different lengths', () => {
    for (const [a, b] of [
      [[Number.NaN], [1]],
      [[1], [Number.NaN]],
      [[Number.NaN], [Number.NaN]],
      [[Number.POSITIVE_INFINITY], [1]],
      [[1, 2], [1]],
      [[], [1]],
    ] as const)
      expect(relativeError(a, b)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('permuteAxis', () => {
  test('moves entry i of an axis to images[i]', () => {
    const x = counted([2, 3, 2])
    expect([...permuteAxis(x, 1, [1, 2, 0]).data]).toEqual([4, 5, 0, 1, 2, 3, 10, 11, 6, 7, 8, 9])
    expect([...permuteAxis(x, 0, [1, 0]).data]).toEqual([6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5])
    expect([...x.data]).toEqual([...counted([2, 3, 2]).data])
  })
  test('permutes several axes together if the degree is their product, for every type', () => {
    const images = [5, 4, 3, 2, 1, 0]
    expect([...permuteAxis(counted([2, 3]), 0, images).data]).toEqual([5, 4, 3, 2, 1, 0])
    const int: TensorValue = { dtype: 'int64', shape: [1, 2, 3], data: BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n) }
    expect([...permuteAxis(int, 1, images).data]).toEqual([5n, 4n, 3n, 2n, 1n, 0n])
    const bool: TensorValue = { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 0) }
    expect([...permuteAxis(bool, 0, [2, 0, 1]).data]).toEqual([0, 0, 1])
  })
  test('accepts empty values, and refuses a degree that no axes have', () => {
    expect(permuteAxis(counted([2, 0]), 1, []).shape).toEqual([2, 0])
    expect(permuteAxis(counted([0, 2]), 1, [1, 0]).data.length).toBe(0)
    expect(() => permuteAxis(counted([5, 2]), 1, [0, 1, 2, 3, 4])).toThrow(
      'permuteAxis: expected axis 1 of size 5, the degree of the action (or successive axes from 1 that multiply to it), received shape [5, 2].',
    )
  })
})

describe('axisSymmetry', () => {
  const groups = [
    { inputs: { x: { 0: naturalAction(cyclic(3)) } }, outputs: { y: { 0: naturalAction(cyclic(3)) } } },
    { inputs: { x: { 1: naturalAction(symmetric(4)) } } },
  ]
  const elements = axisSymmetry(groups, { samples: 5 }).elements({}, new Random({ seed: 1 }))

  test('contains every generator of every group, then products', () => {
    expect(elements.map(({ name }) => name).slice(0, 3)).toEqual(['generator (0 1 2)', 'generator (0 1 2 3)', 'generator (0 1)'])
    expect(elements.length).toBe(3 + 5)
    expect(elements.slice(3).some(({ name }) => name.includes(' then '))).toBe(true)
  })
  test('each group permutes its own axes', () => {
    const x = counted([3, 4])
    const [turn, , swap] = elements
    expect([...(turn?.input({ x }).x?.data ?? [])]).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7])
    expect([...(swap?.input({ x }).x?.data ?? [])]).toEqual([1, 0, 2, 3, 5, 4, 6, 7, 9, 8, 10, 11])
    const y = counted([3])
    expect([...(turn?.output({ y }).y?.data ?? [])]).toEqual([2, 0, 1])
    expect(swap?.output({ y })).toEqual({ y })
  })
  test('requires an action', () => {
    expect(() => axisSymmetry({ inputs: {} })).toThrow('axisSymmetry: expected at least one action on an input, received none.')
  })
})

test('an edge exists if both of its nodes exist, according to all masks', () => {
  const bools = (shape: readonly number[], flags: readonly number[]): TensorValue => ({
    dtype: 'bool',
    shape,
    data: Uint8Array.from(flags),
  })
  const nodes = {
    name: 'nodes',
    covers: {
      edges: [
        [0, 1],
        [0, 2],
      ],
      sizes: [[0]],
    },
  }
  const feeds = { nodes: bools([2, 2], [1, 0, 1, 1]), graphs: bools([2], [1, 0]) }
  expect(existingEntries([nodes], 'edges', [2, 2, 2], feeds)).toEqual([true, false, false, false, true, true, true, true])
  const graphs = { name: 'graphs', covers: { edges: [[0]] } }
  expect(existingEntries([nodes, graphs], 'edges', [2, 2, 2], feeds)).toEqual([true, ...new Array<boolean>(7).fill(false)])
  expect(existingEntries([nodes], 'sizes', [2], feeds)).toEqual([true, true])
})

describe('equivarianceError', () => {
  const scale = Object.assign(input('parameter', 'float32', [2]), { initializer: () => [1, 2] })
  const module = { forward: (x: TensorLike) => mul(x, scale) }
  type TensorLike = Parameters<typeof mul>[0]
  const feeds = { x: counted([4, 2]) }
  const inputActions = { x: { 0: naturalAction(symmetric(4)) } }

  test('accepts a module, whose parameters are found and randomized', () => {
    expect(equivarianceError(module, { inputActions, outputActions: { y: inputActions.x }, feeds })).toBe(0)
    expect(equivarianceError(module, { inputActions, feeds })).toBeGreaterThan(0.1)
  })
  test('refuses unknown names of inputs or outputs', () => {
    expect(() => equivarianceError(module, { inputActions: { z: inputActions.x }, feeds })).toThrow(
      'equivarianceError: expected inputActions for x, parameter 0, received "z".',
    )
    expect(() => equivarianceError(module, { inputActions, outputActions: { z: inputActions.x }, feeds })).toThrow(
      'equivarianceError: expected outputActions for y, received "z".',
    )
  })
  test('symmetryError works for any function of values', async () => {
    const elements = axisSymmetry({ inputs: inputActions, outputs: { y: inputActions.x } }).elements(feeds, new Random({ seed: 1 }))
    expect(await symmetryError(async ({ x }) => (x === undefined ? {} : { y: x }), elements, feeds)).toBe(0)
    expect(await symmetryError(async () => ({ y: counted([4, 2]) }), elements, feeds)).toBeGreaterThan(0.1)
    expect(await symmetryError(async () => ({}), elements, feeds)).toBe(0)
  })
})

describe('weightedSumProgram', () => {
  // y = a x, z = b x^2.
  const [x, a, b] = [input('x', 'float32', ['n']), input('a', 'float32', []), input('b', 'float32', [])]
  const p = program({ inputs: [x, a, b], outputs: { y: mul(a, x), z: mul(b, mul(x, x)) } })
  const feeds = { x: value([2], [3, 5]), a: value([], [2]), b: value([], [7]) }

  test('adds a weighted sum of all outputs and its gradients', () => {
    const result = evaluate(weightedSumProgram(p).program, {
      ...feeds,
      'weights of y': value([2], [1, 10]),
      'weights of z': value([2], [100, 1000]),
    })
    const sum = 2 * (3 + 50) + 7 * (900 + 25_000)
    expect([...(result['weighted sum']?.data ?? [])]).toEqual([sum])
    expect([...(result['gradient of x']?.data ?? [])]).toEqual([2 + 2 * 7 * 300, 20 + 2 * 7 * 5000])
    expect([...(result['gradient of a']?.data ?? [])]).toEqual([53])
    expect([...(result['gradient of b']?.data ?? [])]).toEqual([25_900])
    expect([...(result.y?.data ?? [])]).toEqual([6, 10])
  })
  test('weights have the shapes of the outputs', () => {
    const drawn = weightedSumProgram(p, ['x']).drawWeights(feeds, new Random({ seed: 1 }))
    expect(Object.entries(drawn).map(([name, { shape }]) => [name, shape])).toEqual([
      ['weights of y', [2]],
      ['weights of z', [2]],
    ])
  })
  test('detects one output with a wrong derivative among others', () => {
    // The value is e^x, but it is differentiated like the hyperbolic sine.
    const wrong = new Node({ ...exp.operator, name: 'Sinh' }, [x], {}).output
    const bad = program({ inputs: [x], outputs: { fine: mul(x, x), wrong } })
    expect(derivativeError(bad, { feeds: { x: feeds.x } })).toBeGreaterThan(0.1)
    expect(() => expectDerivative(bad, { feeds: { x: feeds.x }, seed: 3 })).toThrow(/to 1e-7, received .* "x" contributes most \(seed 3\)/)
    expectDerivative(p, { feeds })
  })
  test.each([1e-12, 1e-6, 1e6, 1e12])('a wrong derivative has the same error if outputs or inputs are scaled by %d', (c) => {
    const wrong = new Node({ ...exp.operator, name: 'Sinh' }, [x], {}).output
    const error = derivativeError(program({ inputs: [x], outputs: { wrong } }), { feeds: { x: feeds.x } })
    expect(error).toBeGreaterThan(0.1)
    const small = program({ inputs: [x], outputs: { wrong: mul(wrong, c) } })
    expect(derivativeError(small, { feeds: { x: feeds.x } })).toBeCloseTo(error, 5)
    const sinh = new Node({ ...exp.operator, name: 'Sinh' }, [div(x, c)], {}).output
    const data = Float64Array.from(feeds.x.data as Float64Array, (v) => c * v)
    expect(derivativeError(program({ inputs: [x], outputs: { sinh } }), { feeds: { x: { ...feeds.x, data } } })).toBeCloseTo(error, 5)
    const right = program({ inputs: [x], outputs: { y: mul(exp(div(x, c)), c) } })
    expect(derivativeError(right, { feeds: { x: { ...feeds.x, data } } })).toBeLessThan(1e-8)
  })
  test('a derivative of 0 that is right has no error, even for a function that is 0', () => {
    expect(derivativeError(program({ inputs: [x], outputs: { y: mul(x, 0) } }), { feeds: { x: feeds.x } })).toBe(0)
    const zeros = { ...feeds.x, data: new Float64Array(feeds.x.data.length) }
    expect(derivativeError(program({ inputs: [x], outputs: { y: exp(x) } }), { feeds: { x: zeros } })).toBeLessThan(1e-8)
  })
  test('the message names the input that contributes most, wherever it stands', () => {
    const quiet = input('quiet', 'float32', x.shape)
    const wrong = new Node({ ...exp.operator, name: 'Sinh' }, [x], {}).output
    for (const inputs of [
      [quiet, x],
      [x, quiet],
    ]) {
      const bad = program({ inputs, outputs: { y: add(wrong, mul(quiet, 1e-6)) } })
      expect(() => expectDerivative(bad, { feeds: { quiet: feeds.x, x: feeds.x } })).toThrow('"x" contributes most')
    }
  })
  test('without inputs to differentiate there is no error', () => {
    expect(derivativeError(program({ inputs: [x], outputs: { y: exp(x) } }), { feeds: { x: feeds.x }, wrt: [] })).toBe(0)
  })
  test('requires a float output', () => {
    const none = program({ inputs: [x], outputs: {} })
    expect(() => derivativeError(none, { feeds: { x: feeds.x } })).toThrow(
      'derivativeError: expected at least one float32 output, received none.',
    )
  })
})

test('parity of several feeds runs one executable; a failure names backend, output and component', async () => {
  const x = input('x', 'float32', ['n'])
  const p = program({ inputs: [x], outputs: { y: add(x, x), s: reduceSum(x) } })
  let compiled = 0
  const off: Backend = {
    name: 'off by one',
    compile: async (q) => {
      compiled++
      return {
        run: async (given) => {
          const results = Object.entries(evaluate(q, given as Values))
          return Object.fromEntries(
            results.map(([name, { data, ...rest }]) => {
              const moved = data.map((v, i) => (name === 'y' && i === 2 ? v + 1 : v))
              return [name, { ...rest, data: async () => moved, dispose: () => {} }]
            }),
          )
        },
        dispose: async () => {},
      }
    },
  }
  const feeds = [{ x: value([2], [1, 2]) }, { x: value([3], [1, 2, 5]) }]
  expect(await parityError(p, [off], feeds)).toBeCloseTo(0.1, 12)
  expect(compiled).toBe(1)
  await expect(expectParity(p, [off], feeds)).rejects.toThrow(
    'expected off by one to agree with the reference to 0.00001, received a relative difference of 0.1 in component 2 of "y".',
  )
  await expectParity(p, [off], feeds, { tolerance: 0.2 })
  await expectParity(p, [off], feeds.slice(0, 1))
})
