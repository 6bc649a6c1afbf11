import { onnxBackend } from '@equivar/backend-onnx'
import { exportOnnx } from '@equivar/export-onnx'
import {
  cubeRotations,
  lorentz,
  orthogonal,
  permutationMatrices,
  type Representation,
  representation,
  scalings,
  specialLinear,
  specialOrthogonal,
  symmetric,
  symplectic,
} from '@equivar/groups'
import { countParameters, initialize, type Module, parametersOf } from '@equivar/nn'
import { evaluate, input, type Program, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import { relativeError, runToHost, symmetryError, type Values } from '@equivar/verify'
import * as ort from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import * as layers from '../src/index.ts'
import {
  EquivariantMlp,
  NormGate,
  RepresentationGate,
  RepresentationLinear,
  RepresentationProduct,
  uniformRepresentation,
} from '../src/index.ts'
import { matrixSymmetry, normals } from './vectors.ts'

type Layer = Module & { forward(x: Tensor): Tensor }

const programOf = (layer: Layer, kind: Representation): Program => {
  const x = input('x', 'float32', ['batch', kind.dimension])
  return program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x) } })
}

/** The error of equivariance in the reference, over random elements. */
const error = (
  p: Program,
  kinds: Parameters<typeof matrixSymmetry>[0],
  feeds: Values,
  options: Parameters<typeof matrixSymmetry>[1] = {},
): Promise<number> =>
  symmetryError(async (values) => evaluate(p, values), matrixSymmetry(kinds, options).elements(feeds, new Random({ seed: 10 })), feeds)

const space = representation(orthogonal(3))
const minkowski = representation(lorentz())
const phase = representation(symplectic(4))
const volume = representation(specialLinear(3))
const corners = representation(permutationMatrices(symmetric(4)))

/** Networks of several groups, with how far random elements of groups that are not compact may go. */
const networks: readonly [string, Representation, Representation, number, number][] = [
  ['O(3): the inertia of five masses', space.power(0).plus(space).copies(5), space.power(2), 40, 1],
  ['SO(3): rank 2 to rank 3', representation(specialOrthogonal(3), 'V + V^2'), representation(specialOrthogonal(3), 'V').power(2), 30, 1],
  ['SO+(1,3): four momenta to a scalar and a tensor', minkowski.copies(4), minkowski.power(0).plus(minkowski.power(1, 1)), 40, 0.3],
  ['Sp(4): two points of phase space', phase.copies(2), phase.plus(phase.dual), 30, 0.3],
  ['SL(3): vectors and covectors', volume.copies(3).plus(volume.dual), volume.dual.plus(volume.power(0)), 40, 0.3],
  ['the cube: a tensor', representation(cubeRotations(), 'V^2'), representation(cubeRotations()).power(0), 30, 1],
]

describe.each(networks)('%s', (_, given, wanted, hidden, deviation) => {
  // Both representations of one group object.
  const output = given.group === wanted.group ? wanted : representation(given.group, wanted.toString())
  const network = new EquivariantMlp({ input: given, output, hidden, layers: 2 })
  const p = programOf(network, given)
  const feeds = { x: normals([2, given.dimension], new Random({ seed: 4 })), ...initialize(network, 5) }

  test('commutes with 100 random elements to 1e-10', async () => {
    expect(await error(p, { x: given, y: output }, feeds, { samples: 100, deviation })).toBeLessThan(1e-10)
    expect(Math.max(...(evaluate(p, feeds).y?.data ?? []).map(Math.abs))).toBeGreaterThan(1e-3)
  })

  test('the exported file gives on ONNX Runtime what the reference gives', async () => {
    const { x, ...values } = feeds
    const session = await ort.InferenceSession.create(exportOnnx(p, { values }))
    const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.from(x.data as Float64Array), [2, given.dimension]) })
    const stored = { ...feeds, x: { ...x, data: Float32Array.from(x.data as Float64Array) } }
    expect(relativeError(y?.data as Float32Array, evaluate(p, stored).y?.data as Float64Array)).toBeLessThan(1e-5)
    await session.release()
  })
})

