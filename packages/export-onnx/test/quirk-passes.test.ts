import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../tensor/test/law/pass.ts'
import { signalsAsRows } from '../src/convolution-quirks.ts'
import * as quirks from '../src/quirks.ts'

const [x, y] = [t.input('x', 'float32', ['n', 3]), t.input('y', 'float32', [3, 0])]

describe('slopes as hard sigmoids', () => {
  const pass = quirks.slopesAsHardSigmoids
  test('before and after', () => {
    expect(before(t.step(x), [x])).toBe('Relu(Sign(x))')
    expect(after(pass, t.step(x), [x])).toBe('HardSigmoid(3e+38, 0)(x)')
  })
  test('does not apply: float16, which does not hold the slope; relu of something else', () => {
    const half = t.step(t.cast(x, 'float16'))
    expect(after(pass, half, [x])).toBe(before(half, [x]))
    expect(after(pass, t.relu(x), [x])).toBe('Relu(x)')
  })
})

describe('ones over x as reciprocals', () => {
  const pass = quirks.onesOverAsReciprocals
  const [one, z] = [t.constant(new Float32Array([1]), [1, 1]), t.input('z', 'float32', ['k'])]
  test('before and after', () => {
    expect(before(t.div(one, z), [z])).toBe('Div([1] of [1, 1], z)')
    expect(after(pass, t.div(one, z), [z])).toBe('Reciprocal(Reshape([1 k])(z))')
  })
  test.each([
    t.div(t.constant(new Float32Array([2]), [1, 1]), z),
    t.div(1, z),
    t.div(z, one),
    t.div(t.constant(new Float32Array([1, 1]), [2, 1]), z),
  ])('does not apply: another number, no axes that x lacks, x over one, more than one', (quotient) => {
    expect(after(pass, quotient, [z])).toBe(before(quotient, [z]))
  })
})

describe('empty products and Einsums as zeros', () => {
  test('before and after', () => {
    expect(after(quirks.emptyProductsAsZeros, t.matMul(y, t.transpose(y)), [y])).toBe('Expand([3 3])(0)')
  })
  test('Einsums too', () => {
    expect(after(quirks.emptyEinsumsAsZeros, t.einsum('ij,kj->ik', y, y), [y])).toBe('Expand([3 3])(0)')
    const open = t.einsum('ij,kj->ik', x, x)
    expect(after(quirks.emptyEinsumsAsZeros, open, [x])).toBe(before(open, [x]))
  })
  test('does not apply: sizes that are not known to be 0', () => {
    const product = t.matMul(x, t.transpose(x))
    expect(after(quirks.emptyProductsAsZeros, product, [x])).toBe(before(product, [x]))
  })
})

describe('guarded empty products', () => {
  const pass = quirks.guardedEmptyProducts
  const [a, b] = [t.input('a', 'float32', [2, 'k', 3]), t.input('b', 'float32', [2, 'k', 4])]
  const product = t.matMul(t.swapAxes(a, 1, 2), b)
  test('before and after', () => {
    expect(before(product, [a, b])).toBe('MatMul(Transpose([0 2 1])(a), b)')
    expect(after(pass, product, [a, b])).toBe('Where(Greater(Dimension(k)(), int64 0), MatMul(Transpose([0 2 1])(a), b), 0)')
  })
  test('once is enough', () => {
    const p = pass.run(t.program({ inputs: [a, b], outputs: { product } }), { fixed: new Set() })
    expect(pass.run(p, { fixed: new Set() })).toBe(p)
  })
  test.each<[string, t.Tensor]>([
    ['no batch', t.matMul(t.transpose(x), x)],
    ['no transpose', t.matMul(a, t.input('c', 'float32', [2, 3, 'k']))],
    ['a known size', t.matMul(t.swapAxes(t.input('d', 'float32', [2, 3, 3]), 1, 2), t.input('e', 'float32', [2, 3, 3]))],
    ['a result that is empty then, too', t.matMul(t.swapAxes(a, 1, 2), t.input('f', 'float32', [2, 'k', 'k']))],
  ])('does not apply: %s', (_, z) => {
    const inputs = t.topological([z]).flatMap(({ output }) => (output instanceof t.Input ? [output] : []))
    expect(after(pass, z, inputs)).toBe(before(z, inputs))
  })
})

