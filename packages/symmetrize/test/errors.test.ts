import { constant, type Dimension, input, type Tensor } from '@equivar/tensor'
import { parseAction } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { symmetrize, type Tensors } from '../src/index.ts'
import { withoutSymmetry } from './networks.ts'

describe('what cannot be done is an error', () => {
  const x = input('x', 'float32', ['batch', 4, 3])
  const inputs = (text: string) => ({ actions: { inputs: { x: parseAction(text) } } })
  const call = ({ x: given }: Tensors): Tensors => ({ y: withoutSymmetry(given as Tensor) })
  const open = input('x', 'float32', ['batch', 'n', 'n' as Dimension & string])
  test.each<[string, () => unknown, string]>([
    ['no action', () => symmetrize(call, { actions: { inputs: {} } })({ x }), 'symmetrize: expected an action on an input, received none.'],
    [
      'an unknown input',
      () => symmetrize(call, { actions: { inputs: { z: parseAction('C4 on axis 1') } } })({ x }),
      'symmetrize: expected actions on inputs among x, received one on "z".',
    ],
    [
      'an unknown output',
      () => symmetrize(call, { actions: { ...inputs('C4 on axis 1').actions, outputs: { u: parseAction('C4 on axis 1') } } })({ x }),
      'symmetrize: expected actions on outputs among y, received one on "u".',
    ],
    [
      'an output that moves with nothing',
      () => symmetrize(call, { actions: { ...inputs('C4 on axis 1').actions, outputs: { y: parseAction('C2 on axis 1') } } })({ x }),
      'symmetrize: expected "y" to move with groups that act on an input, received C2 (1).',
    ],
    [
      'an axis that is not there',
      () => symmetrize(call, inputs('C4 on axis 3'))({ x }),
      'symmetrize: expected axes of "x", which has 3, received axis 3.',
    ],
    [
      'a group that is too large',
      () => symmetrize(call, { ...inputs('S4 on axis 1'), method: 'average', mostElements: 23 })({ x }),
      'symmetrize: expected at most 23 elements of S4 to average over, received 24. Use method "frames" or "sample".',
    ],
    [
      'an average of motions',
      () => symmetrize(call, { ...inputs('O(3) on axis 2'), method: 'average' })({ x }),
      'symmetrize: expected at most 1000 elements of O(3) to average over, received infinitely many. Use method "frames" or "sample".',
    ],
    [
      'frames of a group that has none',
      () => symmetrize(call, { ...inputs('C4 on axis 1'), method: 'frames' })({ x }),
      'symmetrize: expected a group with frames for method "frames"',
    ],
    [
      'rows and columns of an open size',
      () => symmetrize(({ x: given }) => ({ y: given as Tensor }), inputs('S on axes 1 2'))({ x: open }),
      'symmetrize: expected at most 1000 elements of S to average over, received a number that depends on a size that is open. It acts on two axes at once',
    ],
    [
      'two groups on one axis',
      () => symmetrize(call, inputs('C4 on axis 1 x D4 on axis 1'))({ x }),
      'symmetrize: expected one group of permutations on axis 1 of "x", received C4 and D4. Name the group that both generate.',
    ],
    [
      'examples along an axis that moves',
      () => symmetrize(call, { ...inputs('S on axis 0'), batch: 'stack' })({ x }),
      'symmetrize: expected axis 0 of "x" to count examples for batch "stack", received another one: a group acts on it',
    ],
    [
      'an output without a mean',
      () => symmetrize(() => ({ y: constant([1, 2], [2], 'int64') }), inputs('C4 on axis 1'))({ x }),
      'symmetrize: output "y": expected float numbers, which have a mean, received int64. Symmetrize the numbers before it (logits), or use a method with one copy: canonical.',
    ],
  ])('%s', (_, run, message) => expect(run).toThrow(message))
})