test('a layer of the cube does not commute with all rotations', async () => {
  const kind = representation(cubeRotations(), 'V^2')
  const layer = new RepresentationLinear({ input: kind, output: kind })
  const p = programOf(layer, kind)
  const feeds = { x: normals([2, 9], new Random({ seed: 4 })), ...initialize(layer, 5) }
  expect(await error(p, { x: kind, y: kind }, feeds)).toBeLessThan(1e-12)
  expect(await error(p, { x: space.power(2), y: space.power(2) }, feeds)).toBeGreaterThan(0.01)
})

describe('evaluations', () => {
  const wide = space.power(0).copies(32).plus(space.copies(32))

  test('many copies of few components are mixed after the maps, few copies by one matrix; both give the same', async () => {
    expect(new RepresentationLinear({ input: wide, output: wide }).evaluation).toBe('factored')
    const narrow = space.power(0).plus(space, space.power(2))
    expect(new RepresentationLinear({ input: narrow, output: narrow }).evaluation).toBe('dense')
    const [dense, factored] = (['dense', 'factored'] as const).map((evaluation) => {
      const layer = new RepresentationLinear({ input: narrow.plus(narrow), output: narrow.plus(space.copies(3)), evaluation })
      const random = new Random({ seed: 6 })
      const values = Object.fromEntries([...parametersOf(layer)].map(([name, { sizes }]) => [name, normals(sizes, random)]))
      return evaluate(programOf(layer, narrow.plus(narrow)), { x: normals([3, 26], new Random({ seed: 7 })), ...values }).y
        ?.data as Float64Array
    })
    expect(relativeError(factored as Float64Array, dense as Float64Array)).toBeLessThan(1e-12)
  })

  test('leading axes are kept, and may be missing', () => {
    const layer = new RepresentationLinear({ input: space, output: space.power(2) })
    for (const leading of [[], ['a'], ['a', 4, 'b']])
      for (const kept of [layer, new RepresentationProduct({ input: space }), new NormGate(space)])
        expect(String(kept.forward(input('x', 'float32', [...leading, 3])).shape.slice(0, -1))).toBe(String(leading))
  })

  test('outputs have variance 1 in the mean', () => {
    const kinds: [Representation, Representation][] = [
      [wide, wide.plus(space.power(2).copies(20))],
      [corners.power(2).copies(10).plus(corners.copies(10)), corners.power(2).copies(20)],
      [minkowski.copies(40), minkowski.copies(40)],
    ]
    for (const [from, to] of kinds) {
      const layer = new RepresentationLinear({ input: from, output: to })
      const x = normals([200, from.dimension], new Random({ seed: 8 }))
      const y = evaluate(programOf(layer, from), { x, ...initialize(layer, 9) }).y?.data as Float64Array
      let start = 0
      to.summands.forEach(({ multiplicity }, k) => {
        const end = start + multiplicity * (to.dimensions[k] as number)
        let square = 0
        for (let row = 0; row < 200; row++) for (let at = start; at < end; at++) square += (y[row * to.dimension + at] as number) ** 2
        const variance = square / (200 * (end - start))
        // What no map reaches is 0.
        if (layer.weights.slice(k * from.summands.length, (k + 1) * from.summands.length).some((weight) => weight !== undefined)) {
          expect(variance).toBeGreaterThan(0.75)
          expect(variance).toBeLessThan(1.3)
        }
        start = end
      })
    }
  })

  test('the identity is among the maps, and scalars have one weight a pair', () => {
    const layer = new RepresentationLinear({ input: wide, output: wide })
    expect(layer.weights.map((weight) => weight?.sizes)).toEqual([[1, 32, 32], undefined, undefined, [1, 32, 32]])
    expect(layer.biases.map((bias) => bias?.sizes)).toEqual([[1, 32], undefined])
  })

  test('an output that no map reaches is 0', () => {
    const layer = new RepresentationLinear({ input: space, output: space.power(2), bias: false })
    const { y } = evaluate(programOf(layer, space), { x: normals([2, 3], new Random({ seed: 1 })) })
    expect(y?.shape).toEqual([2, 9])
    expect(y?.data.every((value) => value === 0)).toBe(true)
  })
})

