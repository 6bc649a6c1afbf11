import { onnxBackend } from '@equivar/backend-onnx'
import {
  type Action,
  cyclic,
  dihedral,
  directProduct,
  disjointUnion,
  naturalAction,
  Permutation,
  PermutationGroup,
  productAction,
  subsetAction,
  symmetric,
  trivial,
  trivialAction,
  tupleAction,
  wreathProduct,
} from '@equivar/groups'
import { initialize, type Parameter } from '@equivar/nn'
import { evaluate, input, type Program, program, Random, type TensorValue } from '@equivar/tensor'
import {
  axisSymmetry,
  derivativeError,
  equivarianceError,
  expectEquivariant,
  type LayerDescription,
  layerChecks,
  relativeError,
} from '@equivar/verify'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SharingLinear } from '../src/index.ts'

const [IN, OUT, BATCH] = [2, 3, 2]
const points = naturalAction

function layerOf(output: Action, given: Action): SharingLinear {
  return new SharingLinear({ output, input: given, inChannels: IN, outChannels: OUT, evaluation: 'structured' })
}

function programOf(layer: SharingLinear, degree: number, outer: readonly (number | string)[] = ['batch'], channels: number = IN): Program {
  const x = input('x', 'float32', [...outer, degree, channels])
  return program({ inputs: { x, weight: layer.weight, bias: layer.bias as Parameter }, outputs: { y: layer.forward(x) } })
}

/** Numbers that float32 holds exactly, so that float64 and float32 start from the same. */
function feedsOf(layer: SharingLinear, xShape: readonly number[]): Record<string, TensorValue> {
  const random = new Random({ seed: 5, stream: 'laws' })
  const value = (shape: readonly number[]): TensorValue => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  })
  return { x: value(xShape), weight: value(layer.weight.sizes), bias: value(layer.bias?.sizes ?? []) }
}

/** A group of one to seven points from one or two permutations, with two of its actions. */
const actionsArbitrary = fc
  .integer({ min: 1, max: 7 })
  .chain((degree) => {
    const all = Array.from({ length: degree }, (_, i) => i)
    const permutation = fc.shuffledSubarray(all, { minLength: degree, maxLength: degree })
    return fc.tuple(fc.array(permutation, { minLength: 1, maxLength: 2 }), fc.nat(4), fc.nat(4))
  })
  .map(([images, first, second]): [Action, Action] => {
    const degree = images[0]?.length ?? 1
    const group = new PermutationGroup(
      degree,
      images.map((list) => Permutation.fromImages(list)),
    )
    const make = (kind: number): Action => {
      if (kind === 0 && degree <= 4) return tupleAction(group, 2)
      if (kind === 1) return subsetAction(group, Math.min(2, degree))
      if (kind === 2) return disjointUnion(points(group), trivialAction(group, 2))
      if (kind === 3) return trivialAction(group, 2)
      return points(group)
    }
    return [make(first), make(second)]
  })

test('any group, any two actions: commutes with the group, and the derivative holds', () => {
  fc.assert(
    fc.property(actionsArbitrary, ([output, given]) => {
      const layer = layerOf(output, given)
      const p = programOf(layer, given.degree)
      const feeds = feedsOf(layer, [BATCH, given.degree, IN])
      expectEquivariant(p, { inputActions: { x: { 1: given } }, outputActions: { y: { 1: output } }, feeds, tolerance: 1e-12 })
      expect(derivativeError(p, { feeds, samples: 1 })).toBeLessThan(1e-8)
    }),
    { seed: 41, numRuns: 60 },
  )
})

test('a layer of a smaller group does not commute with a larger one', () => {
  const [small, large] = [points(cyclic(5)), points(symmetric(5))]
  const layer = layerOf(small, small)
  const feeds = feedsOf(layer, [BATCH, 5, IN])
  const options = { inputActions: { x: { 1: large } }, outputActions: { y: { 1: large } }, feeds }
  expect(equivarianceError(programOf(layer, 5), options)).toBeGreaterThan(0.1)
})

const cases: [string, () => [Action, Action]][] = [
  ['S5', () => [points(symmetric(5)), points(symmetric(5))]],
  ['C7', () => [points(cyclic(7)), points(cyclic(7))]],
  ['D6', () => [points(dihedral(6)), points(dihedral(6))]],
  [
    'S4 x C5',
    () => {
      const action = productAction(symmetric(4), cyclic(5))
      return [action, action]
    },
  ],
  [
    'C4 wr S3',
    () => {
      const action = points(wreathProduct(cyclic(4), symmetric(3)))
      return [action, action]
    },
  ],
  [
    'S5 on pairs',
    () => {
      const action = tupleAction(symmetric(5), 2)
      return [action, action]
    },
  ],
  [
    'pairs to points of S5',
    () => {
      const group = symmetric(5)
      return [points(group), tupleAction(group, 2)]
    },
  ],
  [
    'pairs to one invariant of S5',
    () => {
      const group = symmetric(5)
      return [trivialAction(group, 1), tupleAction(group, 2)]
    },
  ],
  [
    'S3 x S4 side by side',
    () => {
      const action = points(directProduct(symmetric(3), symmetric(4)))
      return [action, action]
    },
  ],
]

