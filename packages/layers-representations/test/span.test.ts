import {
  alternating,
  dihedral,
  equivariantBasis,
  exponential,
  givenRepresentation,
  type Matrix,
  naturalAction,
  orthogonal,
  type PermutationGroup,
  permutationMatrices,
  permutationRepresentation,
  type Representation,
  regularAction,
  representation,
  symmetric,
  trivialAction,
  tupleAction,
} from '@equivar/groups'
import { EquivariantGraphLinear } from '@equivar/layers-graphs'
import { FullyConnectedTensorProduct, features, type Irreps, IrrepsLinear, irreps } from '@equivar/layers-points'
import { SharingLinear } from '@equivar/layers-sharing'
import { type Module, parametersOf } from '@equivar/nn'
import { evaluate, input, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { RepresentationBilinear, RepresentationLinear } from '../src/index.ts'
import { normals } from './vectors.ts'

type Rows = Float64Array[]

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, at) => sum + x * (b[at] as number), 0)

/** What is left of a vector outside the span of orthonormal ones. */
function outside(vector: Float64Array, basis: Rows): Float64Array {
  let rest = vector
  for (let pass = 0; pass < 2; pass++)
    for (const unit of basis) {
      const part = dot(rest, unit)
      rest = rest.map((x, at) => x - part * (unit[at] as number))
    }
  return rest
}

/** An orthonormal basis of the span. */
function orthonormal(rows: Rows): Rows {
  const basis: Rows = []
  for (const row of rows) {
    const rest = outside(row, basis)
    const norm = Math.hypot(...rest)
    if (norm > 1e-8 * Math.hypot(...row)) basis.push(rest.map((x) => x / norm))
  }
  return basis
}

/** The dimensions of two spans, and the largest distance of a unit vector of one to the other. */
function compared(first: Rows, second: Rows): { dimensions: number[]; distance: number } {
  const [a, b] = [orthonormal(first), orthonormal(second)]
  const distance = Math.max(...a.map((x) => Math.hypot(...outside(x, b))), ...b.map((x) => Math.hypot(...outside(x, a))))
  return { dimensions: [a.length, b.length], distance }
}

/** The maps of a layer without biases, for as many random weights as it has and a few more: its outputs for one-hot inputs. */
function drawnMaps(
  layer: Module,
  inputs: Readonly<Record<string, TensorValue>>,
  forward: (leaves: Record<string, Tensor>) => Tensor,
): Rows {
  const leaves = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, input(name, 'float32', shape)]))
  const parameters = Object.fromEntries(parametersOf(layer))
  const p = program({ inputs: { ...leaves, ...parameters }, outputs: { y: forward(leaves) } })
  const random = new Random({ seed: 3 })
  const count = Object.values(parameters).reduce((sum, { sizes }) => sum + sizes.reduce((n, d) => n * d, 1), 0)
  return Array.from({ length: count + 2 }, () => {
    const values = Object.fromEntries(Object.entries(parameters).map(([name, { sizes }]) => [name, normals(sizes, random)]))
    return evaluate(p, { ...inputs, ...values }).y?.data as Float64Array
  })
}

const hot = (n: number, shape: readonly number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0)),
})

/** The maps of RepresentationLinear. */
function linearMaps(from: Representation, to: Representation, evaluation: 'dense' | 'factored'): Rows {
  const layer = new RepresentationLinear({ input: from, output: to, bias: false, evaluation })
  return drawnMaps(layer, { x: hot(from.dimension, [from.dimension, from.dimension]) }, ({ x }) => layer.forward(x as Tensor))
}

