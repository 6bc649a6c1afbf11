import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { pointsAsRows } from '../../src/passes/points-as-rows.ts'
import { after, before, expectLaw } from '../law/pass.ts'

const x = t.input('x', 'float32', ['n', 3])
const points = t.input('points', 'int64', ['edges', 1])
const rows = t.input('rows', 'float32', ['edges', 3])
const pairs = t.input('pairs', 'int64', ['edges', 2])

test('before and after', () => {
  const y = t.gatherND(x, points)
  expect(before(y, [x, points])).toBe('GatherND(x, points)')
  expect(after(pointsAsRows, y, [x, points])).toBe('Gather(0)(x, Squeeze([1])(points))')
})

test('does not apply to points of two coordinates', () => {
  const y = t.gatherND(x, pairs)
  expect(after(pointsAsRows, y, [x, pairs])).toBe(before(y, [x, pairs]))
})

test('the gradient of a sum by index is read in rows', () => {
  const sum = t.scatterND(t.zeros([5, 3]), points, rows, { reduction: 'add' })
  const [gradient] = t.differentiate(t.reduceSum(t.mul(sum, sum)), [rows]) as [t.Tensor]
  const { nodes } = t.optimize(t.program({ inputs: [rows, points], outputs: { gradient } }))
  expect(nodes.map(({ operator }) => operator.name)).not.toContain('GatherND')
})

test('changes no value', () => expectLaw(pointsAsRows, ['gatherND']))
