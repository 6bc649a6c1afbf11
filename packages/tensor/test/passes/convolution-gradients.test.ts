import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { after, before, expectLaw } from '../law/pass.ts'

const [x, w, g] = [t.input('x', 'float32', ['n', 2, 5]), t.input('w', 'float32', [3, 2, 2]), t.input('g', 'float32', ['n', 3, 4])]
const window = 'kernel [2], strides [1], pads [0 0], dilations [1], groups 1'
const [dx, dw] = t.vectorJacobianProduct([{ output: t.conv(x, w), cotangent: g }], [x, w]) as [t.Tensor, t.Tensor]
const inputs = [x, w, g]
const simple = t.convolutionGradients({ columns: 128 })

test('before and after', () => {
  expect(before(dx, inputs)).toBe(`ConvInputGradient(${window}, spatial [5])(w, g)`)
  expect(after(simple, dx, inputs)).toBe(`ConvTranspose(${window}, outputPadding [0])(g, w)`)
  expect(before(dw, inputs)).toBe(`ConvWeightGradient(${window})(x, g)`)
  expect(after(simple, dw, inputs)).toMatch(/^a = Reshape.*MatMul\(Concat\(0\)\(Slice/)
})

test('a flipped kernel from as many channels as the target says', () => {
  const complement = window.replace('pads [0 0]', 'pads [1 1]')
  const flipped = `Conv(${complement})(g, Transpose([1 0 2])(Slice([2], [0], [2], [-1])(w)))`
  expect(after(t.convolutionGradients({ columns: 128, flippedFrom: 2 }), dx, inputs)).toBe(flipped)
  expect(after(t.convolutionGradients({ columns: 128, flippedFrom: 3 }), dx, inputs)).toContain('ConvTranspose')
})

test('strided ones in phases, if the target likes that', () => {
  const [s, v] = [t.input('s', 'float32', [1, 2, 7]), t.input('v', 'float32', [3, 2, 3])]
  const gradients = t.differentiate(t.reduceSum(t.conv(s, v, { strides: 2 })), [s, v])
  const phased = after(t.convolutionGradients({ columns: 128, inPhases: true, flippedFrom: 1 }), gradients, [s, v])
  expect(phased).not.toMatch(/strides \[2\]/)
  expect(after(simple, gradients, [s, v])).toContain('ConvTranspose(kernel [3], strides [2]')
})

test.each(['convolution', 'pooling'])('does not apply: no gradient of a %s', (name) => {
  const y = name === 'pooling' ? t.averagePool(x, { kernel: 2 }) : t.conv(x, w)
  expect(after(simple, y, inputs)).toBe(before(y, inputs))
})

test.each<t.ConvolutionGradientForms>([{ columns: 128 }, { columns: 1, flippedFrom: 1 }, { columns: 128, flippedFrom: 4, inPhases: true }])(
  'changes no value: %o',
  (forms) => expectLaw(t.convolutionGradients(forms), ['gradients of a convolution', 'averagePool', 'gradient'], 12),
)