describe('signals as rows', () => {
  const pass = signalsAsRows
  const [signal, w] = [t.input('signal', 'float32', ['n', 2, 9]), t.input('w', 'float32', [3, 2, 5])]
  const y = t.conv(signal, w, { pads: [2, 1], strides: 2 })
  test('before and after, for a kernel that is fixed', () => {
    expect(before(y, [signal, w])).toBe('Conv(kernel [5], strides [2], pads [2 1], dilations [1], groups 1)(signal, w)')
    expect(after(pass, y, [signal, w], [w])).toBe(
      'Squeeze([2])(Conv(kernel [1 5], strides [1 2], pads [0 2 0 1], dilations [1 1], groups 1)(Unsqueeze([2])(signal), Unsqueeze([2])(w)))',
    )
  })
  test('with a bias, which stays as it is', () => {
    const b = t.input('b', 'float32', [3])
    expect(after(pass, t.conv(signal, w, { bias: b, dilations: 2 }), [signal, w, b], [w])).toBe(
      'Squeeze([2])(Conv(kernel [1 5], strides [1 1], pads [0 0 0 0], dilations [1 2], groups 1)(Unsqueeze([2])(signal), Unsqueeze([2])(w), b))',
    )
  })
  test('applies to few channels, and to blocks of 16', () => {
    const applies = (channels: number): boolean => {
      const [many, v] = [t.input('many', 'float32', [1, channels, 9]), t.input('v', 'float32', [2, channels, 5])]
      return after(pass, t.conv(many, v), [many, v], [v]).startsWith('Squeeze')
    }
    expect([1, 15, 16, 17, 24, 31, 32, 48].filter(applies)).toEqual([1, 15, 16, 32, 48])
  })
  test('does not apply: a kernel that is fed; images; groups; channels that make no blocks', () => {
    const [image, v] = [t.input('image', 'float32', [1, 2, 3, 3]), t.input('v', 'float32', [2, 2, 1, 1])]
    expect(after(pass, y, [signal, w])).toBe(before(y, [signal, w]))
    expect(after(pass, t.conv(image, v), [image, v], [v])).toBe(before(t.conv(image, v), [image, v]))
    const [wide, u] = [t.input('wide', 'float32', [1, 20, 9]), t.input('u', 'float32', [2, 20, 5])]
    expect(after(pass, t.conv(wide, u), [wide, u], [u])).toBe(before(t.conv(wide, u), [wide, u]))
    const grouped = t.conv(signal, t.slice(w, { axis: 1, end: 1 }, { axis: 0, end: 2 }), { groups: 2 })
    expect(after(pass, grouped, [signal, w], [w])).toBe(before(grouped, [signal, w]))
  })
})

describe('float32 in place of float16', () => {
  const pass = quirks.float32InPlaceOfFloat16
  const half = t.input('half', 'float16', [2, 2])
  const at = t.input('at', 'int64', [2, 1])
  test('before and after', () => {
    expect(after(pass, t.isInf(half), [half])).toBe('IsInf(Cast(float32)(half))')
    expect(after(pass, t.mul(half, t.eyeLike(2, 2, { dtype: 'float16' })), [half])).toBe(
      'Mul(half, Cast(float16)(EyeLike(2, 2, 0, float32)()))',
    )
    expect(after(pass, t.scatterND(half, at, half, { reduction: 'add' }), [half, at])).toBe(
      'Cast(float16)(ScatterND(add)(Cast(float32)(half), at, Cast(float32)(half)))',
    )
  })
  test('does not apply: rows that replace others; float32', () => {
    const replaced = t.scatterND(half, at, half)
    expect(after(pass, replaced, [half, at])).toBe(before(replaced, [half, at]))
    expect(after(pass, t.isInf(x), [x])).toBe('IsInf(x)')
    // ONNX Runtime has it for float16.
    expect(after(pass, t.oneHot(at, 3, { dtype: 'float16' }), [at])).toBe('OneHot(3, 2, float16)(at)')
  })
})

describe('types of indices and choices', () => {
  const [narrow, c] = [t.input('narrow', 'int32', ['n', 1]), t.input('c', 'bool', ['n', 3])]
  test('before and after', () => {
    const hot = t.oneHot(narrow, 2, { dtype: 'bool' })
    expect(after(quirks.oneHotOfInt64, hot, [narrow])).toBe('Cast(bool)(OneHot(2, 2, float32)(Cast(int64)(narrow)))')
    const single = t.input('single', 'int64', [])
    expect(after(quirks.oneHotOfInt64, t.oneHot(single, 2), [single])).toBe('Squeeze([0])(OneHot(2, 1, float32)(Unsqueeze([0])(single)))')
    expect(after(quirks.rowsByInt64, t.gatherND(x, narrow), [x, narrow])).toBe('GatherND(x, Cast(int64)(narrow))')
    expect(after(quirks.rowsByInt64, t.scatterND(x, narrow, x), [x, narrow])).toBe('ScatterND(none)(x, Cast(int64)(narrow), x)')
    expect(after(quirks.whereOfBooleans, t.where(c, c, t.not(c)), [c])).toBe('Or(And(c, c), And(Not(c), Not(c)))')
  })
  test('does not apply: int64; choices of numbers', () => {
    const wide = t.input('wide', 'int64', ['n', 1])
    expect(after(quirks.oneHotOfInt64, t.oneHot(wide, 2), [wide])).toBe('OneHot(2, 2, float32)(wide)')
    expect(after(quirks.rowsByInt64, t.gatherND(x, wide), [x, wide])).toBe('GatherND(x, wide)')
    expect(after(quirks.whereOfBooleans, t.where(c, x, 0), [c, x])).toBe('Where(c, x, 0)')
  })
})
