import { evaluate, input, program, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { type ActivationName, activation } from '../src/index.ts'

const numbers = [-7, -3.5, -2.2, -1, -0.4, 0, 0.3, 1, 1.7, 2.9, 4, 8]
const sum = (values: readonly number[]): number => values.reduce((all, v) => all + v, 0)

/** The error function by its power series. */
function erf(x: number): number {
  let [term, total] = [x, x]
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

/** Each activation by its formula, on a row of numbers. */
const pointwise: Readonly<Record<Exclude<ActivationName, 'softmax' | 'logSoftmax'>, (x: number) => number>> = {
  relu: (x) => Math.max(0, x),
  leakyRelu: (x) => (x > 0 ? x : 0.01 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  gelu: (x) => (Math.abs(x) < 6 ? (x / 2) * (1 + erf(x / Math.SQRT2)) : Math.max(0, x)),
  geluTanh: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  hardSigmoid: (x) => Math.min(1, Math.max(0, x / 6 + 0.5)),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
  softsign: (x) => x / (1 + Math.abs(x)),
  identity: (x) => x,
}
const softmax = (row: readonly number[]): number[] => row.map((x) => Math.exp(x) / sum(row.map(Math.exp)))
const formulas: Readonly<Record<ActivationName, (row: readonly number[]) => number[]>> = {
  ...(Object.fromEntries(Object.entries(pointwise).map(([name, of]) => [name, (row: readonly number[]) => row.map(of)])) as Record<
    keyof typeof pointwise,
    (row: readonly number[]) => number[]
  >),
  softmax,
  logSoftmax: (row) => softmax(row).map(Math.log),
}

test.each(Object.keys(formulas) as ActivationName[])('%s agrees with its formula along the last axis', (name) => {
  const x = input('x', 'float32', ['batch', 4, 3])
  const y = evaluate(program({ inputs: { x }, outputs: { y: activation(name)(x) } }), { x: tensorValue('float32', [1, 4, 3], numbers) }).y
  const rows = [0, 3, 6, 9].flatMap((at) => formulas[name](numbers.slice(at, at + 3).map(Math.fround)))
  expect(y?.shape).toEqual([1, 4, 3])
  rows.forEach((value, i) => {
    expect(y?.data[i], `${name}(${numbers[i]})`).toBeCloseTo(value, name.startsWith('gelu') ? 6 : 10)
  })
})

test.each(['swish', 'toString'])('%s is no activation', (name) => {
  expect(() => activation(name as ActivationName)).toThrow(
    new RangeError(
      `activation: expected one of relu, leakyRelu, elu, selu, gelu, geluTanh, silu, tanh, sigmoid, hardSigmoid, relu6, softplus, softsign, softmax, logSoftmax, identity, received "${name}".`,
    ),
  )
})
