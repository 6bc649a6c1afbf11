import { onnxBackend } from '@equivar/backend-onnx'
import { input, Random } from '@equivar/tensor'
import { type GroupElement, type LayerDescription, layerChecks, type Values } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { FrameAveraging, type FrameGroup, PointGraphNetwork, principalFrames } from '../src/index.ts'
import { moved, randomOrthogonal, VECTORS } from './space.ts'

const GOLDEN = (1 + Math.sqrt(5)) / 2
const normals = (seed: number, count: number): number[] => {
  const random = new Random({ seed })
  return Array.from({ length: count }, () => random.normal())
}

/** Points by name: a generic structure, and those whose variances are equal or 0. */
const structures: Readonly<Record<string, readonly number[]>> = {
  'no points': [],
  'one point': [0.3, -0.2, 0.5],
  'two points at one place': [1, 2, 3, 1, 2, 3],
  'two points': [0, 0, 0, 1, 2, 2],
  'points on a line': [0, 0, 0, 1, 2, 2, -1, -2, -2, 0.5, 1, 1],
  'points of a plane': [0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 3, 0],
  'a square': [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0],
  'a tetrahedron': [1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1],
  'an icosahedron': [-1, 1].flatMap((a) => [-GOLDEN, GOLDEN].flatMap((b) => [0, a, b, a, b, 0, b, 0, a])),
  'any points': normals(3, 15),
}

const norm = (v: readonly number[]): number => Math.hypot(...v)

/** The frames of a single structure, turned by a matrix (each axis as a vector), as text that does not depend on their order. */
function asSet(positions: ArrayLike<number>, vectors: ArrayLike<number>, group: FrameGroup, turn?: Float64Array): string[] {
  const { frames, weights } = principalFrames(positions, { group, vectors })
  const count = frames.shape[0]
  expect([...weights.data]).toEqual(new Array(count).fill(1 / count))
  const turned = (axis: Float64Array): number[] =>
    [0, 1, 2].map((i) => (turn === undefined ? axis[i]! : [0, 1, 2].reduce((sum, k) => sum + turn[3 * i + k]! * axis[k]!, 0)))
  return Array.from({ length: count }, (_, f) =>
    [0, 1, 2]
      .flatMap((k) => turned(frames.data.subarray(9 * f + 3 * k, 9 * f + 3 * k + 3)))
      .map((value) => (Math.round(value * 1e6) / 1e6 + 0).toFixed(5))
      .join(' '),
  ).sort()
}

const rotated = (rows: readonly number[], q: Float64Array, shift: readonly number[]): number[] =>
  rows.map((_, at) => [0, 1, 2].reduce((sum, k) => sum + q[3 * (at % 3) + k]! * rows[at - (at % 3) + k]!, shift[at % 3] as number))

describe.each(['O(3)', 'SO(3)'] as const)('frames of %s', (group) => {
  test.each(Object.entries(structures))('%s: turned points have the turned frames, which are orthonormal', (_, positions) => {
    const vectors = normals(7, positions.length)
    // Two directions that no input tells apart need no law: with one point or none, or a line and vectors in it.
    for (const proper of group === 'O(3)' ? [true, false] : [true]) {
      const q = randomOrthogonal(new Random({ seed: 5 }), proper)
      const after = asSet(rotated(positions, q, [3, -1, 2]), rotated(vectors, q, [0, 0, 0]), group)
      if (positions.length > 3) expect(after).toEqual(asSet(positions, vectors, group, q))
      for (const frame of after) {
        const axes = frame.split(' ').map(Number)
        for (const k of [0, 3, 6]) expect(norm(axes.slice(k, k + 3))).toBeCloseTo(1, 4)
      }
    }
  })

  test.each([
    ['any points', 8],
    ['points on a line', 8],
    ['a square', 16],
    ['a tetrahedron', 24],
    ['an icosahedron', 240],
    ['no points', 8],
  ])('%s have %i of O(3), half of them proper', (name, count) => {
    const { frames } = principalFrames(structures[name] as number[], { group })
    expect(frames.shape).toEqual([group === 'O(3)' ? count : count / 2, 1, 3, 3])
  })
})

test('structures of a batch have their own frames; what fills up has no weight', () => {
  const [square, any] = [structures['a square'] as number[], structures['any points'] as number[]]
  const batch = [0, 0, 0, 0, 2, 2, 2, 2, 2]
  const { frames, weights } = principalFrames([...square, ...any], { batch, structures: 4 })
  expect(frames.shape).toEqual([16, 4, 3, 3])
  const column = (s: number): number[] => Array.from({ length: 16 }, (_, f) => weights.data[4 * f + s] as number)
  expect(column(0)).toEqual(new Array(16).fill(1 / 16))
  for (const s of [1, 2, 3]) expect(column(s)).toEqual([...new Array(8).fill(1 / 8), ...new Array(8).fill(0)])
  const alone = principalFrames(any).frames.data
  for (let f = 0; f < 8; f++) expect([...frames.data.slice(9 * (4 * f + 2), 9 * (4 * f + 3))]).toEqual([...alone.slice(9 * f, 9 * f + 9)])
})

test('one frame at random is one of all', () => {
  const positions = structures['any points'] as number[]
  const all = principalFrames(positions)
  const one = principalFrames(positions, { choose: new Random({ seed: 2 }) })
  expect(one.frames.shape).toEqual([1, 1, 3, 3])
  expect([...one.weights.data]).toEqual([1])
  const frames = Array.from({ length: 8 }, (_, f) => all.frames.data.slice(9 * f, 9 * f + 9).join())
  expect(frames).toContain(one.frames.data.join())
})

