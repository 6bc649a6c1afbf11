import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, input, type Program, program, Random, type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { ElementarySymmetricPooling, PolarizedPowerSumPooling, PowerSumPooling } from '../src/index.ts'

const x = input('x', 'float32', ['batch', 'n', 2])
const mask = input('mask', 'bool', ['batch', 'n'])
const feeds = {
  x: tensorValue('float32', [2, 3, 2], [1, 2, Number.NaN, 9, -3, 0.5, 7, 7, 7, 7, 7, 7]),
  mask: tensorValue('bool', [2, 3], [1, 0, 1, 0, 0, 0]),
}
const value = (y: Tensor): number[] => Array.from(evaluate(program({ inputs: { x, mask }, outputs: { y } }), feeds).y?.data as Float64Array)

test.each([
  [false, [-2, 2.5, 10, 4.25, -26, 8.125]],
  [true, [-1, 1.25, 5, 2.125, -13, 4.0625]],
])('power sums of the existing elements, 0 for the empty set (normalized: %s)', (normalize, expected) => {
  expect(value(new PowerSumPooling({ degree: 3, normalize }).forward(x, mask))).toEqual([...expected, 0, 0, 0, 0, 0, 0])
})

describe('elementary symmetric polynomials', () => {
  test('of two numbers: their sum, their product, then 0', () => {
    const received = value(new ElementarySymmetricPooling({ degree: 3 }).forward(x, mask))
    const expected = [-2, 2.5, -3, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    received.forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i] as number, 12)
    })
  })

  /** Coefficients of prod_i (1 + x_i t), multiplied factor by factor. */
  function byProduct(numbers: readonly number[], degree: number): number[] {
    const e = [1, ...Array.from({ length: degree }, () => 0)]
    for (const v of numbers) for (let k = degree; k >= 1; k--) e[k] = (e[k] as number) + v * (e[k - 1] as number)
    return e.slice(1)
  }

  test('agree with the product of 1 + x_i t for 8 standard normal numbers to degree 8, with the accuracy that the docstring states', async () => {
    const [n, degree] = [8, 8]
    const random = new Random({ seed: 4 })
    const numbers = Float32Array.from({ length: 20 * n }, () => random.normal())
    const given = input('x', 'float32', ['batch', n, 1])
    const p: Program = program({ inputs: { x: given }, outputs: { y: new ElementarySymmetricPooling({ degree }).forward(given) } })
    const value: TensorValue = { dtype: 'float32', shape: [20, n, 1], data: numbers }
    const executable = await onnxBackend({ threads: 1 }).compile(p)
    const device = await (await executable.run({ x: value })).y?.data()
    const reference = evaluate(p, { x: value }).y?.data as Float64Array
    let [worst, worstOnDevice] = [0, 0]
    for (let set = 0; set < 20; set++)
      byProduct([...numbers.slice(set * n, (set + 1) * n)], degree).forEach((e, k) => {
        worst = Math.max(worst, Math.abs((reference[set * degree + k] as number) - e))
        worstOnDevice = Math.max(worstOnDevice, Math.abs(Number(device?.[set * degree + k]) - e))
      })
    expect(worst).toBeLessThan(1e-11)
    expect(worstOnDevice).toBeLessThan(1e-3)
    await executable.dispose()
  })
})

describe('polarized power sums', () => {
  const points = (numbers: number[]): TensorValue => tensorValue('float32', [1, numbers.length / 2, 2], numbers)
  const encode = (layer: { forward(t: Tensor): Tensor }, numbers: number[]): number[] => {
    const given = input('x', 'float32', ['batch', 'n', 2])
    return Array.from(
      evaluate(program({ inputs: { x: given }, outputs: { y: layer.forward(given) } }), { x: points(numbers) }).y?.data as Float64Array,
    )
  }

  test('are the sums of all monomials, in the order of their exponents', () => {
    const layer = new PolarizedPowerSumPooling({ inChannels: 2, degree: 3 })
    expect(layer.exponents).toEqual([
      [1, 0],
      [0, 1],
      [2, 0],
      [1, 1],
      [0, 2],
      [3, 0],
      [2, 1],
      [1, 2],
      [0, 3],
    ])
    const numbers = [1, 2, -3, 0.5, 2, -1]
    const expected = layer.exponents.map(([a = 0, b = 0]) =>
      [0, 1, 2].reduce((sum, i) => sum + (numbers[2 * i] as number) ** a * (numbers[2 * i + 1] as number) ** b, 0),
    )
    expect(encode(layer, numbers)).toEqual(expected)
  })

  test.each([
    [1, 4, 4],
    [3, 3, 19],
    [4, 2, 14],
  ])('%i channels to degree %i: binomial(channels + degree, degree) - 1 = %i distinct monomials', (inChannels, degree, count) => {
    const { exponents } = new PolarizedPowerSumPooling({ inChannels, degree })
    expect(exponents.length).toBe(count)
    expect(new Set(exponents.map(String)).size).toBe(count)
  })

  test('separate {(0, 0), (1, 1)} and {(0, 1), (1, 0)}, which power sums of single channels do not', () => {
    const [a, b] = [
      [0, 0, 1, 1],
      [0, 1, 1, 0],
    ] as const
    expect(encode(new PowerSumPooling({ degree: 4 }), [...a])).toEqual(encode(new PowerSumPooling({ degree: 4 }), [...b]))
    const layer = new PolarizedPowerSumPooling({ inChannels: 2, degree: 2 })
    expect(encode(layer, [...a])).not.toEqual(encode(layer, [...b]))
  })
})

test.each([
  ['PowerSumPooling', () => new PowerSumPooling({ degree: 0 }), 0],
  ['ElementarySymmetricPooling', () => new ElementarySymmetricPooling({ degree: 1.5 }), 1.5],
  ['PolarizedPowerSumPooling', () => new PolarizedPowerSumPooling({ inChannels: 2, degree: 0 }), 0],
])('%s rejects a degree below 1', (name, make, degree) => {
  expect(make).toThrow(`${name}: expected a degree of 1 or more, received ${degree}.`)
})
