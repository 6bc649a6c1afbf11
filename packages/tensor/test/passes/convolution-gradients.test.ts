import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before, expectLaw } from '../law/pass.ts'
import { shown } from '../shown.ts'

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

test('a transposed convolution takes pads and what strides leave over, if sizes are known', () => {
  const [s, v] = [t.input('s', 'float32', [1, 2, 6]), t.input('v', 'float32', [3, 2, 3])]
  const gradient = (options: t.ConvOptions, signal = s): string => {
    const y = t.conv(signal, v, options)
    const c = t.input('c', 'float32', y.shape)
    return after(simple, t.vectorJacobianProduct([{ output: y, cotangent: c }], [signal])[0] as t.Tensor, [signal, v, c])
  }
  const of = (strides: number, pads: string, left: number): string =>
    `ConvTranspose(kernel [3], strides [${strides}], pads [${pads}], dilations [1], groups 1, outputPadding [${left}])(c, v)`
  expect(gradient({ pads: 1 })).toBe(of(1, '1 1', 0))
  expect(gradient({ pads: [2, 1] })).toBe(of(1, '2 1', 0))
  expect(gradient({ strides: 2 })).toBe(of(2, '0 0', 1))
  expect(gradient({ strides: 3 })).toBe(of(3, '0 0', 0))
  expect(gradient({ strides: 4 })).toBe(of(4, '0 0', 3))
  expect(gradient({ strides: 2, pads: 1 }, t.input('s', 'float32', [1, 2, 'n']))).toMatch(/^Slice\(\[2\], \[1\], .*pads \[0 0\]/)
})

test('output padding beyond the stride, as dilations allow it, is cut off again', () => {
  const [s, v] = [t.input('s', 'float32', [1, 2, 4]), t.input('v', 'float32', [2, 1, 2])]
  const y = t.convTranspose(s, v, { dilations: 3, outputPadding: 2 })
  const c = t.input('c', 'float32', y.shape)
  const value = t.reduceSum(t.mul(y, c))
  const p = t.program({ inputs: [s, v, c], outputs: { value, gradient: t.differentiate(value, s) } })
  const numbers = (shape: readonly number[], f: (i: number) => number): t.TensorValue =>
    t.tensorValue(
      'float32',
      shape,
      Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => f(i)),
    )
  const feeds = { v: numbers([2, 1, 2], (i) => i + 1), c: numbers(y.shape as number[], (i) => i * i) }
  // The value is linear in the signal: its slopes are the values at the unit signals.
  const slopes = Array.from({ length: 8 }, (_, at) => {
    const { value: slope } = t.evaluate(p, { ...feeds, s: numbers([1, 2, 4], (i) => Number(i === at)) })
    return slope?.data[0]
  })
  const { gradient } = t.evaluate(p, { ...feeds, s: numbers([1, 2, 4], () => 0) })
  expect(gradient?.shape).toEqual([1, 2, 4])
  expect([...(gradient?.data ?? [])]).toEqual(slopes)
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

const forms: readonly t.WeightGradientForm[] = ['flatTaps', 'stackedTaps', 'patchRows']
const written = (form: t.WeightGradientForm, columns = 128): t.ConvolutionGradientForms => ({ columns, weightForm: () => form })

test('the gradient of a weight, in the form that the target names', () => {
  const inForm = (form: t.WeightGradientForm, columns?: number): string => after(t.convolutionGradients(written(form, columns)), dw, inputs)
  expect(inForm('flatTaps')).toBe(after(simple, dw, inputs))
  const taps = (at: string): string => `Unsqueeze([2])(Slice([2], ${at}, [1])(x))`
  expect(inForm('stackedTaps')).toContain(
    `ReduceSum([0], false)(MatMul(Reshape([n 4 4])(Concat(2)(${taps('[0], [4]')}, ${taps('[1], [5]')})), Transpose([0 2 1])(g)))`,
  )
  expect(inForm('patchRows')).toMatch(/MatMul\(Reshape\(\[3 4\*n\]\)\(Transpose\(\[1 0 2\]\)\(g\)\), Reshape\(\[4\*n 4\]\)\(Gather\(1\)/)
  expect(inForm('patchRows').match(/MatMul/g)).toHaveLength(1)
  expect(inForm('patchRows', 2).match(/MatMul/g)).toHaveLength(2)
})

test('examples with many windows for each channel of the output are multiplied apart', () => {
  const [long, lg] = [t.input('long', 'float32', ['n', 2, 13]), t.input('lg', 'float32', ['n', 3, 12])]
  const gradient = t.vectorJacobianProduct([{ output: t.conv(long, w), cotangent: lg }], [w])[0] as t.Tensor
  const result = after(t.convolutionGradients(written('patchRows')), gradient, [long, w, lg])
  expect(result).toMatch(/ReduceSum\(\[0\], false\)\(MatMul\(lg, Reshape\(\[n 12 4\]\)\(Gather\(1\)/)
})

test('a single example needs no sum over examples', () => {
  const [one, og] = [t.input('one', 'float32', [1, 2, 5]), t.input('og', 'float32', [1, 3, 4])]
  const gradient = t.vectorJacobianProduct([{ output: t.conv(one, w), cotangent: og }], [w])[0] as t.Tensor
  expect(after(t.convolutionGradients(written('stackedTaps')), gradient, [one, w, og])).not.toContain('ReduceSum')
})

/** Sizes of a convolution: [batch, channels, outputs, kernel, size...] and its window. */
const shapes: readonly [name: string, batch: number, channels: number, outputs: number, size: number[], kernel: number[], t.ConvOptions][] =
  [
    ['an image', 2, 3, 5, [5, 7], [3, 2], { pads: [1, 0, 2, 1] }],
    ['strides and dilations', 3, 2, 4, [11, 7], [3, 2], { strides: [2, 3], dilations: [2, 3], pads: 1 }],
    ['groups', 2, 6, 4, [6], [3], { groups: 2 }],
    ['a single position', 1, 2, 3, [3, 3], [3, 3], {}],
    ['a kernel of one position', 2, 3, 4, [2, 3], [1, 1], {}],
    ['pads wider than the kernel', 1, 1, 2, [2], [2], { pads: 3 }],
    ['volumes', 2, 1, 2, [3, 4, 5], [2, 1, 3], { pads: 1 }],
    ['no examples', 0, 2, 3, [5], [3], {}],
    ['no examples, many windows', 0, 2, 1, [5], [2], {}],
    ['no channels', 2, 0, 3, [5], [3], {}],
  ]

describe.each(forms)('%s has the values of the reference', (form) => {
  const feed = (shape: readonly number[], seed: number): t.TensorValue =>
    t.tensorValue(
      'float32',
      shape,
      Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin((i + 1) * seed)),
    )

  test.each(shapes)('%s', (_, batch, channels, outputs, size, kernel, window) => {
    const symbols = size.map((d, i) => (i === 0 ? 'length' : d))
    for (const spatial of [size, symbols]) {
      const signal = t.input('signal', 'float32', [spatial === size ? batch : 'batch', channels, ...spatial])
      const weight = t.input('weight', 'float32', [outputs, channels / (window.groups ?? 1), ...kernel])
      const y = t.conv(signal, weight, window)
      const cotangent = t.input('cotangent', 'float32', y.shape)
      const gradient = t.vectorJacobianProduct([{ output: y, cotangent }], [weight])[0] as t.Tensor
      const p = t.program({ inputs: { signal, cotangent }, outputs: { gradient } })
      const feeds = { signal: feed([batch, channels, ...size], 1.3), cotangent: feed(shapeOf(y, batch, size[0] as number), 0.7) }
      const expected = t.evaluate(p, feeds).gradient?.data as Float64Array
      for (const columns of [1, 4, 128]) {
        const pass = t.convolutionGradients({ ...written(form, columns), inPhases: columns === 4 })
        const optimized = t.optimize(p, { name: form, passes: [pass, ...t.afterGradients] })
        expect(shown(optimized)).not.toContain('ConvWeightGradient')
        expectClose(t.evaluate(optimized, feeds).gradient?.data as Float64Array, expected)
      }
    }
  })
})

const shapeOf = (y: t.Tensor, batch: number, length: number): number[] =>
  y.shape.map((d) =>
    t.dimensionValue(
      d,
      new Map([
        ['batch', batch],
        ['length', length],
      ]),
    ),
  )

function expectClose(found: Float64Array, expected: Float64Array): void {
  expect(found.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(Math.abs((found[i] as number) - value)).toBeLessThan(1e-12)
}

test.each<t.ConvolutionGradientForms>([
  { columns: 128 },
  { columns: 1, flippedFrom: 1 },
  { columns: 128, flippedFrom: 4, inPhases: true },
  written('stackedTaps'),
  written('patchRows'),
  { ...written('stackedTaps', 1), inPhases: true },
])('changes no value: %o', (given) =>
  expectLaw(t.convolutionGradients(given), ['gradients of a convolution', 'averagePool', 'gradient'], 12),
)
