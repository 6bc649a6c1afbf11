import { onnxBackend } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../tensor/test/law/pass.ts'
import { centredProducts } from '../src/passes/centred-products.ts'
import { rowsThroughProducts } from '../src/passes/rows-through-products.ts'
import { expectClose, expectSameValues, feedsFor, networkWithNorms } from './linear-and-norm.ts'

const [x, z] = [t.input('x', 'float32', ['n', 3]), t.input('z', 'float32', ['n', 2])]
const [a, r] = [t.input('a', 'float32', [1, 3]), t.input('r', 'float32', [3])]
const [weight, turned] = [t.input('weight', 'float32', [3, 2]), t.input('turned', 'float32', [2, 3])]
const [bias, few] = [t.input('bias', 'float32', [1, 2]), t.input('few', 'float32', [7, 3])]
const inputs = [x, z, a, r, weight, turned, bias, few]
const across = (y: t.Tensor): t.Tensor => t.transpose(y, [1, 0])
const scaled = t.mul(x, a)
const sizes = [0, 1, 2, 7, 600]

describe('rows through products', () => {
  const result = (...y: t.Tensor[]): string => after(rowsThroughProducts, y, inputs)

  test('before and after', () => {
    expect(before(t.matMul(scaled, weight), inputs)).toBe('MatMul(Mul(x, a), weight)')
    expect(result(t.matMul(scaled, weight))).toBe('MatMul(x, Mul(weight, Reshape([3 1])(a)))')
    expect(result(t.matMul(scaled, across(turned)))).toBe('MatMul(x, Transpose([1 0])(Mul(turned, a)))')
    const term = 'MatMul(Reshape([1 3])(r), weight)'
    expect(result(t.matMul(t.add(scaled, r), weight))).toBe(`Add(MatMul(x, Mul(weight, Reshape([3 1])(a))), ${term})`)
    expect(result(t.matMul(across(z), scaled))).toBe('Mul(MatMul(Transpose([1 0])(z), x), a)')
    expect(result(t.reduceSum(scaled, { axis: 0 }))).toBe('Reshape([3])(Mul(ReduceSum([0], true)(x), a))')
  })

  test('a common factor of two terms is taken out', () => {
    const y = t.add(t.mul(x, a), t.mul(t.exp(x), t.neg(t.div(t.mul(r, a), 2))))
    expect(result(t.matMul(y, weight))).toContain('MatMul(Add(x, Mul(Exp(x), Neg(Div(')
    const program = t.program({ inputs, outputs: { y: t.matMul(y, weight) } })
    expectSameValues(rowsThroughProducts, program, feedsFor(program, { n: 7 }))
  })

  test.each<[string, t.Tensor[]]>([
    ['another reader', [t.matMul(scaled, weight), t.exp(scaled)]],
    ['an output', [t.matMul(scaled, weight), scaled]],
    ['few rows', [t.matMul(t.mul(few, a), weight)]],
    ['a matrix that nothing rounded', [t.matMul(t.add(x, r), weight)]],
    ['the sums of the columns', [t.reduceSum(scaled, { axis: 1 })]],
    ['a product with itself', [t.matMul(across(scaled), scaled)]],
    ['a number', [t.matMul(t.mul(x, 2), weight)]],
  ])('does not apply: %s', (_, y) => expect(result(...y)).toBe(before(y, inputs)))

  const readers: readonly (readonly [string, (y: t.Tensor) => t.Tensor])[] = [
    ['a weight', (y) => t.matMul(y, weight)],
    ['a transposed weight', (y) => t.matMul(y, across(turned))],
    ['a transposed matrix', (y) => t.matMul(across(z), y)],
    ['ones', (y) => t.matMul(t.ones([4, 'n']), y)],
    ['the sum', (y) => t.reduceSum(y, { axis: 0 })],
    ['the sum as a row', (y) => t.reduceSum(y, { axis: 0, keepDims: true })],
  ]
  const forms: readonly (readonly [string, t.Tensor])[] = [
    ['a factor', t.mul(a, x)],
    ['a factor and a term', t.add(r, t.mul(x, a))],
    ['a factor and a term taken off', t.sub(t.mul(x, a), r)],
  ]
  test.each(readers.flatMap(([reader, read]) => forms.map(([form, y]) => [form, reader, read(y)] as const)))(
    'changes no value: %s, read by %s',
    (_, __, y) => {
      const program = t.program({ inputs, outputs: { y } })
      for (const n of sizes) expectSameValues(rowsThroughProducts, program, feedsFor(program, { n }))
    },
  )
})

