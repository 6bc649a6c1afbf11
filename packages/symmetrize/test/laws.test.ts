import { onnxBackend } from '@equivar/backend-onnx'
import { elementCount, evaluate, type Input, input, type Program, program, Random, squeeze, type Tensor, unsqueeze } from '@equivar/tensor'
import { actionSymmetry, parseAction, relativeError, runToHost, symmetryError, type TensorAction, type Values } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { type BatchMode, type Call, type Method, symmetrize, type Tensors } from '../src/index.ts'
import { likeItsInput, ofRows, ofSet, withoutSymmetry } from './networks.ts'

interface Case {
  readonly name: string
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly actions: Readonly<Record<string, string>>
  readonly outputs?: Readonly<Record<string, string>>
  readonly call: Call
  readonly method?: Method
  readonly batch?: BatchMode
}

const invariant = ({ x }: Tensors): Tensors => ({ y: withoutSymmetry(x as Tensor) })
const equivariant = ({ x }: Tensors): Tensors => ({ y: likeItsInput(x as Tensor) })
/** The whole input is one example. */
const asOne = ({ x }: Tensors): Tensors => ({ y: squeeze(likeItsInput(unsqueeze(x as Tensor, 0)), 0) })
const both = ({ x, v }: Tensors): Tensors => ({
  y: likeItsInput(x as Tensor),
  u: likeItsInput(v as Tensor),
  energy: withoutSymmetry(x as Tensor, 1),
})

/** Inputs, actions and models for each kind of group and method. */
const cases: readonly Case[] = [
  { name: 'C5, invariant', inputs: { x: ['batch', 5, 2] }, actions: { x: 'C5 on axis 1' }, call: invariant },
  {
    name: 'C5, equivariant',
    inputs: { x: ['batch', 5, 2] },
    actions: { x: 'C5 on axis 1' },
    outputs: { y: 'C5 on axis -2' },
    call: equivariant,
  },
  { name: 'turns of a plane', inputs: { x: ['batch', 2, 4, 4] }, actions: { x: 'C4 on axes 2 3' }, call: invariant },
  { name: 'p4m', inputs: { x: ['batch', 1, 5, 5] }, actions: { x: 'D4 on axes 2 3' }, outputs: { y: 'D4 on axes 2 3' }, call: equivariant },
  {
    name: 'a group on channels and a plane at once',
    inputs: { x: ['batch', 4, 3, 3] },
    actions: { x: 'C4[g] on axis 1 x C4[g] on axes 2 3' },
    outputs: { y: 'C4[g] on axis 1 x C4[g] on axes 2 3' },
    call: equivariant,
  },
  {
    name: 'shifts',
    inputs: { x: ['batch', 3, 4] },
    actions: { x: 'shifts on axes 1 2' },
    outputs: { y: 'shifts on axes 1 2' },
    call: equivariant,
  },
  {
    name: 'shifts and turns',
    inputs: { x: ['batch', 3, 3] },
    actions: { x: 'shifts on axes 1 2 x D4 on axes 1 2' },
    outputs: { y: 'shifts on axes 1 2 x D4 on axes 1 2' },
    call: equivariant,
  },
  { name: 'a product of groups', inputs: { x: ['batch', 3, 4] }, actions: { x: 'C3 on axis 1 x C4 on axis 2' }, call: invariant },
  {
    name: 'one batch of a fixed size',
    inputs: { x: [1, 4, 2] },
    actions: { x: 'C4 on axis 1' },
    outputs: { y: 'C4 on axis 1' },
    call: equivariant,
  },
  { name: 'no batch', inputs: { x: [4, 2] }, actions: { x: 'C4 on axis 0' }, outputs: { y: 'C4 on axis 0' }, call: asOne },
  { name: 'S4, by average', inputs: { x: ['batch', 4, 2] }, actions: { x: 'S4 on axis 1' }, method: 'average', call: invariant },
  {
    name: 'S on rows and columns, by average',
    inputs: { x: ['batch', 3, 3] },
    actions: { x: 'S on axes 1 2' },
    outputs: { y: 'S on axes 1 2' },
    call: equivariant,
  },
  { name: 'sets, invariant', inputs: { x: ['batch', 8, 3] }, actions: { x: 'S on axis 1' }, call: ({ x }) => ({ y: ofSet(x as Tensor) }) },
  {
    name: 'sets, equivariant',
    inputs: { x: ['batch', 8, 3] },
    actions: { x: 'S8 on axis 1' },
    outputs: { y: 'S8 on axis 1' },
    call: ({ x }) => ({ y: ofRows(x as Tensor) }),
  },
  { name: 'sets without a batch', inputs: { x: [6, 2] }, actions: { x: 'S on axis 0' }, outputs: { y: 'S on axis 0' }, call: asOne },
  ...(['O', 'SO'] as const).flatMap((kind): Case[] => [
    { name: `${kind}(3), invariant`, inputs: { x: ['batch', 5, 3] }, actions: { x: `${kind}(3) on axis 2` }, call: invariant },
    {
      name: `${kind}(2), equivariant`,
      inputs: { x: ['batch', 4, 2] },
      actions: { x: `${kind}(2) on axis 2` },
      outputs: { y: `${kind}(2) on axis 2` },
      call: equivariant,
    },
    {
      name: `${kind}(3), one frame`,
      inputs: { x: ['batch', 5, 3] },
      actions: { x: `${kind}(3) on axis 2` },
      outputs: { y: `${kind}(3) on axis 2` },
      method: 'canonical',
      call: equivariant,
    },
  ]),
  { name: 'O(1)', inputs: { x: ['batch', 4, 1] }, actions: { x: 'O(1) on axis 2' }, outputs: { y: 'O(1) on axis 2' }, call: equivariant },
  { name: 'O(4)', inputs: { x: ['batch', 6, 4] }, actions: { x: 'O(4) on axis 2' }, call: invariant },
  {
    name: 'O(3) on matrices',
    inputs: { x: ['batch', 3, 3] },
    actions: { x: 'O(3) on axes 1 2' },
    outputs: { y: 'O(3) on axes 1 2' },
    call: equivariant,
  },
  ...(['E', 'SE'] as const).map((kind) => ({
    name: `${kind}(3) on points, vectors and an energy`,
    inputs: { x: ['batch', 5, 3], v: ['batch', 5, 3] },
    actions: { x: `${kind}(3) on axes 1 2`, v: `${kind === 'E' ? 'O' : 'SO'}(3) on axis 2` },
    outputs: { y: `${kind}(3) on axes 1 2`, u: `${kind === 'E' ? 'O' : 'SO'}(3) on axis 2` },
    call: both,
  })),
  {
    name: 'points without a batch',
    inputs: { x: [5, 3] },
    actions: { x: 'E(3) on axes 0 1' },
    outputs: { y: 'E(3) on axes 0 1' },
    call: asOne,
  },
  {
    name: 'S_n x E(3)',
    inputs: { x: ['batch', 5, 3] },
    actions: { x: 'S5 on axis 1 x E(3) on axes 1 2' },
    outputs: { y: 'S5 on axis 1 x E(3) on axes 1 2' },
    call: equivariant,
  },
]