test('errors say what is expected', () => {
  expect(() => principalFrames([1, 2])).toThrow('principalFrames: expected three numbers for each of 0 points, received 2.')
  expect(() => principalFrames([1, 2, Number.NaN])).toThrow('principalFrames: expected finite numbers, received NaN at point 0.')
  expect(() => principalFrames([1, 2, 3], { batch: [0, 0] })).toThrow('expected the structure of each of 1 points, received 2')
  expect(() => principalFrames([1, 2, 3, 4, 5, 6], { batch: [1, 0] })).toThrow('in ascending order, received 0 at point 1')
  expect(() => principalFrames([1, 2, 3], { batch: [1], structures: 1 })).toThrow('expected at least 2 structures, received 1')
})

const plain = new PointGraphNetwork({ inChannels: 2, hiddenChannels: 4, layers: 2, outChannels: 2, edgeChannels: 1, velocities: true })
const absolute = new PointGraphNetwork({
  inChannels: 2,
  hiddenChannels: 4,
  layers: 1,
  edgeChannels: 1,
  velocities: true,
  moves: 'absolute',
})

/** A network in the frames of a structure of some name, and of another beside it. `claimed`: what it is checked for. */
function framed(name: string, network: PointGraphNetwork, group: FrameGroup, claimed: FrameGroup = group): LayerDescription<string> {
  const layer = new FrameAveraging({ network })
  const turnings = { positions: 'points', velocities: VECTORS, moved: 'points' } as const
  const withFrames = (values: Values): Values => {
    const numbers = (key: string): Float64Array => values[key]!.data as Float64Array
    const batch = Array.from(values.batch!.data as BigInt64Array, Number)
    return { ...values, ...principalFrames(numbers('positions'), { group, vectors: numbers('velocities'), batch, structures: 2 }) }
  }
  return {
    name,
    expression: () => {
      const x = input('x', 'float32', ['nodes', 2])
      const positions = input('positions', 'float32', ['nodes', 3])
      const velocities = input('velocities', 'float32', ['nodes', 3])
      const edgeIndex = input('edges', 'int64', [2, 'edges'])
      const edgeAttributes = input('attributes', 'float32', ['edges', 1])
      const batch = input('batch', 'int64', ['nodes'])
      const frames = input('frames', 'float32', ['frames', 'structures', 3, 3])
      const weights = input('weights', 'float32', ['frames', 'structures'])
      const result = layer.forward({ x, positions, velocities, edgeIndex, edgeAttributes, batch, frames, weights })
      return {
        inputs: { x, positions, velocities, edges: edgeIndex, attributes: edgeAttributes, batch, frames, weights },
        outputs: { moved: result.positions!, ...(result.y === undefined ? {} : { y: result.y }) },
      }
    },
    feeds: (structure, random) => {
      const first = structures[structure] as readonly number[]
      const positions = Float64Array.from([...first, ...(structures['any points'] as number[])])
      const [own, nodes] = [first.length / 3, positions.length / 3]
      const pairs = Array.from({ length: nodes }, (_, i) => i).flatMap((i) =>
        Array.from({ length: nodes }, (_, j) => j).flatMap((j) => (i !== j && i < own === j < own ? [[i, j] as const] : [])),
      )
      const float = (shape: readonly number[]) => ({
        dtype: 'float32' as const,
        shape,
        data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
      })
      return withFrames({
        x: float([nodes, 2]),
        positions: { dtype: 'float32', shape: [nodes, 3], data: positions },
        velocities: float([nodes, 3]),
        edges: {
          dtype: 'int64',
          shape: [2, pairs.length],
          data: BigInt64Array.from([...pairs.map(([i]) => BigInt(i)), ...pairs.map(([, j]) => BigInt(j))]),
        },
        attributes: float([pairs.length, 1]),
        batch: { dtype: 'int64', shape: [nodes], data: BigInt64Array.from({ length: nodes }, (_, i) => (i < own ? 0n : 1n)) },
      })
    },
    sizes: Object.keys(structures),
    sizesOf: {
      devices: ['any points', 'a square', 'points on a line'],
      derivative: ['two points'],
      edges: ['one point'],
      parity: ['a square'],
    },
    symmetry: () => ({
      name: `translations and ${claimed}`,
      elements: (_, random): GroupElement[] =>
        [true, claimed === 'SO(3)'].map((proper, i) => {
          const q = randomOrthogonal(random, proper)
          const shift = [random.normal(), random.normal(), random.normal()]
          const output = (values: Values): Values => moved(values, turnings, q, shift)
          return { name: `motion ${i}`, input: (values) => withFrames(output(values)), output }
        }),
    }),
    tolerances: { derivative: 1e-6 },
  }
}

describe.each([
  framed('a graph network in frames of O(3)', plain, 'O(3)'),
  framed('a graph network in frames of SO(3)', plain, 'SO(3)'),
  framed('a graph network with absolute positions', absolute, 'O(3)'),
])('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})

test('frames of rotations only do not commute with reflections', async () => {
  const checks = layerChecks({ ...framed('improper', plain, 'SO(3)', 'O(3)'), sizes: ['any points'] })
  const law = checks.find(({ name }) => name === 'commutes with its group in float64')
  await expect((async () => law?.run())()).rejects.toThrow(/expected f\(g x\) = g f\(x\)/)
})