describe('centred products', () => {
  const mapped = (): t.Tensor => t.add(t.matMul(x, weight), bias)
  const mean = (y: t.Tensor, keepDims = true): t.Tensor => t.reduceMean(y, { axis: 0, keepDims })
  const result = (...y: t.Tensor[]): string => after(centredProducts, y, inputs)

  test('before and after', () => {
    const y = mapped()
    const centre = 'Add(MatMul(Div(ReduceSum([0], true)(x), Cast(float32)(Dimension(n)())), weight), bias)'
    expect(result(t.sub(y, mean(y)))).toBe(`Add(MatMul(x, weight), Sub(bias, ${centre}))`)
  })

  const [y, other] = [mapped(), t.matMul(x, weight)]
  test.each<[string, t.Tensor[]]>([
    ['another reader', [t.sub(y, mean(y)), t.exp(y)]],
    ['an output', [t.sub(y, mean(y)), y]],
    ['no difference', [mean(y)]],
    ['a difference of other rows', [t.sub(bias, y)]],
    ['the mean of the columns', [t.sub(y, t.reduceMean(y, { axis: 1, keepDims: true }))]],
    ['no bias', [t.sub(other, mean(other))]],
  ])('does not apply: %s', (_, z) => expect(result(...z)).toBe(before(z, inputs)))

  test.each([true, false])('changes no value, axes kept: %s', (keepDims) => {
    const program = t.program({ inputs, outputs: { y: t.sub(y, mean(y, keepDims)), mean: mean(y) } })
    for (const n of sizes) expectSameValues(centredProducts, program, feedsFor(program, { n }))
  })
})

test.each(['n', 7, 521])('both change no value of batch norm between linear layers, %s rows', (rows) => {
  const both: t.Pass = { name: 'both', run: (p, context) => rowsThroughProducts.run(centredProducts.run(p, context), context) }
  const program = networkWithNorms(rows)
  if (rows === 7) expect(both.run(program, { fixed: new Set() })).toBe(program)
  else for (const n of [1, 2, 13, 521]) if (rows === 'n' || rows === n) expectSameValues(both, program, feedsFor(program, { n }))
})

test('batch norm walks over its rows less often', () => {
  const given = networkWithNorms('n')
  const walks = ({ nodes }: t.Program): number =>
    nodes.filter(({ operator: { name }, output: { shape } }) => /^(Add|Sub|Mul)$/.test(name) && String(shape[0]) === 'n').length
  const centred = centredProducts.run(given, { fixed: new Set() })
  // In each of two layers, the mean is taken off the bias.
  expect(walks(given) - walks(centred)).toBe(2)
  // In each, a product and a sum go, and another sum becomes the bias of a product.
  expect(walks(centred) - walks(rowsThroughProducts.run(centred, { fixed: new Set() }))).toBe(2)
})

test('ONNX Runtime gives what the reference gives, on one and two threads', async () => {
  const program = networkWithNorms('n')
  for (const threads of [1, 2]) {
    const executable = await onnxBackend({ threads }).compile(program)
    for (const n of [7, 1031]) {
      const feeds = feedsFor(program, { n })
      const results = Object.entries(await executable.run(feeds))
      const read = results.map(async ([name, y]) => [name, t.tensorValue(y.dtype, y.shape, await y.data())] as const)
      expectClose(Object.fromEntries(await Promise.all(read)), t.evaluate(program, feeds), 1e-5)
    }
    await executable.dispose()
  }
})
