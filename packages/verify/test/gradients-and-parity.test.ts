import {
  add,
  type Backend,
  div,
  evaluate,
  exp,
  expand,
  input,
  mul,
  Node,
  program,
  Random,
  reduceSum,
  sqrt,
  type TensorValue,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { derivativeError, expectDerivative, expectParity, parity, parityError, type Values, weightedSumProgram } from '../src/index.ts'

const value = (shape: readonly number[], numbers: readonly number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from(numbers),
})
/** The message of the error that a function throws. */
function refused(run: () => void): string {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

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
  test('the error is that of the worst direction, as the formulas say', () => {
    const wrong = new Node({ ...exp.operator, name: 'Sinh' }, [x], {}).output
    const bad = program({ inputs: [x], outputs: { wrong } })
    const numbers = [0.25, -1.5, 2]
    const given = { x: value([3], numbers) }
    const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((sum, a, i) => sum + a * (v[i] as number), 0)
    const reference = ({ seed = 1, samples = 3, step = 1e-5 }): { error: number; direction: number; derivative: number } => {
      const random = new Random({ seed, stream: 'derivative' })
      const all = Array.from({ length: samples }, (_, direction) => {
        const weights = numbers.map(() => random.normal())
        const d = numbers.map(() => Math.sqrt(dot(numbers, numbers) / 3) * random.normal())
        const at = (h: number): number =>
          dot(
            weights,
            numbers.map((v, i) => Math.exp(v + h * (d[i] as number))),
          )
        const derivative = dot(
          weights,
          numbers.map((v, i) => Math.cosh(v) * (d[i] as number)),
        )
        const difference = (at(step) - at(-step)) / (2 * step)
        const terms = weights.map((w, i) => w * Math.exp(numbers[i] as number))
        const scale = Math.max(Math.abs(derivative), Math.abs(difference), Math.sqrt(dot(terms, terms)))
        return { error: Math.abs(derivative - difference) / scale, direction, derivative }
      })
      return all.reduce((worst, each) => (each.error > worst.error ? each : worst))
    }
    const seen = new Set<number>()
    for (const options of [{}, { samples: 1 }, { samples: 6 }, { seed: 2 }, { seed: 3, step: 0.1 }, { seed: 4 }, { seed: 5, samples: 9 }]) {
      const { error, direction, derivative } = reference(options)
      expect(derivativeError(bad, { feeds: given, ...options })).toBeCloseTo(error, 8)
      const [, shown, at] =
        /received (\S+) and \S+ along direction (\d+)/.exec(refused(() => expectDerivative(bad, { feeds: given, ...options }))) ?? []
      expect(Number(shown)).toBeCloseTo(derivative, 8)
      expect(Number(at)).toBe(direction)
      seen.add(direction)
    }
    expect(seen.size).toBeGreaterThan(2)
  })
  test('the message names everything', () => {
    const constantlyWrong = new Node({ ...exp.operator, name: 'Neg' }, [x], {}).output
    const message = refused(() =>
      expectDerivative(program({ inputs: [x], outputs: { y: constantlyWrong } }), { feeds: { x: feeds.x }, tolerance: 0.001 }),
    )
    const number = '-?\\d[\\d.e+-]*'
    expect(message).toMatch(
      new RegExp(
        `^expected derivatives to agree with central differences to 0\\.001, received ${number} and ${number} along direction \\d, a relative difference of ${number}; "x" contributes most \\(seed 1\\)\\.$`,
      ),
    )
  })
  test('a derivative that is no number is an infinite error, wherever it occurs', () => {
    // The root has an infinite derivative at 0.
    const rooted = program({ inputs: [x], outputs: { y: sqrt(x) } })
    expect(derivativeError(rooted, { feeds: { x: value([3], [1, 0, 4]) } })).toBe(Infinity)
    expect(() => expectDerivative(rooted, { feeds: { x: value([1], [0]) } })).toThrow('a relative difference of Infinity')
  })
  test('only the inputs that are asked for are differentiated', () => {
    const two = program({ inputs: [x, a], outputs: { y: mul(a, new Node({ ...exp.operator, name: 'Sinh' }, [x], {}).output) } })
    const given = { x: feeds.x, a: feeds.a }
    expect(derivativeError(two, { feeds: given, wrt: ['a'] })).toBeLessThan(1e-8)
    expect(derivativeError(two, { feeds: given, wrt: ['x'] })).toBeGreaterThan(0.01)
    expect(weightedSumProgram(two, ['a']).wrt.map(({ name }) => name)).toEqual(['a'])
    expect(weightedSumProgram(two, ['a']).program.outputs.map(({ name }) => name)).toEqual(['y', 'weighted sum', 'gradient of a'])
  })
  test('integer inputs and outputs have no derivative; a size may be the value of an input', () => {
    const count = input('count', 'int64', [], { binds: 'm' })
    const spread = program({
      inputs: [x, count],
      outputs: { y: expand(reduceSum(x, { keepDims: true }), ['m']), twice: add(count, count) },
    })
    const weighted = weightedSumProgram(spread)
    expect([weighted.wrt.map(({ name }) => name), weighted.real]).toEqual([['x'], ['y']])
    const given = { x: feeds.x, count: { dtype: 'int64', shape: [], data: BigInt64Array.of(5n) } } as const
    const random = new Random({ seed: 4 })
    const numbers = Array.from({ length: 5 }, () => random.normal())
    expect(weighted.drawWeights(given, new Random({ seed: 4 }))).toEqual({ 'weights of y': value([5], numbers) })
    expect(derivativeError(spread, { feeds: given })).toBeLessThan(1e-8)
  })
  test('weights need the values of all inputs', () => {
    expect(() => weightedSumProgram(p).drawWeights({ x: feeds.x }, new Random({ seed: 1 }))).toThrow(
      'run: the input "a" float32 [] is missing.',
    )
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
  let [compiled, disposed] = [0, 0]
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
        dispose: async () => {
          disposed++
        },
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
  expect(await parityError(p, [], feeds)).toBe(0)
  expect(await parityError(p, [off], feeds, { minimumScale: 100 })).toBeCloseTo(0.01, 12)
  await expectParity(p, [off], feeds, { tolerance: 0.02, minimumScale: 100 })
  expect(disposed).toBe(compiled)
  expect(
    (await parity(p, [off, { ...off, name: 'the same' }], feeds)).map(({ backend, output, index }) => [backend, output, index]),
  ).toEqual([
    ['off by one', 'y', 0],
    ['off by one', 's', 0],
    ['off by one', 'y', 2],
    ['off by one', 's', 0],
    ['the same', 'y', 0],
    ['the same', 's', 0],
    ['the same', 'y', 2],
    ['the same', 's', 0],
  ])
})

test('a result that a backend leaves out or that is no number is an infinite error', async () => {
  const x = input('x', 'float32', ['n'])
  const p = program({ inputs: [x], outputs: { y: add(x, x) } })
  const giving = (outputs: Record<string, number[]>): Backend => ({
    name: 'broken',
    compile: async () => ({
      run: async () =>
        Object.fromEntries(
          Object.entries(outputs).map(([name, numbers]) => [
            name,
            { dtype: 'float32', shape: [numbers.length], data: async () => Float32Array.from(numbers), dispose: () => {} } as const,
          ]),
        ),
      dispose: async () => {},
    }),
  })
  const feeds = { x: value([2], [1, 2]) }
  for (const outputs of [{}, { y: [2] }, { y: [2, Number.NaN] }]) {
    expect(await parityError(p, [giving(outputs)], feeds)).toBe(Infinity)
    await expect(expectParity(p, [giving(outputs)], feeds)).rejects.toThrow('a relative difference of Infinity')
  }
})
