import * as t from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import { circularGradients } from '../../src/passes/circular-gradients.ts'
import { simplify } from '../../src/passes/optimize.ts'
import { after, before } from '../law/pass.ts'
import { shown } from '../shown.ts'

/** The gradient that reaches the signal of a convolution around the circle, along all spatial axes. */
function circular(
  shape: readonly t.DimensionLike[],
  weight: readonly number[],
  sides: readonly number[],
  options: t.ConvOptions = {},
): t.Program {
  const [x, w] = [t.input('x', 'float32', shape), t.input('w', 'float32', weight)]
  const half = sides.length / 2
  const wrapped = t.pad(x, [0, 0, ...sides.slice(0, half), 0, 0, ...sides.slice(half)], { mode: 'wrap' })
  const y = t.conv(wrapped, w, options)
  const g = t.input('g', 'float32', y.shape)
  const [dx] = t.vectorJacobianProduct([{ output: y, cotangent: g }], [x])
  return simplify.run(t.program({ inputs: [x, w, g], outputs: { dx: dx as t.Tensor } }), { fixed: new Set() })
}

const run = (p: t.Program): t.Program => circularGradients.run(p, { fixed: new Set() })

test('before and after', () => {
  const p = circular(['n', 2, 7], [3, 2, 3], [1, 1])
  expect(shown(p)).toContain('Pad')
  expect(shown(run(p))).toBe(
    'ConvInputGradient(kernel [3], strides [1], pads [2 2], dilations [1], groups 1, spatial [7])' +
      '(w, Concat(2)(Slice([2], [6], [7], [1])(g), g, Slice([2], [0], [1], [1])(g)))',
  )
})

const cases: Record<string, t.Program> = {
  'both sides': circular([2, 2, 7], [3, 2, 3], [1, 1]),
  'more on one side': circular([2, 2, 7], [3, 2, 5], [1, 3]),
  'one side': circular([2, 2, 7], [3, 2, 3], [2, 0]),
  'the other side': circular([2, 2, 7], [3, 2, 3], [0, 2]),
  dilated: circular([1, 2, 7], [3, 2, 3], [2, 2], { dilations: 2 }),
  groups: circular([1, 4, 5], [6, 2, 3], [1, 1], { groups: 2 }),
  'as far around as the signal is long': circular([1, 1, 2], [1, 1, 5], [2, 2]),
  'a torus': circular([2, 1, 5, 4], [2, 1, 3, 3], [1, 1, 1, 1]),
  'no example': circular([0, 1, 5], [2, 1, 3], [1, 1]),
  'a symbol': circular(['n', 1, 5], [2, 1, 3], [1, 1]),
}

describe('changes no value', () => {
  test.each(Object.entries(cases))('%s', (_, p) => {
    const optimized = run(p)
    expect(shown(optimized)).not.toContain('Pad')
    const random = new Random({ seed: 1, stream: 'circles' })
    const feeds = Object.fromEntries(
      p.inputs.map(({ name, tensor }) => {
        const shape = tensor.shape.map((d) => (typeof d === 'number' ? d : 3))
        return [
          name,
          t.tensorValue(
            'float32',
            shape,
            Float64Array.from({ length: t.elementCount(shape) }, () => random.normal()),
          ),
        ]
      }),
    )
    const [expected, got] = [t.evaluate(p, feeds).dx, t.evaluate(optimized, feeds).dx]
    expect(got?.shape).toEqual(expected?.shape)
    expected?.data.forEach((value, i) => {
      expect(got?.data[i]).toBeCloseTo(value, 12)
    })
  })
})

test.each([
  ['windows that are shorter than the continued ends', circular([1, 1, 7], [1, 1, 2], [1, 1])],
  ['strides', circular([1, 1, 7], [1, 1, 3], [1, 1], { strides: 2 })],
  ['a padded convolution', circular([1, 1, 7], [1, 1, 3], [1, 1], { pads: 1 })],
  ['a length that is not known', circular([1, 1, 'n'], [1, 1, 3], [1, 1])],
])('does not apply: %s', (_, p) => {
  expect(run(p)).toBe(p)
})

test('does not apply: other sums of pieces', () => {
  const [w, g] = [t.input('w', 'float32', [1, 1, 3]), t.input('g', 'float32', [1, 1, 5])]
  const x = t.input('x', 'float32', [1, 1, 7])
  const [dx] = t.vectorJacobianProduct([{ output: t.conv(x, w), cotangent: g }], [x]) as [t.Tensor]
  const piece = (start: number, end: number): t.Tensor => t.slice(dx, { axis: 2, start, end })
  const middle = piece(1, 6)
  const at = (one: t.Tensor, zeros: number): t.Tensor => t.pad(one, [0, 0, zeros, 0, 0, 4 - zeros])
  for (const sum of [
    t.add(t.add(middle, at(piece(0, 1), 4)), at(piece(6, 7), 1)),
    t.add(t.add(middle, at(piece(0, 1), 0)), at(piece(6, 7), 0)),
    t.add(middle, at(piece(0, 1), 4)),
    t.add(t.add(middle, at(piece(0, 1), 4)), at(piece(0, 1), 4)),
  ])
    expect(after(circularGradients, sum, [w, g])).toBe(before(sum, [w, g]))
})
