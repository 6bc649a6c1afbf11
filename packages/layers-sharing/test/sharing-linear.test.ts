import { onnxBackend } from '@equivar/backend-onnx'
import {
  type Action,
  affineGeneral,
  alternating,
  burnsideCount,
  cosetAction,
  cyclic,
  dihedral,
  directProduct,
  disjointUnion,
  hyperoctahedral,
  naturalAction,
  Permutation,
  PermutationGroup,
  productAction,
  projectiveSpecialLinear,
  regularAction,
  sharingScheme,
  subsetAction,
  symmetric,
  translations,
  trivial,
  trivialAction,
  tupleAction,
  wreathProduct,
} from '@equivar/groups'
import { initialize } from '@equivar/nn'
import {
  differentiate,
  evaluate,
  input,
  mul,
  type Outputs,
  program,
  Random,
  type ReferenceValue,
  reduceSum,
  type TensorValue,
} from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { chooseEvaluation, type EvaluationChoice, SharingLinear } from '../src/index.ts'

const random = new Random({ seed: 12 })
const normal = (length: number): Float64Array => Float64Array.from({ length }, () => random.normal())
const [IN, OUT, BATCH] = [2, 3, 2]

function layerOf(output: Action, given: Action, evaluation: EvaluationChoice = 'automatic'): SharingLinear {
  return new SharingLinear({ output, input: given, inChannels: IN, outChannels: OUT, evaluation })
}

/** Evaluates the layer in float64, with the weights and biases in `values`. */
function run(layer: SharingLinear, columns: number, x: Float64Array, values: Record<string, TensorValue>): Float64Array {
  const leaf = input('x', 'float32', ['batch', columns, IN])
  const p = program({ inputs: { x: leaf, weight: layer.weight, bias: layer.bias as never }, outputs: { y: layer.forward(leaf) } })
  return evaluate(p, { ...values, x: { dtype: 'float32', shape: [BATCH, columns, IN], data: x } }).y?.data as Float64Array
}

function valuesOf(layer: SharingLinear): Record<string, TensorValue> {
  const value = (shape: readonly number[]): TensorValue => ({ dtype: 'float32', shape, data: normal(shape.reduce((n, d) => n * d, 1)) })
  return { weight: value(layer.weight.sizes), bias: value(layer.bias?.sizes ?? []) }
}

/** The definition y_o = b + sum over i of x_i W_label(o, i), with the labels of sharingScheme. */
function definition(output: Action, given: Action, x: Float64Array, { weight, bias }: Record<string, TensorValue>): number[] {
  const { rows, columns, labels } = sharingScheme(output, given)
  const points = sharingScheme(output, trivialAction(output.group, 1)).labels
  const y: number[] = []
  for (let b = 0; b < BATCH; b++) {
    for (let o = 0; o < rows; o++) {
      for (let k = 0; k < OUT; k++) {
        let sum = Number(bias?.data[(points[o] as number) * OUT + k])
        for (let i = 0; i < columns; i++) {
          for (let c = 0; c < IN; c++)
            sum +=
              (x[(b * columns + i) * IN + c] as number) * Number(weight?.data[((labels[o * columns + i] as number) * IN + c) * OUT + k])
        }
        y.push(sum)
      }
    }
  }
  return y
}

/** Permutes the points of [batch, points, channels]: row i becomes row g(i). */
function moved(x: Float64Array, { images }: Permutation, channels: number): Float64Array {
  const n = images.length
  const y = new Float64Array(x.length)
  for (let b = 0; b < BATCH; b++)
    for (let i = 0; i < n; i++)
      for (let c = 0; c < channels; c++) y[(b * n + (images[i] as number)) * channels + c] = x[(b * n + i) * channels + c] as number
  return y
}

const points = naturalAction
const square = (action: Action): [Action, Action] => [action, action]
const blocksOf = (inner: PermutationGroup, outer: PermutationGroup): [Action, Action] => square(points(wreathProduct(inner, outer)))
const [five, six] = [symmetric(5), symmetric(6)]
const signed = hyperoctahedral(3)

