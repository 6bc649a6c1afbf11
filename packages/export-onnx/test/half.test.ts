import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { shown } from '../../tensor/test/shown.ts'
import { inHalf } from '../src/half.ts'

const [x, w] = [t.input('x', 'float32', ['n', 2]), t.input('w', 'float32', [2, 2])]
const [at, half] = [t.input('at', 'int64', ['n']), t.input('half', 'float16', [2])]
const [k, s, r] = [t.input('k', 'int64', []), t.input('s', 'float32', ['n', 2]), t.input('r', 'float32', ['n', 2])]
const body = t.program({ inputs: [k, s, r], outputs: { next: t.add(s, t.mul(r, t.cast(k, 'float32'))) } })
const [last] = t.repeat(body, { count: 3, states: [x], captured: [x] }) as [t.Tensor]

describe('a Program in float16: inside, and outside as well', () => {
  test.each<[string, t.Input[], t.Tensor, [string, string]]>([
    ['operators', [x], t.relu(t.add(x, x)), ['a = Cast(float16)(x); Cast(float32)(Relu(Add(a, a)))', 'Relu(Add(x, x))']],
    [
      'constants of float32, in its range',
      [x],
      t.add(x, t.constant([1, 1e6, -1e6, Infinity, -Infinity], [5, 1, 1])),
      [
        'Cast(float32)(Add(Cast(float16)(x), float16 [1 65504 -65504 Infinity -Infinity] of [5, 1, 1]))',
        'Add(x, float16 [1 65504 -65504 Infinity -Infinity] of [5, 1, 1])',
      ],
    ],
    ['constants of int64', [at], t.add(at, t.constant([1e6], [1], 'int64')), ['Add(at, int64 [1000000])', 'Add(at, int64 [1000000])']],
    ['casts to float32', [at], t.cast(at, 'float32'), ['Cast(float32)(Cast(float16)(at))', 'Cast(float16)(at)']],
    ['casts to other types', [x], t.cast(x, 'int64'), ['Cast(int64)(Cast(float16)(x))', 'Cast(int64)(x)']],
    [
      'ones on a diagonal',
      [x],
      t.matMul(x, t.eyeLike(2, 2, { k: 1 })),
      ['Cast(float32)(MatMul(Cast(float16)(x), EyeLike(2, 2, 1, float16)()))', 'MatMul(x, EyeLike(2, 2, 1, float16)())'],
    ],
    [
      'those of int64',
      [at],
      t.mul(t.eyeLike(2, 2, { dtype: 'int64' }), 3),
      ['Mul(EyeLike(2, 2, 0, int64)(), int64 3)', 'Mul(EyeLike(2, 2, 0, int64)(), int64 3)'],
    ],
    ['ones at indices', [at], t.oneHot(at, 3), ['Cast(float32)(OneHot(3, 1, float16)(at))', 'OneHot(3, 1, float16)(at)']],
    ['those of int64 at indices', [at], t.oneHot(at, 3, { dtype: 'int64' }), ['OneHot(3, 1, int64)(at)', 'OneHot(3, 1, int64)(at)']],
    ['what is float16 already', [half], t.neg(half), ['Neg(half)', 'Neg(half)']],
  ])('%s', (_, inputs, y, expected) => {
    const halved = (outside: boolean): string => shown(inHalf(t.program({ inputs, outputs: { y } }), {}, outside).program)
    expect([halved(false), halved(true)]).toEqual(expected)
  })

  test('loops: the body, its inputs and its results', () => {
    const { program } = inHalf(t.program({ inputs: [x], outputs: { last } }), {}, false)
    expect(shown(program)).toContain('{ Add(s, Mul(r, Cast(float16)(k))) }')
    const [loop] = program.nodes.flatMap((node) => (t.isNode(node, 'Loop') ? [node] : []))
    const { inputs = [], outputs = [] } = loop?.attributes.body ?? {}
    expect([...inputs, ...outputs].map(({ name, tensor }) => `${name} ${tensor.dtype}`)).toEqual([
      'k int64',
      's float16',
      'r float16',
      'next float16',
    ])
    expect(program.outputs.map(({ tensor }) => tensor.dtype)).toEqual(['float32'])
  })
})

describe('inputs and values', () => {
  const given = t.program({
    inputs: [x, w, at, half],
    outputs: { y: t.matMul(x, w), z: t.add(at, 1), h: t.neg(half) },
    metadata: { task: 'a' },
  })
  const values = {
    w: t.tensorValue('float32', [2, 2], [1, -65504, Infinity, 0.5]),
    at: t.tensorValue('int64', [1], [70_000]),
  }
  test('those of float32 that are stored are halves, others stay what they are', () => {
    const { program, values: stored } = inHalf(given, values, false)
    expect(program.inputs.map(({ name, tensor }) => [name, tensor.dtype, tensor.shape.join(' ')])).toEqual([
      ['x', 'float32', 'n 2'],
      ['w', 'float16', '2 2'],
      ['at', 'int64', 'n'],
      ['half', 'float16', '2'],
    ])
    expect(stored).toEqual({
      w: { dtype: 'float16', shape: [2, 2], data: Uint16Array.of(0x3c00, 0xfbff, 0x7c00, 0x3800) },
      at: values.at,
    })
    expect([program.metadata, program.outputs.map(({ name }) => name)]).toEqual([{ task: 'a' }, ['y', 'z', 'h']])
    expect(inHalf(given, {}, true).program.inputs.map(({ tensor }) => tensor.dtype)).toEqual(['float16', 'float16', 'int64', 'float16'])
  })

  test('an input goes on binding its size', () => {
    const count = t.input('count', 'int64', [], { binds: 'm' })
    const { program } = inHalf(t.program({ inputs: [count], outputs: { y: t.range('m') } }), {}, false)
    expect(program.inputs.map(({ tensor }) => tensor.binds)).toEqual(['m'])
  })

  test('the largest number of float16 is within its range, the next one is not', () => {
    const read = (...numbers: number[]): unknown => inHalf(given, { w: t.tensorValue('float32', [2, 2], numbers) }, false)
    expect(() => read(65504, 0, 0, 0)).not.toThrow()
    expect(() => read(0, 0, 65505, 0)).toThrow(
      new RangeError(
        'exportOnnx: expected values of "w" within +-65504, the range of float16, received 65505 at position 2. Export it in float32.',
      ),
    )
    expect(() => read(-65505, 0, 0, 0)).toThrow('received -65505 at position 0.')
  })
})