describe.each(['dense', 'factored'] as const)('%s: the maps of permutations are those of SharingLinear', (evaluation) => {
  const compare = (
    group: PermutationGroup,
    actions: Parameters<typeof sharingMaps>,
    kinds: readonly [Representation, Representation],
    count: number,
  ) => {
    expect(kinds[0].group.permutations).toBe(group)
    const { dimensions, distance } = compared(linearMaps(...kinds, evaluation), sharingMaps(...actions))
    expect(dimensions).toEqual([count, count])
    expect(distance).toBeLessThan(1e-10)
  }
  const sharingMaps = (given: ReturnType<typeof naturalAction>, output: ReturnType<typeof naturalAction>): Rows => {
    const layer = new SharingLinear({ output, input: given, inChannels: 1, outChannels: 1, bias: false })
    return drawnMaps(layer, { x: hot(given.degree, [given.degree, given.degree, 1]) }, ({ x }) => layer.forward(x as Tensor))
  }

  test('the biases of A4 on two kinds of points are those of SharingLinear', () => {
    const group = alternating(4)
    const v = representation(permutationMatrices(group))
    const zeros = (shape: readonly number[]): TensorValue => ({ dtype: 'float32', shape, data: new Float64Array(4) })
    const options = { output: tupleAction(group, 2), input: naturalAction(group), inChannels: 1, outChannels: 1 }
    const [theirs, ours] = [new SharingLinear(options), new RepresentationLinear({ input: v, output: v.power(2), evaluation })]
    const { dimensions, distance } = compared(
      drawnMaps(ours, { x: zeros([1, 4]) }, ({ x }) => ours.forward(x as Tensor)),
      drawnMaps(theirs, { x: zeros([1, 4, 1]) }, ({ x }) => theirs.forward(x as Tensor)),
    )
    expect(dimensions).toEqual([2, 2])
    expect(distance).toBeLessThan(1e-10)
  })

  test('D5 on its corners', () => {
    const group = dihedral(5)
    const v = representation(permutationMatrices(group))
    compare(group, [naturalAction(group), naturalAction(group)], [v, v], 3)
  })

  test('S4 from pairs to points and to invariants', () => {
    const group = symmetric(4)
    const v = representation(permutationMatrices(group))
    compare(group, [tupleAction(group, 2), naturalAction(group)], [v.power(2), v], 5)
    compare(group, [tupleAction(group, 2), trivialAction(group, 1)], [v.power(2), v.power(0)], 2)
  })

  test('A4 on itself', () => {
    const group = alternating(4)
    const regular = permutationRepresentation(permutationMatrices(group), regularAction(group))
    compare(group, [regularAction(group), regularAction(group)], [regular, regular], 12)
  })
})

describe.each([
  [0, 1, 1],
  [0, 2, 2],
  [1, 0, 1],
  [2, 0, 2],
  [1, 1, 2],
  [1, 2, 5],
  [2, 1, 5],
  [2, 2, 15],
])('from order %i to order %i, the maps of S4 are those of the graph layer', (from, to, count) => {
  const n = 4
  const axes = Array<number>(from).fill(n)
  const options = { inputOrder: from, outputOrder: to, inChannels: 1, outChannels: 1 }
  const v = representation(permutationMatrices(symmetric(n)))

  test.each(['dense', 'factored'] as const)('%s', (evaluation) => {
    const layer = new EquivariantGraphLinear({ ...options, bias: false })
    const graph = drawnMaps(layer, { x: hot(n ** from, [n ** from, ...axes, 1]) }, ({ x }) => layer.forward(x as Tensor, undefined, n))
    const { dimensions, distance } = compared(linearMaps(v.power(from), v.power(to), evaluation), graph)
    expect(dimensions).toEqual([count, count])
    expect(distance).toBeLessThan(1e-10)
  })

  test('so are the biases', () => {
    const zero = (shape: readonly number[]): TensorValue => ({ dtype: 'float32', shape, data: new Float64Array(n ** from) })
    const graph = new EquivariantGraphLinear({ ...options, bias: true })
    const layer = new RepresentationLinear({ input: v.power(from), output: v.power(to) })
    const theirs = drawnMaps(graph, { x: zero([1, ...axes, 1]) }, ({ x }) => graph.forward(x as Tensor, undefined, n))
    const ours = drawnMaps(layer, { x: zero([1, n ** from]) }, ({ x }) => layer.forward(x as Tensor))
    const { dimensions, distance } = compared(ours, theirs)
    expect(dimensions).toEqual([to === 2 ? 2 : 1, to === 2 ? 2 : 1])
    expect(distance).toBeLessThan(1e-10)
  })
})

