import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { circularInputGradients } from '../../src/passes/circular-input-gradient.ts'
import { after, before, expectLaw } from '../law/pass.ts'

/** What reaches x from g through a convolution with weight w, x continued by `ahead` and `behind` elements around the circles. */
function gradient(x: t.Input, w: t.Input, sides: readonly (readonly [ahead: number, behind: number])[], options: t.ConvOptions = {}) {
  const pads = [0, 0, ...sides.map(([ahead]) => ahead), 0, 0, ...sides.map(([, behind]) => behind)]
  const y = t.conv(t.pad(x, pads, { mode: 'wrap' }), w, options)
  const g = t.input('g', 'float32', y.shape)
  return { g, dx: t.vectorJacobianProduct([{ output: y, cotangent: g }], [x])[0] as t.Tensor }
}

const [x, w] = [t.input('x', 'float32', ['n', 2, 5]), t.input('w', 'float32', [3, 2, 3])]
const window = (pads: string): string => `kernel [3], strides [1], pads [${pads}], dilations [1], groups 1, spatial`

test('before and after', () => {
  const { g, dx } = gradient(x, w, [[1, 1]])
  expect(before(dx, [x, w, g])).toBe(
    `a = ConvInputGradient(${window('0 0')} [7])(w, g); Add(Add(Slice([2], [1], [6], [1])(a), Pad([0 0 0 0 0 4], 0)(Slice([2], [6], [7], [1])(a))), Pad([0 0 4 0 0 0], 0)(Slice([2], [0], [1], [1])(a)))`,
  )
  expect(after(circularInputGradients, dx, [x, w, g])).toBe(
    `ConvInputGradient(${window('2 2')} [5])(w, Concat(2)(Slice([2], [4], [5], [1])(g), g, Slice([2], [0], [1], [1])(g)))`,
  )
})

test.each<[string, readonly [number, number], t.ConvOptions]>([
  ['fewer elements than around the circle', [1, 0], {}],
  ['more', [2, 1], {}],
  ['strides', [1, 1], { strides: 2 }],
  ['zeros beside the circle', [1, 1], { pads: 1 }],
])('does not apply: %s', (_, sides, options) => {
  const { g, dx } = gradient(x, w, [sides], options)
  expect(after(circularInputGradients, dx, [x, w, g])).toBe(before(dx, [x, w, g]))
})

test('does not apply: what is folded is read elsewhere, or folded otherwise', () => {
  const { g, dx } = gradient(x, w, [[1, 1]])
  const whole = t.topological([dx]).find(({ operator }) => operator.name === 'ConvInputGradient')?.output as t.Tensor
  expect(after(circularInputGradients, [dx, t.exp(whole)], [x, w, g])).toBe(before([dx, t.exp(whole)], [x, w, g]))
  const [first, middle, last] = [0, 1, 6].map((start) => t.slice(whole, { axis: 2, start, end: start === 1 ? 6 : start + 1 }))
  const at = (part: t.Tensor | undefined, start: number): t.Tensor => t.pad(part as t.Tensor, [0, 0, start, 0, 0, 4 - start])
  const sum = (a: t.Tensor, b: t.Tensor): t.Tensor => t.add(t.add(middle as t.Tensor, a), b)
  expect(after(circularInputGradients, sum(at(last, 0), at(first, 4)), [x, w, g])).not.toContain('Add')
  for (const other of [sum(at(first, 0), at(last, 4)), sum(at(last, 1), at(first, 4)), sum(at(last, 0), at(last, 4))])
    expect(after(circularInputGradients, other, [x, w, g])).toContain('Add')
})

const cases: readonly [string, (number | string)[], number[], [number, number][], t.ConvOptions][] = [
  ['a kernel of 5', ['n', 2, 7], [3, 2, 5], [[2, 2]], {}],
  ['continued at one side', ['n', 2, 7], [3, 2, 3], [[2, 0]], {}],
  ['at the other side', [2, 2, 7], [3, 2, 3], [[0, 2]], {}],
  ['dilations', [2, 2, 7], [3, 2, 3], [[3, 1]], { dilations: 2 }],
  ['all but one element of the circle', [1, 1, 3], [1, 1, 3], [[2, 0]], {}],
  ['two elements', [2, 1, 2], [2, 1, 2], [[0, 1]], {}],
  ['a length that is a symbol', [2, 1, 'm'], [2, 1, 3], [[1, 1]], {}],
  [
    'images',
    [2, 3, 5, 4],
    [2, 3, 3, 2],
    [
      [1, 1],
      [1, 0],
    ],
    {},
  ],
  ['groups', [2, 4, 5], [6, 2, 3], [[1, 1]], { groups: 2 }],
  ['no channels', [2, 0, 5], [3, 0, 3], [[1, 1]], {}],
]

describe('has the values of the reference', () => {
  test.each(cases)('%s', (_, shape, kernel, sides, options) => {
    const [signal, weight] = [t.input('signal', 'float32', shape), t.input('weight', 'float32', kernel)]
    const { g, dx } = gradient(signal, weight, sides, options)
    const p = t.program({ inputs: { signal, weight, g }, outputs: { dx } })
    const optimized = circularInputGradients.run(p, { fixed: new Set() })
    expect(optimized).not.toBe(p)
    expect(optimized.nodes.some(({ operator }) => operator.name === 'Add')).toBe(false)
    const sizes = new Map([
      ['n', 2],
      ['m', 5],
    ])
    const feeds = Object.fromEntries(
      p.inputs.map(({ name, tensor }, k) => {
        const numbers = tensor.shape.map((d) => t.dimensionValue(d, sizes))
        const count = numbers.reduce((n, d) => n * d, 1)
        return [
          name,
          t.tensorValue(
            'float32',
            numbers,
            Float64Array.from({ length: count }, (__, i) => Math.sin((i + 1) * (k + 1.3))),
          ),
        ]
      }),
    )
    const [expected, found] = [t.evaluate(p, feeds).dx, t.evaluate(optimized, feeds).dx]
    expect(found?.shape).toEqual(expected?.shape)
    for (const [i, value] of [...(expected?.data ?? [])].entries())
      expect(Math.abs(Number(found?.data[i]) - Number(value))).toBeLessThan(1e-12)
  })
})

test('changes no value', () => expectLaw(circularInputGradients, ['circular convolutions in a row', 'gradient'], 60, 3))
