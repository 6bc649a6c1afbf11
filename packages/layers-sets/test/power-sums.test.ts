import { evaluate, input, program, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { PowerSumPooling } from '../src/index.ts'

const x = input('x', 'float32', ['batch', 'n', 2])
const mask = input('mask', 'bool', ['batch', 'n'])
const feeds = {
  x: tensorValue('float32', [2, 3, 2], [1, 2, Number.NaN, 9, -3, 0.5, 7, 7, 7, 7, 7, 7]),
  mask: tensorValue('bool', [2, 3], [1, 0, 1, 0, 0, 0]),
}

test.each([
  [false, [-2, 2.5, 10, 4.25, -26, 8.125]],
  [true, [-1, 1.25, 5, 2.125, -13, 4.0625]],
])('power sums of the elements that exist, 0 for the empty set (normalized: %s)', (normalize, expected) => {
  const y = new PowerSumPooling({ degree: 3, normalize }).forward(x, mask)
  expect([...(evaluate(program({ inputs: { x, mask }, outputs: { y } }), feeds).y?.data ?? [])]).toEqual([...expected, 0, 0, 0, 0, 0, 0])
})

test('a degree below 1 is refused', () => {
  expect(() => new PowerSumPooling({ degree: 0 })).toThrow('PowerSumPooling: expected a degree of 1 or more, received 0.')
})