describe('the maps of O(3) between irreps are those of layers-points', () => {
  const group = orthogonal(3)
  const known = new Map<string, Representation>()

  /** The derivative of a representation along a turn: that of the trigonometric polynomial through 8 equally spaced turns, which is exact up to degree 3. */
  const derivativeOf =
    (matrix: (g: Matrix) => Matrix) =>
    (element: Matrix): Matrix => {
      const angle = Math.hypot(element[1] as number, element[2] as number, element[5] as number)
      const zero = matrix(exponential(new Float64Array(9), 3)).map(() => 0)
      return [1, 2, 3, 5, 6, 7].reduce((sum, k) => {
        const t = (Math.PI * k) / 4
        const weight = (-0.5 * (-1) ** k * angle) / Math.tan(t / 2)
        const turned = matrix(
          exponential(
            element.map((x) => (x * t) / angle),
            3,
          ),
        )
        return sum.map((x, at) => x + weight * (turned[at] as number))
      }, zero)
    }

  const kindOf = (given: Irreps): Representation => {
    const parts = given.summands.map(({ multiplicity, irrep }) => {
      const name = irrep.toString()
      const matrix = (g: Matrix): Matrix => irrep.matrix(g)
      const kind =
        known.get(name) ??
        givenRepresentation(group, { dimension: irrep.dimension, degree: irrep.l, name, matrix, derivative: derivativeOf(matrix) })
      known.set(name, kind)
      return kind.copies(multiplicity)
    })
    return parts.slice(1).reduce((sum, part) => sum.plus(part), parts[0] as Representation)
  }

  test.each([
    ['2x0e + 1x1o', '1x0e + 2x1o', 4],
    ['1x0e + 1x0o + 2x1e + 1x2e', '1x0o + 1x1e + 1x1o + 2x2e', 5],
  ])('linear, from %s to %s', (first, second, count) => {
    const [a, b] = [irreps(first), irreps(second)]
    const linear = new IrrepsLinear({ input: a, output: b })
    const theirs = drawnMaps(linear, { x: hot(a.dimension, [a.dimension, a.dimension]) }, ({ x }) =>
      linear.forward(features(x as Tensor, a)).flat(),
    )
    const { dimensions, distance } = compared(linearMaps(kindOf(a), kindOf(b), 'factored'), theirs)
    expect(dimensions).toEqual([count, count])
    expect(distance).toBeLessThan(1e-10)
  })

  test.each([
    ['2x0e + 1x1o', '1x1o', '1x0e + 2x1o + 1x1e'],
    ['1x1o + 1x2e', '1x1o', '1x0e + 1x0o + 1x1o + 1x1e + 1x2e + 1x2o'],
  ])('bilinear, %s times %s to %s', (first, second, output) => {
    const [a, b, c] = [first, second, output].map((text) => irreps(text)) as [Irreps, Irreps, Irreps]
    const product = new FullyConnectedTensorProduct({ first: a, second: b, output: c })
    const bilinear = new RepresentationBilinear({ first: kindOf(a), second: kindOf(b), output: kindOf(c) })
    const [n, m] = [a.dimension, b.dimension]
    const ones = (size: number, index: (row: number) => number): TensorValue => ({
      dtype: 'float32',
      shape: [n * m, size],
      data: Float64Array.from({ length: n * m * size }, (_, at) => (at % size === index(Math.floor(at / size)) ? 1 : 0)),
    })
    const pairs = { x: ones(n, (row) => Math.floor(row / m)), z: ones(m, (row) => row % m) }
    const theirs = drawnMaps(product, pairs, ({ x, z }) => product.forward(features(x as Tensor, a), features(z as Tensor, b)).flat())
    const ours = drawnMaps(bilinear, pairs, ({ x, z }) => bilinear.forward(x as Tensor, z as Tensor))
    const { dimensions, distance } = compared(ours, theirs)
    expect(dimensions[0]).toBe(product.weightCount)
    expect(dimensions[1]).toBe(product.weightCount)
    expect(distance).toBeLessThan(1e-10)
  })
})

test('the linear maps of O(3) between scalars, vectors and matrices are all that the basis has', () => {
  const v = representation(orthogonal(3))
  const [from, to] = [v.power(2).plus(v.copies(2), v.power(0)), v.power(2).copies(2).plus(v)]
  const basis = equivariantBasis(from, to)
  const matrices = basis.matrices()
  const size = from.dimension * to.dimension
  // The layer's maps come as [input, output].
  const expected = Array.from({ length: basis.dimension }, (_, k) =>
    Float64Array.from(
      { length: size },
      (__, at) => matrices[k * size + (at % to.dimension) * from.dimension + Math.floor(at / to.dimension)] as number,
    ),
  )
  for (const evaluation of ['dense', 'factored'] as const) {
    const { dimensions, distance } = compared(linearMaps(from, to, evaluation), expected)
    expect(dimensions).toEqual([basis.dimension, basis.dimension])
    expect(distance).toBeLessThan(1e-10)
  }
})

test('a comparison of other maps fails', () => {
  const v = representation(permutationMatrices(symmetric(4)))
  const smaller = representation(permutationMatrices(dihedral(4)))
  const { dimensions, distance } = compared(linearMaps(v, v, 'dense'), linearMaps(smaller, smaller, 'dense'))
  expect(dimensions).toEqual([2, 3])
  expect(distance).toBeGreaterThan(0.1)
})