describe.each(cases)('%s on ONNX Runtime, in float32', (name, make) => {
  const [output, given] = make()
  const layer = layerOf(output, given)
  const description: LayerDescription<number> = {
    name,
    expression: () => {
      const x = input('x', 'float32', ['batch', given.degree, IN])
      return { inputs: { x }, outputs: layer.forward(x) }
    },
    feeds: (batch, random) => ({
      x: {
        dtype: 'float32',
        shape: [batch, given.degree, IN],
        data: Float32Array.from({ length: batch * given.degree * IN }, () => random.normal()),
      },
    }),
    sizes: [1, 5],
    sizesOf: { devices: [1, 5], edges: [2, 0] },
    symmetry: () => axisSymmetry({ inputs: { x: { 1: given } }, outputs: { y: { 1: output } } }),
    affine: true,
  }
  for (const { name: law, run } of layerChecks(description, [onnxBackend({ threads: 1 })])) test(law, run)

  test('gives the same with no, one or two leading axes', async () => {
    const feeds = feedsOf(layer, [6, given.degree, IN])
    const truth = evaluate(programOf(layer, given.degree), feeds).y?.data as Float64Array
    const { x, ...values } = feeds as Record<string, TensorValue> & { x: TensorValue }
    const two = await onnxBackend({ threads: 1 }).compile(programOf(layer, given.degree, ['a', 'b']))
    const outputs = await two.run({ ...values, x: { ...x, shape: [2, 3, given.degree, IN] } })
    expect(outputs.y?.shape).toEqual([2, 3, output.degree, OUT])
    expect(relativeError((await outputs.y?.data()) as Float32Array, truth, 1)).toBeLessThan(1e-5)
    await two.dispose()
    const first = { ...x, shape: [given.degree, IN], data: (x.data as Float32Array).slice(0, given.degree * IN) }
    const single = evaluate(programOf(layer, given.degree, []), { ...values, x: first }).y
    expect(single?.shape).toEqual([output.degree, OUT])
    expect(relativeError(single?.data as Float64Array, truth.slice(0, output.degree * OUT), 1)).toBeLessThan(1e-12)
  })
})

describe('unit variance in gives unit variance out, in every orbit of output points', () => {
  const group = symmetric(6)
  const both = disjointUnion(points(group), tupleAction(group, 2))
  const wide: [string, Action, Action][] = [
    ['points and pairs', both, both],
    ['pairs to points', points(group), tupleAction(group, 2)],
    ['points to pairs', tupleAction(group, 2), points(group)],
    ['pairs to three invariants', trivialAction(group, 3), tupleAction(group, 2)],
    ['three invariants to points', points(group), trivialAction(group, 3)],
    ['two orbits', points(directProduct(symmetric(9), cyclic(4))), points(directProduct(symmetric(9), cyclic(4)))],
    ['the trivial group', points(trivial(5)), points(trivial(5))],
  ]
  test.each(wide)('%s', (_, output, given) => {
    const [inChannels, outChannels, batch] = [16, 64, 64]
    const layer = new SharingLinear({ output, input: given, inChannels, outChannels })
    const p = programOf(layer, given.degree, ['batch'], inChannels)
    const random = new Random({ seed: 8, stream: 'variance' })
    const data = Float64Array.from({ length: batch * given.degree * inChannels }, () => random.normal())
    const y = evaluate(p, { ...initialize(layer, 3), x: { dtype: 'float32', shape: [batch, given.degree, inChannels], data } }).y
    for (let row = 0; row < output.degree; row++) {
      let sum = 0
      for (let b = 0; b < batch; b++)
        for (let c = 0; c < outChannels; c++) sum += (y?.data[(b * output.degree + row) * outChannels + c] as number) ** 2
      const variance = sum / (batch * outChannels)
      expect(variance, `output ${row}`).toBeGreaterThan(0.75)
      expect(variance, `output ${row}`).toBeLessThan(1.25)
    }
  })

  test('without channels or points no weight is infinite', () => {
    const set = points(group)
    const none = new SharingLinear({ output: set, input: set, inChannels: 0, outChannels: 2 })
    const nowhere = new SharingLinear({ output: set, input: trivialAction(group, 0), inChannels: 2, outChannels: 2 })
    for (const layer of [none, nowhere])
      for (const { data } of Object.values(initialize(layer, 1))) expect([...data].every(Number.isFinite)).toBe(true)
  })
})
