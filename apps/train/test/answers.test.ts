import { tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { answersOf } from '../src/answers.ts'
import { choice, classes, type Goal, nodes, numbers } from '../src/goals.ts'

const cases: [string, Goal, number, ReturnType<typeof tensorValue>][] = [
  ['classes', classes, 4, tensorValue('int64', [3], [1, 0, 3])],
  ['a choice', choice, 5, tensorValue('int64', [3], [4, 0, 2])],
  ['numbers', numbers([2, 0.5]), 2, tensorValue('float32', [3, 2], [1, 2, 3, -4, 5, 6])],
]
test.each(cases)('%s: each answer alone has its share of the loss of all', (_, goal, width, target) => {
  const output = Float64Array.from({ length: 3 * width }, (_, i) => 3 * Math.sin(2.3 * i + 1))
  const answers = answersOf(goal, { output, width, target, indices: [7, 8, 5] })
  expect(answers.map(({ example }) => example)).toEqual([7, 8, 5])
  const all = goal.judge(output, width, target)
  expect(answers.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(all.loss, 5)
  const row = Array.from(output.subarray(width, 2 * width))
  expect(answers[1]?.predicted).toEqual(goal.output === 'y' ? row : [row.indexOf(Math.max(...row))])
  expect(answers[1]?.truth).toEqual(goal.output === 'y' ? [3, -4] : [0])
})

test('an example without a target has no answer, nor have rows that are no examples', () => {
  const target = tensorValue('int64', [2], [-1, 1])
  expect(answersOf(nodes, { output: [1, 2, 3, 4], width: 2, target, indices: [0, 1] }).map(({ example }) => example)).toEqual([1])
  expect(answersOf(nodes, { output: [1, 2, 3, 4], width: 2, target, indices: [0] })).toEqual([])
})