describe('uniformRepresentation', () => {
  test.each([
    [orthogonal(3), 384],
    [lorentz(), 384],
    [scalings(2), 50],
    [symplectic(4), 7],
    [cubeRotations(), 1],
  ])('%s, %i channels', (group, channels) => {
    const kind = uniformRepresentation(group, channels)
    expect(kind.dimension).toBe(channels)
    const perRank = new Map<number, number>()
    kind.summands.forEach(({ multiplicity, factors }, k) => {
      perRank.set(factors.length, (perRank.get(factors.length) ?? 0) + multiplicity * (kind.dimensions[k] as number))
    })
    // Rank by rank the same number of channels, but for the remainder.
    const sizes = [...perRank.values()]
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(group.dimension ** (sizes.length - 1) * 2)
  })

  test('tensors and their duals are balanced', () => {
    expect(uniformRepresentation(symplectic(2), 12).toString()).toBe('4V^0 + V + V* + V V*')
    expect(uniformRepresentation(orthogonal(3), 27).toString()).toBe('9V^0 + 3V + V^2')
  })

  test('tensors above a rank are left out, with as many channels', () => {
    expect(uniformRepresentation(orthogonal(3), 27, 1).toString()).toBe('15V^0 + 4V')
    expect(uniformRepresentation(lorentz(), 10, 0).toString()).toBe('10V^0')
    expect(uniformRepresentation(orthogonal(3), 27, 2).toString()).toBe('9V^0 + 3V + V^2')
    for (const rank of [-1, 0.5])
      expect(() => uniformRepresentation(orthogonal(3), 27, rank)).toThrow(
        `uniformRepresentation: expected a rank of at least 0, received ${rank}`,
      )
  })
})

describe('gates', () => {
  test('there is one for each copy that is not permuted', () => {
    expect(new RepresentationGate(space.power(0).plus(space.copies(2), space.power(2))).input.toString()).toBe('V^0 + 2V + V^2 + 3V^0')
    expect(new RepresentationGate(corners.copies(3).plus(corners.power(2))).input.equals(corners.copies(3).plus(corners.power(2)))).toBe(
      true,
    )
  })

  test('values: a scalar times its sigmoid, a vector times the sigmoid of its gate', () => {
    const gate = new RepresentationGate(space.power(0).plus(space))
    const x: TensorValue = { dtype: 'float32', shape: [1, 5], data: Float64Array.of(2, 1, -2, 3, 0.5) }
    const [a, b] = [1 / (1 + Math.exp(-2)), 1 / (1 + Math.exp(-0.5))] as const
    const { y } = evaluate(programOf(gate, gate.input), { x })
    expect(Array.from(y?.data ?? [])).toEqual([2 * a, b, -2 * b, 3 * b].map((value) => expect.closeTo(value, 12)))
  })

  test('a copy that is 0 stays 0 in a norm gate, with finite derivatives, on ONNX Runtime too', async () => {
    const gate = new NormGate(space.plus(space.power(2)))
    const p = programOf(gate, gate.representation)
    const feeds = { x: { dtype: 'float32' as const, shape: [1, 12], data: new Float32Array(12) }, ...initialize(gate, 1) }
    expect(Array.from(evaluate(p, feeds).y?.data ?? [])).toEqual(Array(12).fill(0))
    const executable = await onnxBackend().compile(p)
    const outputs = await runToHost(executable, feeds)
    expect(Array.from(outputs.y?.data ?? [], Number)).toEqual(Array(12).fill(0))
    await executable.dispose()
  })
})

