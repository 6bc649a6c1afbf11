import { cyclic, naturalAction, symmetric, trivialAction } from '@equivar/groups'
import {
  add,
  type Backend,
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
  type TensorValue,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { derivativeError, equivarianceError, expectEquivariant, expectSpan, parity } from '../src/index.ts'
import { entrywise, orbitsOf, orbitwise } from '../src/spaces.ts'
import { compareSpan } from '../src/span.ts'

const x = input('x', 'float32', [5, 2])
const feeds = {
  x: { dtype: 'float32', shape: [5, 2], data: Float64Array.from({ length: 10 }, (_, i) => Math.sin(i + 1)) },
} satisfies Record<string, TensorValue>
const layer = program({ inputs: [x], outputs: { y: add(exp(x), reduceMean(x, { axis: 0, keepDims: true })) } })
const positional = program({ inputs: [x], outputs: { y: mul(x, constant([1, 2, 3, 4, 5], [5, 1])) } })
const actions = { x: { 0: naturalAction(symmetric(5)) } }

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
    /expected weights that span all 2 independent equivariant maps, received 1 independent maps/,
  )
  const fixed = mul(mul(points, constant([1, 2, 3, 4], [4])), own)
  const wrong = program({ inputs: [points, own, pooled], outputs: { y: add(fixed, sum) } })
  expect(compareSpan(wrong, { weights: ['own', 'pooled'], ...onSet }).error).toBeGreaterThan(0.1)
  expect(() => expectSpan(full, { weights: ['own'], ...onSet, input: trivialAction(symmetric(4), 3) })).toThrow(
    'expected input "x" of shape [batch, ...sizes] with sizes that multiply to 3',
  )
  expect(() => expectSpan(full, { weights: ['own', 'pooled'], ...onSet, output: trivialAction(symmetric(4), 3) })).toThrow(
    'spanError: expected output "y" with 3 entries (the degree of the action) per example and channel, received 4 entries per example.',
  )
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
