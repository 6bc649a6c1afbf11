import { constant, evaluate, program } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { balancedWeights, crossEntropy } from '../src/index.ts'

test('rare classes weigh more: the example of scikit-learn', () => {
  // compute_class_weight(class_weight='balanced', classes=[0, 1], y=[1, 1, 1, 1, 0, 0]) is [1.5, 0.75].
  expect(balancedWeights([1, 1, 1, 1, 0, 0], 2)).toEqual([1.5, 0.75])
})

test('the weights of all examples sum to the number of examples; a class without examples has none, and unknown labels do not count', () => {
  const labels = [0, 2, 2, -1, 0, 0, 2, 2]
  const weights = balancedWeights(labels, 4)
  expect(weights[1]).toBe(0)
  expect(labels.reduce((sum, label) => sum + (weights[label] ?? 0), 0)).toBeCloseTo(7, 12)
  expect(balancedWeights([], 2)).toEqual([0, 0])
  expect(() => balancedWeights([0, 2], 2)).toThrow('balancedWeights: expected labels below 2, received 2 for example 1.')
})

test('the weighted loss is the one of as many copies of each example', () => {
  const rows = [
    [1, 0, -1],
    [0.5, 2, 0],
    [0, 0, 1],
  ]
  const loss = (x: readonly (readonly number[])[], labels: readonly number[], weight?: readonly number[]): number => {
    const [logits, target] = [constant(x.flat(), [x.length, 3]), constant([...labels], [labels.length], 'int64')]
    const outputs = { loss: crossEntropy(logits, target, weight === undefined ? {} : { weight }) }
    return evaluate(program({ inputs: {}, outputs }), {}).loss?.data[0] as number
  }
  const copies = [rows[0], rows[1], rows[1], rows[2], rows[2], rows[2]] as number[][]
  expect(loss(rows, [0, 1, 2], [1, 2, 3])).toBeCloseTo(loss(copies, [0, 1, 1, 2, 2, 2]), 12)
})
