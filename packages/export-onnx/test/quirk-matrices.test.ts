import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../tensor/test/law/pass.ts'
import { gradientForms, poolingForms, signalsAsRows } from '../src/convolution-quirks.ts'
import { onnxFile } from '../src/index.ts'
import * as quirks from '../src/quirks.ts'

const a = t.input('a', 'float32', ['n', 5, 3])
const turned = t.input('turned', 'float32', [4, 3])
const plain = t.input('plain', 'float32', [3, 4])
const leavesOf = (y: t.Tensor): t.Input[] => t.topological([y]).flatMap(({ output }) => (output instanceof t.Input ? [output] : []))
const expectSame = (pass: t.Pass, y: t.Tensor): void => expect(after(pass, y, leavesOf(y))).toBe(before(y, leavesOf(y)))

describe('turned matrices by rows', () => {
  const pass = quirks.turnedMatricesByRows
  test('before and after', () => {
    const y = t.matMul(a, t.transpose(turned))
    expect(before(y, [a, turned])).toBe('MatMul(a, Transpose([1 0])(turned))')
    const rows = 'MatMul(Reshape([5*n 3])(a), Transpose([1 0])(turned))'
    expect(after(pass, y, [a, turned])).toBe(`Reshape([n 5 4])(${rows})`)
    const scaled = t.matMul(a, t.mul(t.transpose(turned), 2))
    expect(after(pass, scaled, [a, turned])).toMatch(/^Reshape\(\[n 5 4\]\)\(MatMul\(Reshape\(\[5\*n 3\]\)\(a\), Mul\(/)
    const left = t.input('left', 'float32', ['n', 3, 5])
    expect(after(pass, t.matMul(t.swapAxes(left, 1, 2), plain), [left, plain])).toBe(
      'Reshape([n 5 4])(MatMul(Reshape([5*n 3])(Transpose([0 2 1])(left)), plain))',
    )
  })

  test.each<[string, t.Tensor]>([
    ['a matrix as it is', t.matMul(a, plain)],
    ['one matrix, no batch', t.matMul(t.input('m', 'float32', ['n', 3]), t.transpose(turned))],
    ['a batch of known size', t.matMul(t.input('k', 'float32', [2, 5, 3]), t.transpose(turned))],
    ['a known batch of examples of any size', t.matMul(t.input('r', 'float32', [2, 'n', 3]), t.transpose(turned))],
    ['a batch of matrices', t.matMul(a, t.swapAxes(t.input('b', 'float32', ['n', 4, 3]), 1, 2))],
  ])('does not apply: %s', (_, y) => expectSame(pass, y))
})

describe('matrices of batches', () => {
  const pass = quirks.matricesOfBatches
  const batch = t.input('batch', 'float32', ['n', 4, 2])
  test('before and after', () => {
    expect(after(pass, t.matMul(plain, batch), [plain, batch])).toBe('MatMul(Expand([n 3 4])(plain), batch)')
    const one = t.input('one', 'float32', [1, 3, 4])
    expect(after(pass, t.matMul(one, batch), [one, batch])).toBe('MatMul(Expand([n 3 4])(one), batch)')
    const [two, four] = [t.input('two', 'float32', [2, 1, 3, 4]), t.input('four', 'float32', [2, 'n', 4, 2])]
    expect(after(pass, t.matMul(two, four), [two, four])).toBe('MatMul(Expand([2 n 3 4])(two), four)')
  })

  test.each<[string, t.Tensor]>([
    ['a batch on both sides', t.matMul(t.input('c', 'float32', ['n', 3, 4]), batch)],
    ['a batch of known size', t.matMul(plain, t.input('d', 'float32', [2, 4, 2]))],
    ['matrices whose sizes only a run tells', t.matMul(plain, t.input('e', 'float32', [4, 'n']))],
    ['one matrix on the right', t.matMul(a, plain)],
  ])('does not apply: %s', (_, y) => expectSame(pass, y))
})

test('in which form the gradient of a weight is computed', () => {
  const form = (shape: (number | string)[], kernel: number[], strides = kernel.map(() => 1)): unknown =>
    gradientForms.weightForm?.(t.input('x', 'float32', shape), { kernel, strides, pads: [], dilations: [], groups: 1 })
  expect(form([8, 64, 9], [1])).toBe('stackedTaps')
  expect(form([8, 64, 9], [1], [2])).toBe('patchRows')
  expect([form([8, 8, 9, 16], [3, 3]), form([8, 9, 9, 16], [3, 3])]).toEqual(['stackedTaps', 'patchRows'])
  expect([form([8, 16, 9, 'w'], [3, 3]), form([8, 17, 9, 'w'], [3, 3])]).toEqual(['stackedTaps', 'patchRows'])
  expect([form([8, 'c', 9, 16], [3, 3]), form([8, 2, 9, 16], [3, 3], [1, 2]), form([8, 2, 9, 16], [1, 3])]).toEqual([
    'patchRows',
    'patchRows',
    'stackedTaps',
  ])
  expect(gradientForms).toMatchObject({ flippedFrom: 8, inPhases: true, columns: 128 })
  expect(poolingForms).toEqual({ repeatedUpTo: 28 })
})

test('the passes of a file by name: what has no kernel, gradients, sums, guards', () => {
  expect(onnxFile.name).toBe('onnx-file')
  const own = new Set([...Object.values(quirks), signalsAsRows].flatMap((each) => ('run' in each ? [each.name] : [])))
  const names = onnxFile.passes.map(({ name }) => name)
  expect(names.filter((name) => own.has(name) || ['sums-in-stages', 'sums-as-products', 'numbers-as-rows'].includes(name))).toEqual([
    ...['float32-in-place-of-float16', 'one-hot-of-int64', 'rows-by-int64', 'where-of-booleans', 'slopes-as-hard-sigmoids'],
    ...['ones-over-as-reciprocals', 'signals-as-rows', 'sums-in-stages', 'sums-as-products', 'numbers-as-rows'],
    ...['turned-matrices-by-rows', 'matrices-of-batches', 'empty-products-as-zeros', 'empty-einsums-as-zeros', 'guarded-empty-products'],
  ])
  expect(new Set(names).size).toBeGreaterThan(20)
})
