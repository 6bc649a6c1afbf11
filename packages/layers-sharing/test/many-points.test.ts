import {
  type Action,
  cyclic,
  dihedral,
  disjointUnion,
  naturalAction,
  PermutationGroup,
  productAction,
  sharingRule,
  symmetric,
  trivialAction,
} from '@equivar/groups'
import { evaluate, input, program, Random, type TensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { SharingLinear } from '../src/index.ts'

/** The same group without its construction, so its structure is unknown. */
const unnamed = ({ degree, generators }: PermutationGroup): PermutationGroup => new PermutationGroup(degree, generators)
const many = 2100

const structured: [string, () => Action, RegExp][] = [
  ['S_2100 x C_3', () => productAction(symmetric(many), cyclic(3)), /^product \(own and total x /],
  ['C_3 x S_2100', () => productAction(cyclic(3), symmetric(many)), /^product \(own and total x /],
]

/** These take seconds: not where mutants are tried. */
const tabulated: typeof structured = [
  ['S_2 x D_2100 from generators', () => productAction(symmetric(2), unnamed(dihedral(many))), /^product \(own and total x dense\)$/],
  [
    'D_2100 from generators, and an invariant',
    () => {
      const group = unnamed(dihedral(many))
      return disjointUnion(naturalAction(group), trivialAction(group, 1))
    },
    /^blocks \(dense, blocks \(total\)\)$/,
  ],
]
const cases = process.env.EQUIVAR_MUTATED === undefined ? [...structured, ...tabulated] : structured

test.each(cases)('%s: a factor of more pairs than are tabulated. The layer agrees with the definition', (_, make, name) => {
  const action = make()
  const { degree } = action
  const layer = new SharingLinear({ output: action, input: action, inChannels: 1, outChannels: 1, bias: false })
  const rule = sharingRule(action, action)
  expect(layer.evaluation.name).toMatch(name)
  expect(layer.weight.sizes).toEqual([rule.count, 1, 1])
  const random = new Random({ seed: 3, stream: 'large' })
  const normal = (shape: readonly number[]): TensorValue => {
    const length = shape.reduce((n, d) => n * d, 1)
    return { dtype: 'float32', shape, data: Float64Array.from({ length }, () => random.normal()) }
  }
  const feeds = { x: normal([1, degree, 1]), weight: normal(layer.weight.sizes) }
  const x = input('x', 'float32', [1, degree, 1])
  const { y } = evaluate(program({ inputs: { x, weight: layer.weight }, outputs: { y: layer.forward(x) } }), feeds)
  for (const row of [0, 1, many, degree - 1]) {
    let sum = 0
    for (let column = 0; column < degree; column++) sum += Number(feeds.x.data[column]) * Number(feeds.weight.data[rule.label(row, column)])
    expect(y?.data[row]).toBeCloseTo(sum, 8)
  }
})
