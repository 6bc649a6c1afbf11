import * as t from '@equivar/tensor'
import { differentiate, evaluate, input, program, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'

const x = input('x', 'float32', ['batch', 'n', 3])
const w = input('w', 'float32', [3, 4])
const optimized = (options: t.ProgramOptions): t.Program => t.optimize(program(options))
const names = (p: t.Program): string[] => p.nodes.map((node) => node.operator.name)

describe('shapes', () => {
  test('errors name the operator and both shapes', () => {
    expect(() => t.matMul(x, input('v', 'float32', [4, 8]))).toThrow(
      'matMul: expected the last axis of a to equal the second-last of b, received [batch, n, 3] and [4, 8].',
    )
    expect(() => t.add(x, input('v', 'float32', ['m', 3]))).toThrow('Axis -2 is n and m.')
    expect(() => t.reshape(x, ['batch', 5])).toThrow('Reshape: expected a shape of 3*batch*n elements')
    expect(() => t.add(x, input('v', 'int64', []))).toThrow(
      'Add: expected two tensors of one type, received float32 and int64. Use cast(x, ...).',
    )
    expect(() => t.reduceSum(x, { axis: 3 })).toThrow('ReduceSum: expected an axis from -3 to 2, received 3.')
  })
})

describe('feeds', () => {
  const p = program({ inputs: [x, w], outputs: { y: t.matMul(x, w) } })
  const weights = tensorValue('float32', [3, 4], new Float32Array(12))

  test('symbols are bound, clashes name the input, the axis, the symbol and both values', () => {
    const y = evaluate(p, { x: tensorValue('float32', [2, 5, 3], new Float32Array(30)), w: weights }).y
    expect(y?.shape).toEqual([2, 5, 4])
    const twice = program({ inputs: [x, input('mask', 'bool', ['batch', 'n'])], outputs: { y: t.neg(x) } })
    const feeds = { x: tensorValue('float32', [2, 5, 3], new Float32Array(30)), mask: tensorValue('bool', [2, 4], new Uint8Array(8)) }
    expect(() => evaluate(twice, feeds)).toThrow('run: input "mask", axis 1: expected size n = 5, as other inputs say, received 4.')
  })

  test('missing and wrong inputs', () => {
    expect(() => evaluate(p, { w: weights })).toThrow('evaluate: the input "x" float32 [batch, n, 3] is missing.')
    expect(() => evaluate(p, { x: tensorValue('float32', [2, 3], new Float32Array(6)), w: weights })).toThrow(
      'of shape [batch, n, 3], received [2, 3]',
    )
    expect(() => program({ inputs: [x], outputs: { y: t.matMul(x, w) } })).toThrow('the outputs depend on "w"')
  })

  test('an input can bind a size by its value', () => {
    const [rows, segments] = [input('rows', 'float32', ['nodes', 2]), input('batch', 'int64', ['nodes'])]
    const count = input('num_graphs', 'int64', [], { binds: 'graphs' })
    const q = program({ inputs: [rows, segments, count], outputs: { y: t.segmentSum(rows, segments, 'graphs') } })
    const y = evaluate(q, {
      rows: tensorValue('float32', [3, 2], [1, 2, 3, 4, 5, 6]),
      batch: tensorValue('int64', [3], [0, 2, 0]),
      num_graphs: tensorValue('int64', [], [4]),
    }).y
    expect([...(y?.data ?? [])]).toEqual([6, 8, 0, 0, 3, 4, 0, 0])
  })
})

describe('simplification', () => {
  test('what is written twice is differentiated once; folded constants that are too large to compare are one', () => {
    const v = input('v', 'float32', [20, 20])
    const written = (): t.Tensor => t.reduceSum(t.exp(t.mul(v, t.eyeLike(20))), { axis: 0 })
    const gradient = differentiate(t.reduceSum(t.mul(written(), written())), v)
    const p = optimized({ inputs: [v], outputs: { gradient, y: written() } })
    expect(names(p).filter((name) => name === 'Exp').length).toBe(1)
    expect(names(p).filter((name) => name === 'Expand').length).toBeLessThanOrEqual(1)
    // By an inner tensor alone, though another one equals it.
    const [a, b] = [t.exp(v), t.exp(v)]
    const inner = optimized({ inputs: [v], outputs: { g: differentiate(t.reduceSum(t.add(a, b)), a) } })
    expect(evaluate(inner, { v: tensorValue('float32', [20, 20], new Float32Array(400)) }).g?.data[0]).toBe(1)
  })

  test('equal nodes merge, dead ones go, constants fold, identities apply', () => {
    const twice = t.mul(t.exp(x), t.exp(x))
    expect(names(optimized({ inputs: [x], outputs: { y: twice } }))).toEqual(['Exp', 'Mul'])
    expect(names(optimized({ inputs: [x], outputs: { y: t.sub(t.mul(x, 1), t.sub(t.constant(2), 2)) } }))).toEqual([])
    expect(names(optimized({ inputs: [x], outputs: { y: t.neg(t.neg(t.exp(x))) } }))).toEqual(['Exp'])
    expect(names(optimized({ inputs: [x], outputs: { y: t.transpose(t.transpose(x, [2, 0, 1]), [1, 2, 0]) } }))).toEqual([])
    expect(names(optimized({ inputs: [x], outputs: { y: t.mul(t.mul(x, 2), 3) } }))).toEqual(['Constant', 'Mul'])
    expect(names(optimized({ inputs: [x], outputs: { y: t.stopGradient(t.exp(x)) } }))).toEqual(['Exp'])
  })

  test('an expanded operand is broadcast instead', () => {
    const p = optimized({ inputs: [x], outputs: { y: t.mul(t.expand(t.reduceSum(x, { axis: 1, keepDims: true }), x.shape), x) } })
    expect(names(p)).toEqual(['ReduceSum', 'Mul'])
  })

  test('a factor is multiplied before an expansion, whichever side it is on', () => {
    const mean = t.reduceSum(x, { axis: 1, keepDims: true })
    for (const y of [t.mul(t.expand(mean, x.shape), 0.5), t.mul(0.5, t.expand(mean, x.shape))]) {
      const p = optimized({ inputs: [x], outputs: { y } })
      expect(names(p)).toEqual(['ReduceSum', 'Constant', 'Mul', 'Expand'])
      const data = Float32Array.from({ length: 12 }, (_, i) => i)
      expect([...(evaluate(p, { x: tensorValue('float32', [2, 2, 3], data) }).y?.data ?? [])].slice(0, 6)).toEqual([
        1.5, 2.5, 3.5, 1.5, 2.5, 3.5,
      ])
    }
  })

  test('values are kept', () => {
    const y = t.add(t.mul(t.mul(x, 0.5), 4), t.sub(t.neg(t.neg(x)), t.reshape(t.reshape(x, [-1, 3]), x.shape)))
    const data = Float32Array.from({ length: 12 }, (_, i) => i - 5)
    const result = evaluate(optimized({ inputs: [x], outputs: { y } }), { x: tensorValue('float32', [2, 2, 3], data) }).y
    expect([...(result?.data ?? [])]).toEqual([...data].map((v) => 2 * v))
  })
})

describe('differentiate', () => {
  test('the gradient of an operand that a product transposes is not transposed itself', () => {
    const [v, u] = [input('v', 'float32', [5, 2, 3]), input('u', 'float32', [4, 3])]
    const loss = t.reduceSum(t.exp(t.matMul(u, t.swapAxes(v, 1, 2))))
    const p = optimized({ inputs: [v, u], outputs: { g: differentiate(loss, v) } })
    const after = p.nodes.slice(p.nodes.findIndex((node) => node.operator.name === 'Exp') + 1)
    expect(after.map((node) => node.operator.name)).toEqual(['Transpose', 'MatMul'])
  })

  const scalar = input('s', 'float32', [])
  const at = (y: t.Tensor, s: number): number =>
    evaluate(program({ inputs: [scalar], outputs: { y } }), { s: tensorValue('float32', [], [s]) }).y?.data[0] as number

  test.each([
    ['x sigmoid(x)', (v: t.Tensor, s: t.Tensor) => t.mul(v, s)],
    ['sigmoid(x) x', (v: t.Tensor, s: t.Tensor) => t.mul(s, v)],
  ])('%s: by x, by the sigmoid alone, and by both', (_, product) => {
    const v = t.input('v', 'float32', [3])
    const s = t.sigmoid(v)
    const loss = t.reduceSum(t.mul(product(v, s), t.add(s, 2)))
    const [byX, bySigmoid, byFirst] = [differentiate(loss, v), differentiate(loss, s), differentiate(loss, [v, s])]
    const numbers = [-1.5, 0.25, 2]
    const values = evaluate(
      program({
        inputs: [v],
        outputs: { byX, bySigmoid, x: byFirst[0] as t.Tensor, s: byFirst[1] as t.Tensor, twice: differentiate(t.reduceSum(byX), v) },
      }),
      { v: tensorValue('float32', [3], numbers) },
    )
    const sigma = (x: number): number => 1 / (1 + Math.exp(-x))
    const f = (x: number): number => x * sigma(x) * (sigma(x) + 2)
    for (const [i, x] of numbers.entries()) {
      const h = 1e-4
      expect(values.byX?.data[i]).toBeCloseTo((f(x + h) - f(x - h)) / (2 * h), 6)
      expect(values.twice?.data[i]).toBeCloseTo((f(x + h) - 2 * f(x) + f(x - h)) / (h * h), 5)
      // x s (s + 2) by s, with x as it is.
      expect(values.bySigmoid?.data[i]).toBeCloseTo(x * (2 * sigma(x) + 2), 12)
      expect(values.s?.data[i]).toBe(values.bySigmoid?.data[i])
      expect(values.x?.data[i]).toBeCloseTo(values.byX?.data[i] as number, 12)
    }
  })

  test('second and third derivatives', () => {
    const first = differentiate(t.pow(scalar, 4), scalar)
    const second = differentiate(first, scalar)
    expect(at(first, 2)).toBeCloseTo(32, 12)
    expect(at(second, 2)).toBeCloseTo(48, 12)
    expect(at(differentiate(second, scalar), 2)).toBeCloseTo(48, 12)
    expect(at(differentiate(differentiate(t.tanh(scalar), scalar), scalar), 0.5)).toBeCloseTo(
      -2 * Math.tanh(0.5) * (1 - Math.tanh(0.5) ** 2),
      12,
    )
  })

  test('what the loss does not depend on gets zeros; what is stopped, too', () => {
    expect(at(differentiate(t.exp(t.stopGradient(scalar)), scalar), 1)).toBe(0)
    expect(at(t.reduceSum(differentiate(t.exp(scalar), [scalar, input('other', 'float32', [2])])[1] as t.Tensor), 1)).toBe(0)
  })

  test('refuses what is not a scalar', () => {
    expect(() => differentiate(x, [x])).toThrow(
      'differentiate: expected a floating-point loss with one element, received float32 [batch, n, 3]. Sum or average it first.',
    )
  })

  test('ties share the gradient', () => {
    const v = input('v', 'float32', [4])
    const gradientAt = (y: t.Tensor, data: number[]): number[] => [
      ...(evaluate(program({ inputs: [v], outputs: { g: differentiate(y, v) } }), { v: tensorValue('float32', [4], data) }).g?.data ?? []),
    ]
    expect(gradientAt(t.reduceMax(v), [1, 3, 3, 0])).toEqual([0, 0.5, 0.5, 0])
    expect(gradientAt(t.reduceSum(t.max(v, 3)), [1, 3, 4, 0])).toEqual([0, 0.5, 1, 0])
    expect(gradientAt(t.reduceSum(t.relu(v)), [0, -1, 1, 1e-30])).toEqual([0, 0, 1, 1])
    const ids = t.constant([0, 0, 1, 1], [4], 'int64')
    expect(gradientAt(t.reduceSum(t.segmentMax(v, ids, 2)), [2, 2, 5, 1])).toEqual([0.5, 0.5, 1, 0])
    expect(gradientAt(t.reduceSum(t.maxPool(t.reshape(v, [1, 1, 4]), { kernel: 2 })), [2, 2, 5, 1])).toEqual([0.5, 0.5, 1, 0])
    const square = t.maxPool(t.reshape(v, [1, 1, 2, 2]), { kernel: 2 })
    expect(gradientAt(t.reduceSum(square), [2, 7, 7, 1])).toEqual([0, 0.5, 0.5, 0])
    expect(gradientAt(t.reduceSum(square), [3, 3, 3, 3])).toEqual([0.25, 0.25, 0.25, 0.25])
    expect(gradientAt(t.reduceProd(v), [0, 2, 3, 4])).toEqual([24, 0, 0, 0])
  })

  test('a long chain: the derivative is a geometric sum', () => {
    let y: t.Tensor = scalar
    for (let i = 0; i < 50; i++) y = t.add(t.mul(y, 0.5), scalar)
    expect(at(differentiate(y, scalar), 1)).toBeCloseTo(2 - 2 ** -50, 14)
  })
})
