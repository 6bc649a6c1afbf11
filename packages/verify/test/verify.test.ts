import { cyclic, naturalAction, Permutation, PermutationGroup, symmetric, trivialAction, wreathProduct } from '@equivar/groups'
import {
  add,
  type Backend,
  concat,
  constant,
  evaluate,
  exp,
  input,
  mul,
  Node,
  program,
  Random,
  reduceMean,
  reduceSum,
  slice,
  type Tensor,
  type TensorValue,
  unsqueeze,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { derivativeError, equivarianceError, expectEquivariant, expectSpan, parity, spanError } from '../src/index.ts'
import { entrywise, orbitsOf, orbitwise } from '../src/spaces.ts'
import { compareSpan } from '../src/span.ts'

const x = input('x', 'float32', [5, 2])
const feeds = {
  x: { dtype: 'float32', shape: [5, 2], data: Float64Array.from({ length: 10 }, (_, i) => Math.sin(i + 1)) },
} satisfies Record<string, TensorValue>
const layer = program({ inputs: [x], outputs: { y: add(exp(x), reduceMean(x, { axis: 0, keepDims: true })) } })
const positional = program({ inputs: [x], outputs: { y: mul(x, constant([1, 2, 3, 4, 5], [5, 1])) } })
const actions = { x: { 0: naturalAction(symmetric(5)) } }

const sliceOf = (of: Tensor, from: number, to: number): Tensor => slice(of, { axis: 1, start: from, end: to })

test('an equivariant layer passes', () => {
  expectEquivariant(layer, { inputActions: actions, outputActions: { y: actions.x }, feeds })
  expect(
    equivarianceError(layer, {
      inputActions: { x: { 0: naturalAction(cyclic(5)) } },
      outputActions: { y: { 0: naturalAction(cyclic(5)) } },
      feeds,
    }),
  ).toBeLessThan(1e-12)
})

test('a layer that is not equivariant is detected, and the error says where', () => {
  expect(() => expectEquivariant(positional, { inputActions: actions, outputActions: { y: actions.x }, feeds })).toThrow(
    /expected f\(g x\) = g f\(x\) to 1e-10, received a relative difference of .* in component \d+ of "y" for g = generator .* \(seed 1\)/,
  )
  expect(() => expectEquivariant(layer, { inputActions: actions, feeds })).toThrow(/component/)
  expect(() => equivarianceError(layer, { inputActions: { x: { 1: naturalAction(symmetric(5)) } }, feeds })).toThrow(
    'expected axis 1 of size 5',
  )
})

test('correct derivatives pass, a wrong derivative is detected', () => {
  expect(derivativeError(layer, { feeds })).toBeLessThan(1e-8)
  // The value is e^x, but it is differentiated like the hyperbolic sine.
  const wrongSinh = new Node({ ...exp.operator, name: 'Sinh' }, [x], {}).output
  const wrong = program({ inputs: [x], outputs: { y: wrongSinh } })
  expect(derivativeError(wrong, { feeds })).toBeGreaterThan(1e-3)
})

test('parity detects a backend with wrong results', async () => {
  const off = (shift: number): Backend => ({
    name: `shifted by ${shift}`,
    compile: async (p) => ({
      run: async (given) => {
        const y = evaluate(p, given as typeof feeds).y
        return {
          y: {
            dtype: 'float32',
            shape: [5, 2],
            data: async () => (y?.data ?? new Float64Array()).map((v) => v + shift),
            dispose: () => {},
          },
        }
      },
      dispose: async () => {},
    }),
  })
  const [exact, wrong] = await parity(layer, [off(0), off(0.5)], feeds)
  expect(exact?.error).toBe(0)
  expect(wrong?.error).toBeGreaterThan(0.1)
})

describe('comparison of two spaces, by entries and by orbits', () => {
  const random = new Random({ seed: 6 })
  const labels = Int32Array.from({ length: 60 }, (_, i) => (i < 7 ? i : random.integer(7)))
  const orbits = orbitsOf(labels, 7)
  /** Random maps that are constant on orbits, from a subspace of dimension `rank`. */
  const drawn = (maps: number, rank: number): Float64Array[] =>
    Array.from({ length: maps }, () => {
      const values = Float64Array.from({ length: 7 }, (_, orbit) => (orbit < rank ? random.normal() : 0))
      return Float64Array.from(labels, (orbit) => values[orbit] as number)
    })

  test.each([
    [9, 7],
    [4, 7],
    [9, 3],
    [1, 1],
  ])('%i maps in a space of dimension %i', (count, rank) => {
    const maps = drawn(count, rank)
    const [slow, fast] = [entrywise(maps, orbits), orbitwise(maps, orbits)]
    expect(fast?.dimension).toBe(slow.dimension)
    expect(slow.dimension).toBe(Math.min(count, rank))
    if (slow.dimension === 7) for (const difference of [slow, fast]) expect(difference?.error).toBeLessThan(1e-12)
    else for (const difference of [slow, fast]) expect(difference?.error).toBeGreaterThan(0.1)
  })

  test('maps that are not constant on orbits are compared by entries; both comparisons detect noise', () => {
    const maps = drawn(9, 7)
    const noisy = (size: number): Float64Array[] => maps.map((map) => map.map((v) => v + size * random.normal()))
    expect(orbitwise(noisy(1e-3), orbits)).toBeUndefined()
    const [slow, fast] = [entrywise(noisy(1e-12), orbits), orbitwise(noisy(1e-12), orbits)]
    expect(slow.error).toBeGreaterThan(1e-13)
    expect(fast?.error).toBeGreaterThan(slow.error / 10)
    expect(fast?.error).toBeLessThan(slow.error * 100)
  })
})

test('what is orthogonal to the indicators is part of the error', () => {
  const orbits = orbitsOf(Int32Array.of(0, 0, 1, 1), 2)
  const off = 1e-10
  const maps = [Float64Array.of(1 + off, 1 - off, 0, 0), Float64Array.of(0, 0, 1, 1)]
  for (const { error } of [entrywise(maps, orbits), orbitwise(maps, orbits) ?? { error: 0 }]) {
    expect(error).toBeGreaterThan(off / 2)
    expect(error).toBeLessThan(2 * off)
  }
})

test('expectSpan accepts all equivariant maps, and detects missing maps and maps that are not equivariant', () => {
  const points = input('x', 'float32', ['batch', 4])
  const own = input('own', 'float32', [])
  const pooled = input('pooled', 'float32', [])
  const each = mul(points, own)
  const sum = mul(reduceSum(points, { axis: 1, keepDims: true }), pooled)
  const full = program({ inputs: [points, own, pooled], outputs: { y: add(each, sum) } })
  const few = program({ inputs: [points, own], outputs: { y: each } })
  const onSet = { input: naturalAction(symmetric(4)), output: naturalAction(symmetric(4)) }
  const onCycle = { input: naturalAction(cyclic(4)), output: naturalAction(cyclic(4)) }
  expectSpan(full, { weights: ['own', 'pooled'], ...onSet })
  expect(compareSpan(full, { weights: ['own', 'pooled'], ...onCycle })).toMatchObject({ dimension: 2, orbits: 4 })
  expect(() => expectSpan(few, { weights: ['own'], ...onSet })).toThrow(
    /^expected weights that span all 2 independent equivariant maps, received 1 independent maps at a distance of 1 \(tolerance 1e-10, seed 1\); f\(g x\) and g f\(x\) differ by 0 in component 0 of "" for g = identity\.$/,
  )
  const fixed = mul(mul(points, constant([1, 2, 3, 4], [4])), own)
  const wrong = program({ inputs: [points, own, pooled], outputs: { y: add(fixed, sum) } })
  expect(compareSpan(wrong, { weights: ['own', 'pooled'], ...onSet }).error).toBeGreaterThan(0.1)
  expect(() => expectSpan(wrong, { weights: ['own', 'pooled'], ...onSet, tolerance: 0.001 })).toThrow(
    /received 2 independent maps at a distance of .* \(tolerance 0\.001, seed 1\); f\(g x\) and g f\(x\) differ by [\d.]+ in component \d of "y" for g = generator \([\d ]+\)\.$/,
  )
  expect(spanError(wrong, { weights: ['own', 'pooled'], ...onSet })).toBe(
    compareSpan(wrong, { weights: ['own', 'pooled'], ...onSet }).error,
  )
  expect(spanError(full, { weights: ['own', 'pooled'], ...onSet })).toBeLessThan(1e-12)
  expect(spanError(few, { weights: ['own'], ...onSet })).toBe(Infinity)
  expect(() => expectSpan(full, { weights: ['own', 'pooled'], ...onSet, maps: 3 })).toThrow(
    new Error('expected 3 independent equivariant maps, received 2 orbits on pairs.'),
  )
  expectSpan(full, { weights: ['own', 'pooled'], ...onSet, maps: 2 })
  expect(() => expectSpan(full, { weights: ['own'], ...onSet, input: trivialAction(symmetric(4), 3) })).toThrow(
    'spanError: expected input "x" of shape [batch, ...sizes] with sizes that multiply to 3, the degree of the action, received sizes [4].',
  )
  expect(() => expectSpan(full, { weights: ['own', 'mean'], ...onSet })).toThrow(
    new RangeError('spanError: expected the name of an input (x, own, pooled), received "mean".'),
  )
  expect(() => expectSpan(full, { weights: ['own', 'pooled'], ...onSet, y: 'z' })).toThrow(
    new RangeError('spanError: expected the name of an output (y), received "z".'),
  )
  expect(() => expectSpan(full, { weights: ['own', 'pooled'], ...onSet, output: trivialAction(symmetric(4), 3) })).toThrow(
    'spanError: expected output "y" with 3 entries (the degree of the action) per example and channel, received 4 entries per example.',
  )
})

test('a linear map between two actions with several orbits, of several channels, with other names and inputs', () => {
  // y[row, channel] of 2 rows and 3 points: sums of rows are spread over each row, scaled by a fixed input.
  const points = input('points', 'float32', ['batch', 2, 3])
  const [own, pooled, factor] = [input('own', 'float32', [2]), input('pooled', 'float32', [2]), input('factor', 'float32', [])]
  const one = unsqueeze(points, [3])
  const rows = reduceSum(one, { axis: 2, keepDims: true })
  const all = reduceSum(one, { axis: [1, 2], keepDims: true })
  const [own2, all2] = [input('own2', 'float32', [2]), input('all', 'float32', [2])]
  const group = wreathProduct(symmetric(3), symmetric(2))
  const sum = add(add(mul(one, own), mul(rows, pooled)), add(mul(all, all2), mul(one, own2)))
  const p = program({ inputs: [points, own, pooled, factor, own2, all2], outputs: { result: mul(sum, factor) } })
  const options = {
    weights: ['own', 'pooled', 'all', 'own2'],
    input: naturalAction(group),
    output: naturalAction(group),
    x: 'points',
    y: 'result',
    feeds: { factor: { dtype: 'float32', shape: [], data: Float64Array.of(3) } },
  } as const
  expectSpan(p, { ...options, maps: 3 })
  expect(compareSpan(p, options)).toMatchObject({ dimension: 3, orbits: 3 })
  const invariant = program({
    inputs: [points, own, factor],
    outputs: { result: mul(mul(reduceSum(points, { axis: [1, 2], keepDims: true }), factor), own) },
  })
  expect(() => compareSpan(invariant, { ...options, weights: ['own'] })).toThrow(
    'spanError: expected output "result" with 6 entries (the degree of the action) per example and channel',
  )
})

test('orbits on several points: the columns of one point of each are compared', () => {
  // Two orbits on the input (points 0, 1 and points 2, 3, 4), one on the output.
  const [swap, turn] = [Permutation.fromCycles(5, [[0, 1]]), Permutation.fromCycles(5, [[2, 3, 4]])]
  const group = new PermutationGroup(5, [swap, turn])
  const onThree = { group, degree: 3, generators: [Permutation.identity(3), Permutation.fromCycles(3, [[0, 1, 2]])] }
  const x = input('x', 'float32', ['batch', 5])
  const weights = [1, 2, 3, 4].map((k) => input(`w${k}`, 'float32', []))
  const [pair, three] = [sliceOf(x, 0, 2), sliceOf(x, 2, 5)]
  const pooled = mul(reduceSum(pair, { axis: 1, keepDims: true }), weights[0] as Tensor)
  const turned = [1, 2, 3].map((k) => mul(k === 3 ? three : concat([sliceOf(three, k, 3), sliceOf(three, 0, k)], 1), weights[k] as Tensor))
  const y = turned.reduce((sum, each) => add(sum, each), pooled)
  const p = program({ inputs: [x, ...weights], outputs: { y } })
  const options = { weights: ['w1', 'w2', 'w3', 'w4'], input: naturalAction(group), output: onThree }
  expectSpan(p, { ...options, maps: 4 })
  const wrongOrbit = program({ inputs: [x, ...weights], outputs: { y: add(y, mul(sliceOf(x, 0, 1), 1e-3)) } })
  expect(compareSpan(wrongOrbit, options).error).toBeGreaterThan(1e-5)
})

test('results are copied before a backend reuses their memory', async () => {
  const reusing: Backend = {
    name: 'reusing',
    compile: async (p) => ({
      run: async (given) => {
        const data = Float64Array.from(evaluate(p, given as typeof feeds).y?.data as Float64Array)
        return { y: { dtype: 'float32', shape: [5, 2], data: async () => data, dispose: () => void data.fill(7) } }
      },
      dispose: async () => {},
    }),
  }
  const [report] = await parity(layer, [reusing], feeds)
  expect(report?.error).toBe(0)
})
