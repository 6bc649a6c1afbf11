import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../../tensor/test/law/pass.ts'
import { blockedConvolutions } from '../../src/passes/blocked-convolutions.ts'
import { blockedSums } from '../../src/passes/blocked-sums.ts'

const block = 8
const x = t.input('x', 'float32', ['n', 2, 3, 4, block])
const [a, b] = [t.input('a', 'float32', [1, 2, 1, 1, block]), t.input('b', 'float32', [1, 2, 1, 1, block])]
const lanes = t.input('lanes', 'float32', [1, 1, 1, 1, block])
const [half, halfRow] = [t.input('half', 'float16', x.shape), t.input('half_row', 'float16', a.shape)]
const inputs = [x, a, b, lanes, half, halfRow]
const row = (y: t.Tensor): t.Tensor => t.tile(y, [1, 1, 1, 4, 1])
const result = (...y: t.Tensor[]): string => after(blockedSums(block), y, inputs)
const product = t.mul(x, row(a))
const sum = t.add(product, row(b))
const images = 'Reshape([n 16 1 12])'
const vector = (name: string): string => `Reshape([16])(${name})`

/** The reference of the pass: what it makes has the values of what it was given. */
function expectSame(y: t.Tensor): void {
  const program = t.program({ inputs: { x, a, b, lanes }, outputs: { y } })
  const feeds = (n: number): Record<string, t.TensorValue> =>
    Object.fromEntries(
      program.inputs.map(({ name, tensor }, k) => {
        const shape = tensor.shape.map((d) => (typeof d === 'number' ? d : n))
        return [
          name,
          t.tensorValue(
            'float32',
            shape,
            Float32Array.from({ length: t.elementCount(shape) }, (_, i) => Math.sin(3 * i + k)),
          ),
        ]
      }),
    )
  const changed = blockedSums(block).run(program, { fixed: new Set() })
  expect(changed.nodes.some(({ operator }) => operator.name === 'BlockedScaling')).toBe(true)
  for (const n of [0, 1, 3]) {
    const [found, expected] = [t.evaluate(changed, feeds(n)).y, t.evaluate(program, feeds(n)).y]
    expect(found?.shape).toEqual(expected?.shape)
    expected?.data.forEach((value, i) => {
      expect(found?.data[i]).toBeCloseTo(Number(value), 12)
    })
  }
}

describe('sums of what is scaled', () => {
  test('before and after', () => {
    expect(before(sum, inputs)).toBe('Add(Mul(x, Tile([1 1 1 4 1])(a)), Tile([1 1 1 4 1])(b))')
    const factor = `Reshape([16 1 1 1])(${vector('a')})`
    expect(result(sum)).toBe(`Reshape([n 2 3 4 8])(BlockedScaling(8, none, 16)(${images}(x), ${factor}, ${vector('b')}))`)
    expect(result(t.relu(sum))).toContain('BlockedScaling(8, Relu, 16)')
  })

  test.each<[string, t.Tensor]>([
    ['a factor and a shift', sum],
    ['without tiles', t.add(b, t.mul(a, x))],
    ['relu', t.relu(sum)],
    ['a term', t.add(t.mul(x, row(a)), t.exp(x))],
    ['two scaled tensors', t.add(t.mul(t.exp(x), row(b)), t.mul(x, row(a)))],
    ['a term, then relu', t.relu(t.add(t.exp(x), t.mul(x, row(a))))],
  ])('changes no value: %s', (_, y) => expectSame(y))

  test.each<[string, t.Tensor[]]>([
    ['a product that is read elsewhere', [sum, product]],
    ['a factor of lanes that is the same in all blocks', [t.add(t.mul(x, lanes), row(b))]],
    ['float16', [t.add(t.mul(half, halfRow), halfRow)]],
    ['a difference', [t.sub(t.mul(x, row(a)), row(b))]],
    ['one number', [t.add(t.mul(x, 2), row(b))]],
    ['a shift of lanes that is the same in all blocks', [t.add(t.mul(x, row(a)), lanes)]],
  ])('does not apply: %s', (_, y) => expect(result(...y)).toBe(before(y, inputs)))

  test('relu stays apart where the sum is read elsewhere', () => {
    const text = result(t.relu(sum), t.exp(sum))
    expect(text).toContain('Relu(')
    expect(text).toContain('BlockedScaling(8, none, 16)')
  })

  test('does not apply where the runtime has no blocks', () => expect(after(blockedSums(undefined), sum, inputs)).toBe(before(sum, inputs)))
})