const words = (named: Readonly<Record<string, string>>): Record<string, TensorAction> =>
  Object.fromEntries(Object.entries(named).map(([name, text]) => [name, parseAction(text)]))

const claimsOf = ({ actions, outputs = {} }: Case): { inputs: Record<string, TensorAction>; outputs: Record<string, TensorAction> } => ({
  inputs: words(actions),
  outputs: words(outputs),
})

/** A model of the table with the symmetry. */
const symmetrized =
  (described: Case) =>
  (call: Call): Call =>
    symmetrize(call, {
      actions: claimsOf(described),
      ...(described.method === undefined ? {} : { method: described.method }),
      ...(described.batch === undefined ? {} : { batch: described.batch }),
    })

/** Random float64 numbers for inputs; batches of 3. */
function feedsOf({ inputs }: Case): Values {
  const random = new Random({ seed: 3 })
  return Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => {
      const sizes = shape.map((d) => (typeof d === 'number' ? d : 3))
      const data = Float64Array.from({ length: elementCount(sizes) }, () => random.normal())
      return [name, { dtype: 'float32', shape: sizes, data }]
    }),
  )
}

const inputsOf = ({ inputs }: Case): Record<string, Input> =>
  Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, input(name, 'float32', shape)]))

const programOf = (described: Case, call: Call): Program => {
  const inputs = inputsOf(described)
  return program({ inputs, outputs: call(inputs) })
}

describe.each(cases)('$name', (described) => {
  const feeds = feedsOf(described)
  const once = symmetrized(described)(described.call)
  const [plain, symmetric] = [programOf(described, described.call), programOf(described, once)]
  const elements = actionSymmetry(claimsOf(described)).elements(feeds, new Random({ seed: 5 }))

  test('the model has the symmetry, and had not before, in float64', async () => {
    expect(await symmetryError(async (values) => evaluate(plain, values), elements, feeds)).toBeGreaterThan(1e-3)
    expect(await symmetryError(async (values) => evaluate(symmetric, values), elements, feeds)).toBeLessThan(1e-9)
  })

  test('and on ONNX Runtime in float32', async () => {
    const executable = await onnxBackend({ threads: 1 }).compile(symmetric)
    const run = (values: Values): Promise<Values> => runToHost(executable, values)
    expect(await symmetryError(run, elements, feeds)).toBeLessThan(1e-5)
    await executable.dispose()
  })

  test('what is symmetric already stays', () => {
    const twice = evaluate(programOf(described, symmetrized(described)(once)), feeds)
    for (const [name, { data }] of Object.entries(evaluate(symmetric, feeds))) {
      const other = twice[name]?.data ?? []
      expect(relativeError(data as Float64Array, other as Float64Array)).toBeLessThan(1e-9)
    }
  })
})
