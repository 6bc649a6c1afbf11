import { cyclic, naturalAction, symmetric, trivial, trivialAction } from '@equivar/groups'
import { add, evaluate, input, mul, program, Random, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  axisSymmetry,
  elementReports,
  equivarianceError,
  expectEquivariant,
  permuteAxis,
  relativeError,
  symmetryError,
  type Values,
} from '../src/index.ts'
import { deviation } from '../src/values.ts'

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

test('deviation names the first of the largest differences, or the first that is no number', () => {
  expect(deviation([1, 5, 5, 2], [1, 3, 3, -8])).toEqual({ error: 10 / 8, index: 3 })
  expect(deviation([1, 5, 1], [1, 3, 3])).toEqual({ error: 2 / 3, index: 1 })
  expect(deviation([1, Number.NaN, Number.NaN, 9], [1, 1, 1, 1])).toEqual({ error: Infinity, index: 1 })
  expect(deviation([1, Infinity, 9], [1, 1, 1])).toEqual({ error: Infinity, index: 1 })
  expect(deviation([1, 2, 3], [1])).toEqual({ error: Infinity, index: 1 })
  expect(deviation([1], [1, 2, 3])).toEqual({ error: Infinity, index: 1 })
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
    expect(permuteAxis(counted([2, 0]), 0, []).shape).toEqual([2, 0])
    expect(permuteAxis(counted([2, 0]), 0, [1, 0]).data.length).toBe(0)
    expect(permuteAxis(counted([0, 2]), 1, [1, 0]).data.length).toBe(0)
    expect(() => permuteAxis(counted([5, 2]), 1, [0, 1, 2, 3, 4])).toThrow(
      'permuteAxis: expected axis 1 of size 5, the degree of the action (or successive axes from 1 that multiply to it), received shape [5, 2].',
    )
    expect(() => permuteAxis(counted([2, 3]), 0, [0, 1, 2])).toThrow('expected axis 0 of size 3')
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
  test('samples are four by default, words of one to eight generators', () => {
    expect(axisSymmetry(groups[0] as (typeof groups)[0]).elements({}, new Random({ seed: 1 })).length).toBe(1 + 4)
    const turns = axisSymmetry({ inputs: { x: { 0: naturalAction(cyclic(20)) } } }, { samples: 60 }).elements({}, new Random({ seed: 1 }))
    const lengths = turns.slice(1).map((g) => [(20 - Number(g.input({ x: counted([20]) }).x?.data[0])) % 20, g.name.split(' then ').length])
    expect([...new Set(lengths.map(([by]) => by))].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    for (const [by, words] of lengths) expect(by).toBe(words)
  })
  test('the trivial group has no elements to test', () => {
    const still = axisSymmetry({ inputs: { x: { 0: trivialAction(trivial(3), 3) } } })
    expect(still.elements({}, new Random({ seed: 1 }))).toEqual([])
    expect(still.name).toBe('permutations of axes')
  })
  test('all actions belong to one group', () => {
    const mixed = axisSymmetry({ inputs: { x: { 0: naturalAction(symmetric(3)) } }, outputs: { y: { 0: naturalAction(cyclic(3)) } } })
    const [, swap] = mixed.elements({}, new Random({ seed: 1 }))
    expect(() => swap?.output({ y: counted([3]) })).toThrow('expected actions of one group, received an action with only 1 generators.')
  })
  test('requires an action', () => {
    expect(() => axisSymmetry({ inputs: {} })).toThrow('axisSymmetry: expected at least one action on an input, received none.')
  })
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
      new RangeError('equivarianceError: expected inputActions for x, parameter 0, received "z".'),
    )
    expect(() => equivarianceError(module, { inputActions, outputActions: { z: inputActions.x }, feeds })).toThrow(
      new RangeError('equivarianceError: expected outputActions for y, received "z".'),
    )
  })
  test('refuses a module without a single output', () => {
    expect(() => equivarianceError({ forward: () => [1, 2] }, { inputActions, feeds })).toThrow(
      new TypeError('expected forward to return a tensor. For a module with several outputs, pass a Program.'),
    )
  })
  test('the seed decides the parameters and the random products; the message names the element with the largest error', async () => {
    const curved = { forward: (x: TensorLike) => mul(x, add(x, scale)) }
    const [x, drawn] = [input('x', 'float32', [4, 2]), input('drawn', 'float32', [2])]
    const p = program({ inputs: [x, drawn], outputs: { y: mul(x, add(x, drawn)) } })
    for (const [seed, samples] of [
      [1, 4],
      [1, 0],
      [2, 9],
    ] as const) {
      const random = new Random({ seed, stream: 'parameters' })
      const parameters = value([2], [...Float32Array.from([1, 2], (v) => v + 0.4 * (random.uniform() - 0.5))])
      const given = { ...feeds, drawn: parameters }
      const elements = axisSymmetry({ inputs: inputActions }, { samples }).elements(feeds, new Random({ seed, stream: 'verify' }))
      const reports = await elementReports(async (values) => evaluate(p, values), elements, given)
      const worst = [...reports].sort((a, b) => b.error - a.error)[0]
      const text = `expected f(g x) = g f(x) to 0.5, received a relative difference of ${worst?.error} in component ${worst?.index} of "y" for g = ${worst?.element} (seed ${seed}).`
      const options = { inputActions, feeds, tolerance: 0.5, seed, samples }
      expect(() => expectEquivariant(curved, options)).toThrow(text)
      expectEquivariant(curved, { ...options, tolerance: (worst?.error ?? 0) * (1 + 1e-12) })
    }
    expect(() => expectEquivariant(curved, { inputActions, feeds })).toThrow(/to 1e-10, .*\(seed 1\)\.$/)
  })
  test('the random products are those of the seed', async () => {
    // The more steps an element turns the wave, up to half a turn, the larger is the error.
    const wave = { x: value([12], [0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1]) }
    const actions = { x: { 0: naturalAction(cyclic(12)) } }
    const x = input('x', 'float32', [12])
    const p = program({ inputs: [x], outputs: { y: mul(x, 1) } })
    const worst: (string | undefined)[] = []
    for (const seed of [1, 2, 3, 4]) {
      const elements = axisSymmetry({ inputs: actions }, { samples: 2 }).elements(wave, new Random({ seed, stream: 'verify' }))
      const reports = await elementReports(async (values) => evaluate(p, values), elements, wave)
      const found = reports.reduce((most, each) => (each.error > most.error ? each : most))
      expect(() => expectEquivariant(p, { inputActions: actions, feeds: wave, seed, samples: 2 })).toThrow(
        `for g = ${found.element} (seed ${seed})`,
      )
      worst.push(found.element)
    }
    expect(new Set(worst).size).toBeGreaterThan(1)
  })
  test('elementReports compares with f(x) that is given, else computes it', async () => {
    const elements = axisSymmetry({ inputs: inputActions, outputs: { y: inputActions.x } }, { samples: 0 }).elements(
      feeds,
      new Random({ seed: 1 }),
    )
    let calls = 0
    const run = async ({ x }: Values): Promise<Values> => {
      calls++
      return { y: x as TensorValue, first: counted([1]) }
    }
    const right = ['generator (0 1 2 3)', 'generator (0 1)'].map((element) => ({ error: 0, output: '', index: 0, element }))
    expect(await elementReports(run, elements, feeds)).toEqual(right)
    expect(calls).toBe(3)
    const off = { y: value([4, 2], [0, 1, 2, 3, 4, 5, 7, 7]) }
    const wrong = [
      { error: 1 / 7, output: 'y', index: 0, element: 'generator (0 1 2 3)' },
      { error: 1 / 7, output: 'y', index: 6, element: 'generator (0 1)' },
    ]
    expect(await elementReports(run, elements, feeds, off)).toEqual(wrong)
    expect(calls).toBe(5)
  })
  test('symmetryError works for any function of values', async () => {
    const elements = axisSymmetry({ inputs: inputActions, outputs: { y: inputActions.x } }).elements(feeds, new Random({ seed: 1 }))
    expect(await symmetryError(async ({ x }) => (x === undefined ? {} : { y: x }), elements, feeds)).toBe(0)
    expect(await symmetryError(async () => ({ y: counted([4, 2]) }), elements, feeds)).toBeGreaterThan(0.1)
    expect(await symmetryError(async () => ({}), elements, feeds)).toBe(0)
  })
})
