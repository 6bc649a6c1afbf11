import { add, constant, expand, input, mul, neg, program, sizeOf, type Tensor } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { fixedTensors } from '../src/fixed.ts'

test('fixed is what reads only constants and inputs with a value, and has a known shape', () => {
  const [x, w] = [input('x', 'float32', ['n', 2]), input('w', 'float32', [2])]
  const outputs = {
    negated: neg(w),
    stretched: expand(mul(w, w), ['n', 2]),
    computed: add(x, constant([1, 2])),
    counted: sizeOf('n'),
  }
  const p = program({ inputs: [x, w], outputs })
  const result = (name: string): Tensor => p.outputs.find((output) => output.name === name)?.tensor as Tensor
  const fixed = fixedTensors(p.nodes, [w])
  expect(fixed.has(w)).toBe(true)
  expect(fixed.has(x)).toBe(false)
  expect(fixed.has(result('negated'))).toBe(true)
  expect(fixed.has(result('stretched').node.inputs[0] as Tensor)).toBe(true)
  // Known numbers, but how many there are only a run tells.
  expect(fixed.has(result('stretched'))).toBe(false)
  // A known shape, but numbers that only a run tells.
  expect(fixed.has(result('computed'))).toBe(false)
  expect(fixed.has(result('counted'))).toBe(false)
  expect([...fixedTensors(p.nodes, [])].map(({ node }) => node.operator.name)).toEqual(['Constant'])
})