test('the product applies tensors that it reads as maps', () => {
  const kind = space.power(2).plus(space)
  const layer = new RepresentationProduct({ input: kind, output: space, scale: 1 })
  expect(layer.weights.map((row) => row.map(({ sizes }) => sizes))).toEqual([[[1, 1, 1]]])
  const matrix = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  const x: TensorValue = { dtype: 'float32', shape: [1, 12], data: Float64Array.of(...matrix, 1, 0, -1) }
  const weight: TensorValue = { dtype: 'float32', shape: [1, 1, 1], data: Float64Array.of(2) }
  const [name] = parametersOf(layer).keys()
  const { y } = evaluate(programOf(layer, kind), { x, [name as string]: weight })
  expect(Array.from(y?.data ?? [])).toEqual([-4, -4, -4])
})

test('the product multiplies what is of the kind of the output, in the order of its factors', () => {
  const kind = minkowski.plus(minkowski.dual)
  const layer = new RepresentationProduct({ input: kind, output: minkowski.dual.times(minkowski), scale: 1 })
  const x: TensorValue = { dtype: 'float32', shape: [1, 8], data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8) }
  const [name, { sizes }] = [...parametersOf(layer)][0] as [string, { sizes: readonly number[] }]
  expect(sizes).toEqual([1, 1, 1])
  const { y } = evaluate(programOf(layer, kind), { x, [name]: { dtype: 'float32', shape: sizes, data: Float64Array.of(1) } })
  // Row i is covector i times the vector.
  expect(Array.from(y?.data ?? [])).toEqual([5, 6, 7, 8].flatMap((covector) => [1, 2, 3, 4].map((value) => covector * value)))
})

test('the published network: three layers of 384 channels for the inertia of five masses', () => {
  const network = new EquivariantMlp({ input: space.power(0).plus(space).copies(5), output: space.power(2) })
  expect(network.layers.length).toBe(3)
  expect(network.layers[0]?.gate.output.dimension).toBe(384)
  expect(countParameters(network)).toBeGreaterThan(10_000)
  expect(programOf(network, network.layers[0]?.linear.input as Representation).outputs.length).toBe(1)
})

describe('errors', () => {
  const x = input('x', 'float32', ['batch', 4])
  test.each<[string, () => unknown, RegExp]>([
    [
      'another size',
      () => new RepresentationLinear({ input: space, output: space }).forward(x),
      /RepresentationLinear.forward: expected x of shape \[..., 3\], vectors of V, received \[batch, 4\]/,
    ],
    [
      'gates',
      () => new RepresentationGate(space).forward(input('x', 'float32', [2, 3])),
      /RepresentationGate.forward: expected x of shape \[..., 4\], vectors of V \+ V\^0/,
    ],
    ['another group', () => new RepresentationLinear({ input: space, output: minkowski }), /representations of one group/],
    [
      'no norms',
      () => new NormGate(minkowski),
      /NormGate: expected a representation by orthogonal matrices, which keep norms, received V of SO\+\(1,3\). Use RepresentationGate/,
    ],
    [
      'half a layer',
      () => new EquivariantMlp({ input: space, output: space, layers: 0.5 }),
      /EquivariantMlp: expected layers to be an integer of at least 0, received 0.5/,
    ],
    ['no channels', () => uniformRepresentation(orthogonal(3), 0), /a number of channels of at least 1, received 0/],
    [
      'leading axes',
      () =>
        new layers.RepresentationBilinear({ first: space, second: space, output: space.power(0) }).forward(
          input('x', 'float32', [2, 3]),
          input('z', 'float32', [4, 3]),
        ),
      /x and z with equal leading axes, received \[2, 3\] and \[4, 3\]/,
    ],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})
