import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../../tensor/test/law/pass.ts'
import { blockedScalings } from '../../src/passes/blocked-scaling.ts'

const block = 8
const x = t.input('x', 'float32', ['n', 2, 3, 4, block])
const [a, b] = [t.input('a', 'float32', [1, 2, 1, 1, block]), t.input('b', 'float32', [1, 2, 1, 1, block])]
const lanes = t.input('lanes', 'float32', [1, 1, 1, 1, block])
const inputs = [x, a, b, lanes]
const row = (y: t.Tensor): t.Tensor => t.tile(y, [1, 1, 1, 4, 1])
const result = (...y: t.Tensor[]): string => after(blockedScalings(block), y, inputs)
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
  const changed = blockedScalings(block).run(program, { fixed: new Set() })
  expect(changed.nodes.some(({ operator }) => operator.name === 'BlockedScaling')).toBe(true)
  for (const n of [0, 1, 3]) {
    const [found, expected] = [t.evaluate(changed, feeds(n)).y, t.evaluate(program, feeds(n)).y]
    expect(found?.shape).toEqual(expected?.shape)
    expected?.data.forEach((value, i) => {
      expect(found?.data[i]).toBeCloseTo(Number(value), 12)
    })
  }
}

describe('blocked scalings', () => {
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
    ['a difference', [t.sub(t.mul(x, row(a)), row(b))]],
    ['one number', [t.add(t.mul(x, 2), row(b))]],
    ['a shift of lanes that is the same in all blocks', [t.add(t.mul(x, row(a)), lanes)]],
  ])('does not apply: %s', (_, y) => expect(result(...y)).toBe(before(y, inputs)))

  test('relu stays apart where the sum is read elsewhere', () => {
    const text = result(t.relu(sum), t.exp(sum))
    expect(text).toContain('Relu(')
    expect(text).toContain('BlockedScaling(8, none, 16)')
  })

  test('does not apply where the runtime has no blocks', () =>
    expect(after(blockedScalings(undefined), sum, inputs)).toBe(before(sum, inputs)))
})
