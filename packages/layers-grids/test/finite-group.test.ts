import { onnxBackend } from '@equivar/backend-onnx'
import {
  alternating,
  cosetAction,
  cyclic,
  dihedral,
  directProduct,
  Permutation,
  PermutationGroup,
  symmetric,
  trivial,
} from '@equivar/groups'
import { SharingLinear } from '@equivar/layers-sharing'
import { initialize, parametersOf } from '@equivar/nn'
import { evaluate, input, program, type TensorValue, transpose } from '@equivar/tensor'
import { axisSymmetry, expectSpan, layerChecks, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { FiniteGroupConvolution } from '../src/index.ts'
import { described, layerProgram, normal } from './programs.ts'

const generated = (degree: number, ...cycles: string[]): PermutationGroup =>
  new PermutationGroup(
    degree,
    cycles.map((c) => Permutation.parse(degree, c)),
  )

/** A group, H, K, and the number of double cosets H \ G / K. */
const spaces: [string, PermutationGroup, PermutationGroup, PermutationGroup, number][] = [
  ['S3 on itself', symmetric(3), trivial(3), trivial(3), 6],
  ['S4 from points to points', symmetric(4), symmetric(4).stabilizer(0), symmetric(4).stabilizer(0), 2],
  ['S4 from points to pairs', symmetric(4), symmetric(4).stabilizer(0), generated(4, '(0 1)', '(2 3)'), 2],
  ['A4 from itself to C3', alternating(4), trivial(4), generated(4, '(0 1 2)'), 4],
  ['D5 from points to one', dihedral(5), dihedral(5).stabilizer(0), dihedral(5), 1],
  ['C6 from thirds to halves', cyclic(6), generated(6, '(0 2 4)(1 3 5)'), generated(6, '(0 3)(1 4)(2 5)'), 1],
  ['D4 from a side to a diagonal', dihedral(4), generated(4, '(0 1)(2 3)'), generated(4, '(0 2)'), 2],
  ['S3 x C2, from the swap to itself', directProduct(symmetric(3), cyclic(2)), generated(5, '(0 1)'), generated(5, '(3 4)'), 3],
]

describe.each(spaces)('%s', (_, group, from, to, doubleCosets) => {
  const layer = new FiniteGroupConvolution({ group, from, to, inChannels: 2, outChannels: 3 })
  const [space, result] = [cosetAction(group, from), cosetAction(group, to)]
  const shape = [2, 2, space.degree]
  const p = layerProgram(layer, ['batch', 2, space.degree])

  test('one weight per double coset spans all maps that commute with the group', () => {
    expect(layer.doubleCosets).toBe(doubleCosets)
    const single = new FiniteGroupConvolution({ group, from, to, inChannels: 1, outChannels: 1, bias: false })
    expectSpan(layerProgram(single, ['batch', 1, space.degree]), { weights: ['weight'], input: space, output: result, maps: doubleCosets })
  })

  test('agrees with the convolution of the paper: sum over h of f(h) psi(h^-1 g), with psi a function on double cosets', () => {
    const elements = [...group.elements()]
    const indexIn = (action: typeof space, g: Permutation): number => action.image(g).apply(0)
    const feeds: Record<string, TensorValue> = { ...initialize(layer, 4), x: normal(shape, 5) }
    const [x, weight, bias] = ['x', 'weight', 'bias'].map((name) => (feeds[name] as TensorValue).data) as [
      Float64Array,
      Float32Array,
      Float32Array,
    ]
    // The number of the double coset of h^-1 g, in the order in which pairs of cosets (g K, h H) first meet it, row by row.
    const numbers = new Map<string, number>()
    const doubleCoset = (element: Permutation): string =>
      [...from.elements()].flatMap((h) => [...to.elements()].map((k) => String(h.compose(element).compose(k)))).sort()[0] as string
    const representative = (action: typeof space, k: number): Permutation => elements.find((g) => indexIn(action, g) === k) as Permutation
    for (let row = 0; row < result.degree; row++)
      for (let column = 0; column < space.degree; column++) {
        const key = doubleCoset(representative(space, column).inverse().compose(representative(result, row)))
        if (!numbers.has(key)) numbers.set(key, numbers.size)
      }
    const expected: number[] = []
    for (let b = 0; b < 2; b++)
      for (let o = 0; o < 3; o++)
        for (let row = 0; row < result.degree; row++) {
          const g = representative(result, row)
          let sum = 0
          for (const h of elements)
            for (let c = 0; c < 2; c++) {
              const psi = weight[(o * 2 + c) * doubleCosets + (numbers.get(doubleCoset(h.inverse().compose(g))) as number)] as number
              sum += (x[(b * 2 + c) * space.degree + indexIn(space, h)] as number) * psi
            }
          expected.push(sum / Number(from.order()) + (bias[o] as number))
        }
    expect(relativeError(evaluate(p, feeds).y?.data as Float64Array, expected)).toBeLessThan(1e-12)
  })

  test('equals SharingLinear with the same weights', () => {
    const sharing = new SharingLinear({ output: result, input: space, inChannels: 2, outChannels: 3 })
    const x = input('x', 'float32', [2, 2, space.degree])
    const other = program({
      inputs: { x, ...Object.fromEntries(parametersOf(sharing)) },
      outputs: { y: transpose(sharing.forward(transpose(x, [0, 2, 1])), [0, 2, 1]) },
    })
    const feeds: Record<string, TensorValue> = { ...initialize(layer, 4), x: normal(shape, 5) }
    const { data } = feeds.weight as TensorValue
    const count = doubleCosets * 6
    const moved = Float64Array.from({ length: count }, (_, i) => {
      const [label, c, o] = [Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3]
      return Number(data[(o * 2 + c) * doubleCosets + label])
    })
    const weight: TensorValue = { dtype: 'float32', shape: [doubleCosets, 2, 3], data: moved }
    const bias: TensorValue = { ...(feeds.bias as TensorValue), shape: [1, 3] }
    const expected = evaluate(other, { x: feeds.x as TensorValue, weight, bias }).y?.data as Float64Array
    expect(relativeError(evaluate(p, feeds).y?.data as Float64Array, expected)).toBeLessThan(1e-12)
  })

  const description = described(['the layer', layer], {
    fixed: 3,
    sizes: [shape],
    sizesOf: { parity: [1, 5].map((batch) => [batch, 2, space.degree]) },
    symmetry: () => axisSymmetry({ inputs: { x: { 2: space } }, outputs: { y: { 2: result } } }),
    affine: true,
  })
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})

test('invalid arguments are refused', () => {
  const options = { group: alternating(4), from: trivial(4), to: trivial(4), inChannels: 2, outChannels: 1 }
  expect(() => new FiniteGroupConvolution({ ...options, from: symmetric(4) })).toThrow('cosetAction: expected a subgroup of the group')
  expect(() => new FiniteGroupConvolution(options).forward(input('x', 'float32', [1, 12, 2]))).toThrow(
    'FiniteGroupConvolution.forward: expected x of shape [batch, 2, 12] (inChannels, |G / H|), received [1, 12, 2].',
  )
  expect(() => new FiniteGroupConvolution({ ...options, outChannels: 1.5 })).toThrow(
    'expected outChannels to be an integer of at least 0, received 1.5.',
  )
})
