import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { after, before } from '../../tensor/test/law/pass.ts'
import { numbersAsRows } from '../src/numbers-as-rows.ts'

const weight = t.input('weight', 'float32', [5, 4, 9])
const index = t.input('index', 'int64', [3, 4])
const result = (y: t.Tensor, leaves: t.Input[] = [weight, index]): string => after(numbersAsRows, y, leaves)

test('before and after', () => {
  const y = t.gather(weight, index, 2)
  expect(before(y, [weight, index])).toBe('Gather(2)(weight, index)')
  expect(result(y)).toBe(
    'Reshape([5 4 3 4])(Transpose([1 0])(Reshape([12 20])(Gather(0)(Transpose([1 0])(Reshape([20 9])(weight)), index))))',
  )
})

const few = t.input('few', 'float32', [5, 3, 9])
const open = t.input('open', 'float32', ['n', 9])
const wide = t.input('wide', 'float32', [20, 25])
test.each<[string, t.Tensor, t.Input]>([
  ['another axis', t.gather(weight, index, 1), weight],
  ['fewer than 16 rows', t.gather(few, index, 2), few],
  ['rows that are not counted', t.gather(open, index, 1), open],
  ['less than half of a row', t.gather(wide, index, 1), wide],
])('does not apply: %s', (_, y, x) => expect(result(y, [x, index])).toBe(before(y, [x, index])))

test.each([
  { rows: [16], columns: 1, taken: [1] },
  { rows: [4, 5], columns: 7, taken: [3, 11] },
  { rows: [17], columns: 2, taken: [] },
  { rows: [31, 2], columns: 2, taken: [5] },
])('every number is that of the reference, bit for bit: %o', ({ rows, columns, taken }) => {
  const [x, at] = [t.input('x', 'float32', [...rows, columns]), t.input('at', 'int64', taken)]
  const p = t.program({ inputs: [x, at], outputs: { y: t.gather(x, at, rows.length) } })
  const rewritten = numbersAsRows.run(p, { fixed: new Set() })
  expect(rewritten).not.toBe(p)
  const count = (sizes: readonly number[]): number => sizes.reduce((n, d) => n * d, 1)
  // Counted from the end, too.
  const places = Array.from({ length: count(taken) }, (_, i) => ((i * 5) % (2 * columns)) - columns)
  const feeds = {
    x: t.tensorValue(
      'float32',
      x.shape as number[],
      Float32Array.from({ length: count(rows) * columns }, (_, i) => Math.sin(i)),
    ),
    at: t.tensorValue('int64', taken, places),
  }
  expect(t.evaluate(rewritten, feeds).y).toEqual(t.evaluate(p, feeds).y)
})