describe('sums with convolutions', () => {
  const sets = t.input('sets', 'float32', ['n', 'k', block, 16, 16])
  const own = t.input('own', 'float32', [block, block, 3, 3])
  const [all, shift] = [t.input('all', 'float32', [block, block, 3, 3]), t.input('shift', 'float32', [block])]
  const given = [sets, own, all, shift]
  const flat = t.reshape(sets, [t.times(sets.size(0), sets.size(1)), block, 16, 16])
  const apart = (y: t.Tensor): t.Tensor => t.reshape(y, ['n', 'k', block, 16, 16])
  const each = t.conv(flat, own, { pads: 1, bias: shift })
  const another = t.conv(flat, all, { pads: 1 })
  const ofSum = t.conv(t.reduceSum(sets, { axis: 1 }), all, { pads: 1 })
  const target: t.Target = { name: 'sums', passes: [blockedConvolutions({ block, gain: () => Infinity }), t.simplify, blockedSums(block)] }
  const optimized = (y: t.Tensor): t.Program => t.optimize(t.program({ inputs: given, outputs: { y } }), target)
  /** How many inputs each convolution in blocks has, the activation of the one that adds, and what is left to add. */
  const found = (y: t.Tensor): { inputs: number[]; activation: unknown; sums: number } => {
    const { nodes } = optimized(y)
    const convolutions = nodes.filter(({ operator }) => operator.name === 'BlockedConv')
    return {
      inputs: convolutions.map(({ inputs: read }) => read.length).sort(),
      activation: (convolutions.find(({ inputs: read }) => read.length === 4)?.attributes as { activation?: string } | undefined)
        ?.activation,
      sums: nodes.filter(({ operator }) => operator.name === 'Add').length,
    }
  }
  /** What reads blocks again. */
  const next = (y: t.Tensor): t.Tensor => t.conv(y, own, { pads: 1 })
  const ofSets = t.add(apart(each), t.unsqueeze(ofSum, 1))

  test.each<[string, t.Tensor, number[], string]>([
    ['two of them', t.add(each, another), [3, 4], 'none'],
    ['each element and all of its set', ofSets, [3, 4], 'none'],
    ['the other way round', t.add(t.unsqueeze(ofSum, 1), apart(each)), [3, 4], 'none'],
    ['then relu', next(t.reshape(t.relu(ofSets), flat.shape)), [3, 3, 4], 'Relu'],
    ['what was not convolved', next(t.relu(t.add(each, t.mul(another, another)))), [3, 3, 4], 'Relu'],
  ])('are done by a convolution, and change no value: %s', (_, y, inputs, activation) => {
    expect(found(y)).toEqual({ inputs, activation, sums: 0 })
    for (const [n, k] of [
      [2, 3],
      [0, 2],
      [2, 0],
      [1, 1],
    ] as const) {
      const feeds = Object.fromEntries(
        given.map(({ name, shape }, i) => {
          const sizes = shape.map((d) => (typeof d === 'number' ? d : String(d) === 'n' ? n : k))
          return [
            name,
            t.tensorValue(
              'float32',
              sizes,
              Float32Array.from({ length: t.elementCount(sizes) }, (_v, at) => Math.sin(i + at)),
            ),
          ]
        }),
      )
      const program = t.program({ inputs: given, outputs: { y } })
      const [got, expected] = [t.evaluate(optimized(y), feeds).y, t.evaluate(program, feeds).y]
      expect(got?.shape).toEqual(expected?.shape)
      expected?.data.forEach((value, i) => {
        expect(got?.data[i]).toBeCloseTo(Number(value), 10)
      })
    }
  })

  test.each<[string, t.Tensor, number[]]>([
    ['a convolution that is read elsewhere', t.mul(t.add(each, t.exp(flat)), each), [3]],
    ['one row for all', t.add(each, t.slice(t.exp(flat), { axis: 2, end: 1 })), [3]],
    ['one number a channel', t.add(each, t.reshape(shift, [block, 1, 1])), [3]],
  ])('stay: %s', (_, y, inputs) => expect(found(y)).toMatchObject({ inputs, sums: 1 }))
})
