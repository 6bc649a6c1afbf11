import { add, conv, differentiate, input, matMul, program, reduceSum } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { operationsOf } from '../src/bench/floor.ts'

test('the floor counts the optimized program: equal products once, and gradients of convolutions', () => {
  const [a, b] = [input('a', 'float32', [2, 3]), input('b', 'float32', [3, 4])]
  const twice = program({ inputs: [a, b], outputs: { y: add(matMul(a, b), matMul(a, b)) } })
  expect(operationsOf(twice, new Map())).toBe(2 * 2 * 3 * 4)
  const [x, w] = [input('x', 'float32', [2, 3, 8]), input('w', 'float32', [4, 3, 1])]
  const gradient = program({ inputs: [x, w], outputs: { y: differentiate(reduceSum(conv(x, w)), w) } })
  // One product of [3, 2 x 8] and [2 x 8, 4].
  expect(operationsOf(gradient, new Map())).toBe(2 * 3 * 16 * 4)
})