/** Actions of all kinds, with the name of the expected evaluation. */
const cases: [string, () => [Action, Action], RegExp][] = [
  ['S5', () => square(points(five)), /^own and total$/],
  ['A5', () => square(points(alternating(5))), /^own and total|dense$/],
  ['S1', () => square(points(symmetric(1))), /./],
  ['the trivial group', () => square(points(trivial(4))), /dense|orbit sums|blocks/],
  ['C7', () => square(points(cyclic(7))), /./],
  [
    'C7 with its points in another order',
    () => square(points(new PermutationGroup(7, [Permutation.fromCycles(7, [[0, 3, 1, 5, 2, 6, 4]])]))),
    /./,
  ],
  ['D6', () => square(points(dihedral(6))), /./],
  ['shifts of a 3 x 4 torus', () => square(points(translations(3, 4))), /./],
  ['S4 x C3 on pairs', () => square(productAction(symmetric(4), cyclic(3))), /^(product|dense)/],
  ['C3 x S4 on pairs', () => square(productAction(cyclic(3), symmetric(4))), /^(product|dense)/],
  ['S3 x S4 on pairs', () => square(productAction(symmetric(3), symmetric(4))), /^product/],
  ['S3 x S4 side by side', () => square(points(directProduct(symmetric(3), symmetric(4)))), /^blocks/],
  ['S3 wr S4', () => blocksOf(symmetric(3), symmetric(4)), /^wreath/],
  ['C4 wr S3', () => blocksOf(cyclic(4), symmetric(3)), /^(wreath|dense)/],
  ['S3 wr C4', () => blocksOf(symmetric(3), cyclic(4)), /^(wreath|dense)/],
  ['S2 wr S2 wr S2', () => blocksOf(wreathProduct(symmetric(2), symmetric(2)), symmetric(2)), /./],
  ['an intransitive group in blocks', () => blocksOf(directProduct(symmetric(2), trivial(1)), symmetric(3)), /./],
  ['S5 on pairs', () => square(tupleAction(five, 2)), /^tuples$/],
  ['S3 on pairs, with fewer points than entries', () => square(tupleAction(symmetric(3), 2)), /./],
  ['S2 on pairs', () => square(tupleAction(symmetric(2), 2)), /./],
  ['S1 on pairs', () => square(tupleAction(symmetric(1), 2)), /./],
  ['points to pairs of S6', () => [tupleAction(six, 2), points(six)], /^tuples$/],
  ['pairs to points of S6', () => [points(six), tupleAction(six, 2)], /^tuples$/],
  ['triples to points of S5', () => [points(five), tupleAction(five, 3)], /^tuples$/],
  ['pairs to triples of S4', () => [tupleAction(symmetric(4), 3), tupleAction(symmetric(4), 2)], /./],
  ['pairs to one invariant of S5', () => [trivialAction(five, 1), tupleAction(five, 2)], /./],
  ['points to three invariants', () => [trivialAction(five, 3), points(five)], /./],
  ['three invariants to points', () => [points(five), trivialAction(five, 3)], /./],
  ['subsets of S6', () => square(subsetAction(six, 2)), /./],
  ['subsets to points of S6', () => [points(six), subsetAction(six, 2)], /./],
  ['points and pairs of S4', () => square(disjointUnion(points(symmetric(4)), tupleAction(symmetric(4), 2))), /^blocks/],
  ['D4 on itself', () => square(regularAction(dihedral(4))), /./],
  ['cosets', () => [cosetAction(five, five.stabilizer(0)), points(five)], /./],
  ['signed permutations', () => square(points(signed)), /./],
  ['AGL(1, 7)', () => square(points(affineGeneral(1, 7))), /^orbit sums|dense$/],
  ['PSL(2, 5) on its 6 points and S6 on pairs', () => square(points(projectiveSpecialLinear(2, 5))), /./],
  [
    'a group from generators: blocks of 3',
    () => {
      const { degree, generators } = wreathProduct(symmetric(3), symmetric(5))
      return square(points(new PermutationGroup(degree, generators)))
    },
    /^(orbit sums|dense)$/,
  ],
  [
    'a group from generators: a product',
    () => {
      const { degree, generators } = productAction(symmetric(4), symmetric(5))
      return square(points(new PermutationGroup(degree, generators)))
    },
    /^(product|orbit sums)/,
  ],
]

const extremes: readonly EvaluationChoice[] = ['automatic', 'structured', 'dense', 'orbitSums']

/** All choices of an evaluation that fit. */
function choicesOf(output: Action, given: Action): EvaluationChoice[] {
  const { candidates } = chooseEvaluation(output, given, { inChannels: IN, outChannels: OUT })
  return [...extremes, ...candidates.map(({ name }) => name)]
}

/** The actions of a case, and a layer for each choice of an evaluation. */
function layersOf(make: () => readonly [Action, Action]) {
  const [output, given] = make()
  const choices = choicesOf(output, given)
  const layers = choices.map((choice) => layerOf(output, given, choice))
  return { output, given, choices, layers, values: valuesOf(layers[0] as SharingLinear), x: normal(BATCH * given.degree * IN) }
}

