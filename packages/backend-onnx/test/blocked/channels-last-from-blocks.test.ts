import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { after, before } from '../../../tensor/test/law/pass.ts'
import { reorderOutput } from '../../src/operators/reorder.ts'
import { channelsLastFromBlocks } from '../../src/passes/channels-last-from-blocks.ts'

const x = t.input('x', 'float32', ['n', 16, 1, 12])
const images = t.reshape(reorderOutput(x, 10, 8), ['n', 10, 3, 4])
const result = (y: t.Tensor): string => after(channelsLastFromBlocks, y, [x])

test('before and after', () => {
  const y = t.transpose(images, [0, 2, 3, 1])
  expect(before(y, [x])).toBe('Transpose([0 2 3 1])(Reshape([n 10 3 4])(BlockedReorderOutput(8, 10)(x)))')
  expect(result(y)).toBe('Reshape([n 3 4 10])(BlockedReorderOutput(8, 10, true)(x))')
  expect(result(t.transpose(reorderOutput(x, 10, 8), [0, 2, 3, 1]))).toBe('BlockedReorderOutput(8, 10, true)(x)')
})

test('what is put around is put there after', () => {
  const padded = t.transpose(t.pad(images, [0, 1, 2, 3, 0, 4, 5, 6], { value: 7 }), [0, 2, 3, 1])
  expect(result(padded)).toBe('Pad([0 2 3 1 0 5 6 4], 7)(Reshape([n 3 4 10])(BlockedReorderOutput(8, 10, true)(x)))')
})

test.each<[string, t.Tensor]>([
  ['another order', t.transpose(images, [0, 3, 2, 1])],
  ['channels taken apart', t.transpose(t.reshape(images, ['n', 5, 2, 12]), [0, 2, 3, 1])],
  ['what lies not in blocks', t.transpose(t.reshape(x, ['n', 16, 3, 4]), [0, 2, 3, 1])],
])('does not apply: %s', (_, y) => expect(result(y)).toBe(before(y, [x])))

test('changes no value', () => {
  const outputs = [t.transpose(images, [0, 2, 3, 1]), t.transpose(t.pad(images, [0, 0, 1, 1, 0, 0, 1, 0]), [0, 2, 3, 1])]
  const given = t.program({ inputs: [x], outputs: Object.fromEntries(outputs.map((y, i) => [`y${i}`, y])) })
  const made = channelsLastFromBlocks.run(given, { fixed: new Set() })
  expect(made.nodes.some(({ operator }) => operator.name === 'Transpose')).toBe(false)
  for (const n of [0, 1, 3]) {
    const data = Float64Array.from({ length: n * 192 }, (_, i) => Math.sin(i))
    const feeds = { x: t.tensorValue('float32', [n, 16, 1, 12], data) }
    expect(t.evaluate(made, feeds)).toEqual(t.evaluate(given, feeds))
  }
})
