import { evaluate, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, integers, node, types } from './hand-made-files.ts'
import { type Attributes, close, numbers, only, result } from './one-node.ts'

const x12 = numbers(12)

describe('each element on its own', () => {
  const each = (opType: string, attributes: Attributes, f: (v: number) => number): void =>
    expect(only(opType, { x: [12] }, ['x'], attributes)).toEqual(close(x12.map((v) => f(Math.fround(v)))))
  const softplus = (v: number): number => Math.log(1 + Math.exp(v))
  const elu = (v: number, alpha: number): number => (v < 0 ? alpha * (Math.exp(v) - 1) : v)
  const float = Math.fround
  test.each<[string, Attributes, (v: number) => number]>([
    ['LeakyRelu', {}, (v) => (v < 0 ? 0.01 * v : v)],
    ['LeakyRelu', { alpha: { float: 0.5 } }, (v) => (v < 0 ? 0.5 * v : v)],
    ['Elu', {}, (v) => elu(v, 1)],
    ['Elu', { alpha: { float: 2 } }, (v) => elu(v, 2)],
    ['Selu', {}, (v) => 1.0507009873554805 * elu(v, 1.6732632423543772)],
    ['Selu', { alpha: { float: 2 } }, (v) => 1.0507009873554805 * elu(v, 2)],
    ['Selu', { gamma: { float: 3 } }, (v) => 3 * elu(v, 1.6732632423543772)],
    ['Celu', {}, (v) => elu(v, 1)],
    ['Celu', { alpha: { float: 2 } }, (v) => (v < 0 ? 2 * (Math.exp(v / 2) - 1) : v)],
    ['Mish', {}, (v) => v * Math.tanh(softplus(v))],
    ['Swish', {}, (v) => v / (1 + Math.exp(-v))],
    ['Swish', { alpha: { float: 2 } }, (v) => v / (1 + Math.exp(-2 * v))],
    ['ThresholdedRelu', {}, (v) => (v > 1 ? v : 0)],
    ['ThresholdedRelu', { alpha: { float: 3 } }, (v) => (v > 3 ? v : 0)],
    ['Shrink', {}, (v) => (Math.abs(v) > 0.5 ? v : 0)],
    ['Shrink', { lambd: { float: 2 }, bias: { float: 1.5 } }, (v) => (v < -2 ? v + 1.5 : v > 2 ? v - 1.5 : 0)],
    ['HardSigmoid', {}, (v) => Math.min(1, Math.max(0, float(0.2) * v + 0.5))],
    ['HardSigmoid', { alpha: { float: 0.25 }, beta: { float: 0.75 } }, (v) => Math.min(1, Math.max(0, 0.25 * v + 0.75))],
    ['HardSwish', {}, (v) => v * Math.min(1, Math.max(0, v / 6 + 0.5))],
    ['Gelu', { approximate: 'tanh' }, (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))],
    ['Identity', {}, (v) => v],
  ])('%s, row %#', (opType, attributes, f) => each(opType, attributes, f))

  test('with bounds, slopes and exponents that are operands', () => {
    const shapes = { x: [12] }
    expect(only('Clip', shapes, ['x', 'low', 'high'])).toEqual(close(x12.map((v) => Math.min(2, Math.max(-1, v)))))
    expect(only('Clip', shapes, ['x', '', 'high'])).toEqual(close(x12.map((v) => Math.min(2, v))))
    expect(only('Clip', shapes, ['x', 'low'])).toEqual(close(x12.map((v) => Math.max(-1, v))))
    expect(only('Clip', { x: [12], a: [], b: [] }, ['x', 'a', 'b'])).toEqual(close(x12.map((v) => Math.min(-5, Math.max(-5, v)))))
    expect(only('Clip', { x: [12], a: [] }, ['x', '', 'a'])).toEqual(close(x12.map((v) => Math.min(-5, v))))
    expect(only('PRelu', { x: [12], a: [1] }, ['x', 'a'])).toEqual(close(x12.map((v) => (v < 0 ? -5 * v : v))))
    expect(only('Pow', { x: [12] }, ['x', 'two'])).toEqual(close(x12.map((v) => v * v)))
    expect(only('Mod', { x: [12], a: [1] }, ['x', 'a'], { fmod: 1 })).toEqual(close(x12.map((v) => v % -5)))
    expect(only('Mod', {}, ['negative', 'back'])).toEqual([0, 0])
    expect(only('Mod', {}, ['negative', 'two'])).toEqual([0, 1])
    expect(only('Mod', {}, ['negative', 'two'], { fmod: 1 })).toEqual([0, -1])
  })

  test('of several operands', () => {
    const shapes = { a: [3], b: [3], c: [1] }
    const b = numbers(3)
    expect(only('Sum', shapes, ['a', 'b', 'c'])).toEqual(close(b.map((v) => 2 * v - 5)))
    expect(only('Mean', shapes, ['a', 'b', 'c'])).toEqual(close(b.map((v) => (2 * v - 5) / 3)))
    expect(only('Max', { a: [3], c: [1] }, ['c', 'a'])).toEqual(close(b.map((v) => Math.max(v, -5))))
    expect(only('Min', { a: [3], c: [1] }, ['c', 'a'])).toEqual(close(b.map((v) => Math.min(v, -5))))
    expect(only('Max', { a: [3] }, ['a'])).toEqual(close(b))
  })

  test('of the type that an attribute or another operand has', () => {
    const cast = (opType: string, operands: readonly string[], attributes: Attributes = {}): unknown => {
      const bytes = file({
        input: [declared('x', [3])],
        initializer: [integers('like', [2], [7, 8])].filter(({ name = '' }) => operands.includes(name)),
        node: [node(opType, operands, ['y'], attributes)],
        output: [declared('y')],
      })
      const { program } = importOnnx(bytes)
      const { y } = evaluate(program, { x: tensorValue('float32', [3], [-1.5, 0, 2.75]) })
      return [program.outputs[0]?.tensor.dtype, Array.from(y?.data ?? [], (v) => v + 0)]
    }
    expect(cast('CastLike', ['x', 'like'])).toEqual(['int64', [-1, 0, 2]])
    expect(cast('CastLike', ['x', 'x'])).toEqual(['float32', [-1.5, 0, 2.75]])
    expect(cast('Cast', ['x'], { to: types.int32 })).toEqual(['int32', [-1, 0, 2]])
    expect(cast('Cast', ['x'], { to: types.bool })).toEqual(['bool', [1, 0, 1]])
    expect(cast('Cast', ['x'])).toEqual(['float32', [-1.5, 0, 2.75]])
  })

  test('infinities by their signs', () => {
    const found = (attributes: Attributes): number[] => {
      const bytes = file({
        input: [declared('x', [3])],
        node: [node('IsInf', ['x'], ['b'], attributes), node('Cast', ['b'], ['y'], { to: types.float })],
        output: [declared('y')],
      })
      const x = tensorValue('float32', [3], [Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY])
      return [...(evaluate(importOnnx(bytes).program, { x }).y?.data ?? [])]
    }
    expect([found({}), found({ detect_negative: 0 }), found({ detect_positive: 0 })]).toEqual([
      [1, 0, 1],
      [0, 0, 1],
      [1, 0, 0],
    ])
  })

  test('Dropout passes everything on, and says so', () => {
    expect(result('Dropout', { x: [3] }, ['x'], {}, 2)).toEqual([
      { shape: [3], data: close(numbers(3)) },
      { shape: [3], data: [1, 1, 1] },
    ])
  })
})