describe.each(cases)('%s', (_, make, expected) => {
  let known: ReturnType<typeof layersOf> | undefined
  const made = (): ReturnType<typeof layersOf> => {
    known ??= layersOf(make)
    return known
  }

  test('every evaluation agrees with the definition', () => {
    const { output, given, choices, layers, values, x } = made()
    const truth = definition(output, given, x, values)
    for (const [i, layer] of layers.entries())
      expect(
        relativeError(run(layer, given.degree, x, values), truth, { minimumScale: 1 }),
        `${choices[i]}: ${layer.evaluation.name}`,
      ).toBeLessThan(1e-12)
  })

  test('commutes with every generator', () => {
    const { output, given, layers, values, x } = made()
    const layer = layers[1] as SharingLinear
    const y = run(layer, given.degree, x, values)
    output.generators.forEach((g, k) => {
      const after = run(layer, given.degree, moved(x, given.generators[k] as Permutation, IN), values)
      expect(relativeError(after, moved(y, g, OUT), { minimumScale: 1 }), `generator ${k}`).toBeLessThan(1e-12)
    })
  })

  test('has one weight per orbit, and the expected evaluation', () => {
    const { output, given, layers } = made()
    const layer = layers[0] as SharingLinear
    expect(BigInt(layer.weight.sizes[0] as number)).toBe(burnsideCount(output, given))
    expect(BigInt(layer.bias?.sizes[0] as number)).toBe(burnsideCount(output, trivialAction(output.group, 1)))
    const structured = layers[1] as SharingLinear
    expect(structured.evaluation.name).toMatch(expected)
    expect(structured.evaluation.reason).not.toBe('')
  })
})

/** A random group on at most 8 points, acting on points, pairs, cosets or a disjoint union. */
function randomActions(seed: number): [Action, Action] {
  const r = new Random({ seed, stream: 'actions' })
  const degree = 2 + r.integer(6)
  const generators = Array.from({ length: 1 + r.integer(2) }, () => Permutation.fromImages(r.permutation(degree)))
  const group = new PermutationGroup(degree, generators)
  const action = (): Action => {
    const kind = r.integer(5)
    if (kind === 0 && degree <= 4) return tupleAction(group, 2)
    if (kind === 1) return subsetAction(group, Math.min(2, degree))
    if (kind === 2) return disjointUnion(points(group), trivialAction(group, 1 + r.integer(2)))
    if (kind === 3 && group.order() <= 24n) return cosetAction(group, group.stabilizer(r.integer(degree)))
    return points(group)
  }
  const first = action()
  return r.integer(2) === 0 ? [first, first] : [first, action()]
}

test('200 random actions: every evaluation agrees with the definition to 1e-12', () => {
  const used = new Set<string>()
  for (let seed = 0; seed < 200; seed++) {
    const [output, given] = randomActions(seed)
    const x = normal(BATCH * given.degree * IN)
    const layers = choicesOf(output, given).map((choice) => layerOf(output, given, choice))
    const values = valuesOf(layers[0] as SharingLinear)
    const truth = definition(output, given, x, values)
    for (const layer of layers) {
      used.add(layer.evaluation.name)
      expect(
        relativeError(run(layer, given.degree, x, values), truth, { minimumScale: 1 }),
        `seed ${seed}: ${layer.evaluation.name}`,
      ).toBeLessThan(1e-12)
    }
  }
  expect(used.size).toBeGreaterThan(4)
})

test('huge structures are not tabulated', () => {
  const set = points(symmetric(100_000))
  const layer = new SharingLinear({ output: set, input: set, inChannels: 1, outChannels: 1 })
  expect([layer.weight.sizes, layer.evaluation.name]).toEqual([[2, 1, 1], 'own and total'])
  const many = points(wreathProduct(symmetric(5), symmetric(2000)))
  expect(layerOf(many, many, 'structured').evaluation.name).toBe('wreath (own and total in own and total)')
  const sequences = productAction(symmetric(50), cyclic(300))
  expect(layerOf(sequences, sequences).weight.sizes[0]).toBe(600)
})

describe('the cheapest evaluation is chosen', () => {
  const wide = (action: Action): string =>
    new SharingLinear({ output: action, input: action, inChannels: 32, outChannels: 32 }).evaluation.name
  test.each([
    ['S100', () => points(symmetric(100)), 'own and total'],
    [
      '2-transitive, from generators',
      () => {
        const { degree, generators } = affineGeneral(2, 5)
        return points(new PermutationGroup(degree, generators))
      },
      'orbit sums',
    ],
    ['S20 x C16', () => productAction(symmetric(20), cyclic(16)), /^product \(own and total x (convolution|dense)\)$/],
    ['S12 on pairs', () => tupleAction(symmetric(12), 2), 'tuples'],
    ['S8 wr S8', () => points(wreathProduct(symmetric(8), symmetric(8))), 'wreath (own and total in own and total)'],
    [
      'S8 wr S8 from generators',
      () => {
        const { degree, generators } = wreathProduct(symmetric(8), symmetric(8))
        return points(new PermutationGroup(degree, generators))
      },
      'orbit sums',
    ],
  ] as const)('%s', (_, make, name) => {
    expect(wide(make())).toMatch(name)
  })
})

test('pairs of S12: small sums are added first, so few tensors are as large as the output, and no large tensors are concatenated', () => {
  const pairs = tupleAction(symmetric(12), 2)
  const layer = new SharingLinear({ output: pairs, input: pairs, inChannels: 2, outChannels: 3, evaluation: 'tuples' })
  const x = input('x', 'float32', [1, 144, 2])
  const p = program({ inputs: { x, weight: layer.weight, bias: layer.bias as never }, outputs: { y: layer.forward(x) } })
  const sizes = (name: string): number[] =>
    p.nodes
      .filter(({ operator }) => operator.name === name)
      .map(({ outputs: [y] }) => (y?.shape ?? []).reduce<number>((size, d) => size * (d as number), 1))
  // The tensor and its transpose, the row and column sums, the diagonal, and the bias of each orbit of pairs.
  expect(sizes('Add').filter((size) => size === 144 * 3).length).toBeLessThanOrEqual(5)
  expect(sizes('Mul').filter((size) => size === 144 * 3).length).toBe(0)
  expect(sizes('Where').filter((size) => size === 144 * 3).length).toBeLessThanOrEqual(1)
  expect(Math.max(...sizes('Concat'))).toBeLessThan(144)
})

test('initialization preserves unit variance', () => {
  for (const [output, given] of [square(points(symmetric(30))), square(tupleAction(symmetric(8), 2)), square(points(cyclic(16)))]) {
    const [inChannels, outChannels] = [16, 16]
    const layer = new SharingLinear({ output, input: given, inChannels, outChannels })
    const x = input('x', 'float32', [8, given.degree, inChannels])
    const p = program({ inputs: { x, weight: layer.weight, bias: layer.bias as never }, outputs: { y: layer.forward(x) } })
    const y = evaluate(p, {
      ...initialize(layer, 1),
      x: { dtype: 'float32', shape: [8, given.degree, inChannels], data: normal(8 * given.degree * inChannels) },
    }).y
    const variance = (y?.data.reduce((sum, v) => sum + v * v, 0) ?? 0) / (y?.data.length ?? 1)
    expect(variance).toBeGreaterThan(0.7)
    expect(variance).toBeLessThan(1.4)
  }
})

test.each(cases.filter(([name]) => /S5$|C7$|C3 on pairs|wr S4|S5 on pairs|points and pairs/.test(name)))(
  '%s: the derivative is correct, and ONNX Runtime agrees at another batch size',
  async (_, make) => {
    const [output, given] = make()
    const layer = layerOf(output, given, 'structured')
    const x = input('x', 'float32', ['batch', given.degree, IN])
    const y = layer.forward(x)
    const cotangent = input('cotangent', 'float32', y.shape)
    const leaves = { x, weight: layer.weight, bias: layer.bias as never }
    const loss = reduceSum(mul(y, cotangent))
    const names = ['x', 'weight', 'bias'] as const
    const gradients = differentiate(loss, [x, layer.weight, layer.bias as never])
    const p = program({
      inputs: { ...leaves, cotangent },
      outputs: { y, loss, ...Object.fromEntries(names.map((name, i) => [`gradient ${name}`, gradients[i] as typeof y])) },
    })
    const value = (shape: number[]): TensorValue => ({
      dtype: 'float32',
      shape,
      data: Float32Array.from(normal(shape.reduce((n, d) => n * d, 1))),
    })
    const values = valuesOf(layer)
    const single = Object.fromEntries(
      Object.entries(values).map(([name, { dtype, shape, data }]) => [
        name,
        { dtype, shape, data: Float32Array.from(data as Float64Array) },
      ]),
    )
    const feeds: Record<string, TensorValue> = { ...single, x: value([3, given.degree, IN]), cotangent: value([3, output.degree, OUT]) }
    const expected: Record<string, ReferenceValue> = evaluate(p, feeds)
    const executable = await onnxBackend({ threads: 1 }).compile(p)
    const outputs: Outputs = await executable.run(feeds)
    for (const [name, { data }] of Object.entries(expected)) {
      const numbers = (await outputs[name]?.data()) as Float32Array
      const scale = data.reduce((top, v) => Math.max(top, Math.abs(v)), 1)
      data.forEach((v, i) => {
        expect(Math.abs((numbers[i] as number) - v), name).toBeLessThan(1e-5 * scale)
      })
    }
    await executable.dispose()
    const step = 1e-6
    for (const name of names) {
      const direction = normal((feeds[name] as TensorValue).data.length)
      const at = (sign: number): number => {
        const given_ = feeds[name] as TensorValue
        const data = Float64Array.from(given_.data as Float32Array, (v, i) => v + sign * step * (direction[i] as number))
        return evaluate(p, { ...feeds, [name]: { ...given_, data } }).loss?.data[0] as number
      }
      const slope = (at(1) - at(-1)) / (2 * step)
      const own = (expected[`gradient ${name}`]?.data ?? new Float64Array()).reduce((sum, v, i) => sum + v * (direction[i] as number), 0)
      expect(Math.abs(slope - own), name).toBeLessThan(1e-5 * Math.max(1, Math.abs(own)))
    }
  },
)

test('works with any number of leading axes, without channels, and without points', () => {
  const set = points(symmetric(4))
  const layer = layerOf(set, set)
  expect(layer.forward(input('x', 'float32', [4, IN])).shape).toEqual([4, OUT])
  expect(layer.forward(input('x', 'float32', ['a', 'b', 4, IN])).shape.map(String)).toEqual(['a', 'b', '4', '3'])
  const none = new SharingLinear({ output: set, input: set, inChannels: 0, outChannels: 2 })
  expect(none.forward(input('x', 'float32', ['b', 4, 0])).shape.map(String)).toEqual(['b', '4', '2'])
  const empty = points(trivial(0))
  expect(layerOf(empty, empty).evaluation.name).toBe('empty')
  expect(
    layerOf(empty, empty)
      .forward(input('x', 'float32', ['b', 0, IN]))
      .shape.map(String),
  ).toEqual(['b', '0', '3'])
})

test('a layer that is not equivariant is detected', () => {
  const set = points(symmetric(4))
  const free = layerOf(points(trivial(4)), points(trivial(4)))
  const values = valuesOf(free)
  const x = normal(BATCH * 4 * IN)
  const g = set.generators[0] as Permutation
  expect(relativeError(run(free, 4, moved(x, g, IN), values), moved(run(free, 4, x, values), g, OUT), { minimumScale: 1 })).toBeGreaterThan(
    0.1,
  )
})

describe('errors', () => {
  const set = points(symmetric(4))
  test('a wrong shape', () => {
    expect(() => layerOf(set, set).forward(input('x', 'float32', ['batch', 5, IN]))).toThrow(
      'SharingLinear.forward: expected x of shape [..., 4, 2] (points of the input action, inChannels), received [batch, 5, 2].',
    )
  })
  test('actions of different groups', () => {
    expect(() => layerOf(set, points(symmetric(5)))).toThrow(
      'sharingRule: expected two actions of one group, received actions of groups with different generators. Make both from one PermutationGroup.',
    )
  })
  test('channels', () => {
    expect(() => new SharingLinear({ output: set, input: set, inChannels: -1, outChannels: 1 })).toThrow(
      'SharingLinear: expected inChannels to be an integer of at least 0, received -1.',
    )
  })
  test('too large a table, before memory is allocated', () => {
    const { generators } = dihedral(20_000)
    const large = points(new PermutationGroup(20_000, generators))
    expect(() => layerOf(large, large)).toThrow(
      'sharingRule: expected at most 16777216 pairs, received 20000 x 20000 = 400000000. The structure of these actions is unknown, so they need a table. Build the group with a named constructor (symmetric, wreathProduct, ...).',
    )
    const many = points(symmetric(100_000))
    expect(() => layerOf(many, many, 'dense')).toThrow(
      'SharingLinear: expected an evaluation for 100000 x 100000 pairs, received "dense". A dense weight has at most 2^24 entries, and orbit sums need a table of at most 2^22. These evaluations fit: "own and total".',
    )
  })
})
