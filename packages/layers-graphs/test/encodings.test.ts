import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, input, program, type TensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  degreeOneHot,
  eigenvectorFeatures,
  heatKernelSignature,
  laplacianEigen,
  logDegree,
  randomWalkEncoding,
  randomWalkReturns,
  type TaggedGraph,
} from '../src/index.ts'

const random = new Random({ seed: 12 })
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const largest = (values: Iterable<number>): number => [...values].reduce((top, v) => Math.max(top, Math.abs(v)), 0)

function graphOf(nodes: number, pairs: readonly (readonly [number, number])[]): TaggedGraph {
  return {
    nodes,
    edges: { sources: pairs.flat(), targets: pairs.flatMap(([a, b]) => [b, a]) },
  }
}
const randomPairs = (n: number, share: number): [number, number][] =>
  numbers(n).flatMap((i) => numbers(i).flatMap((j): [number, number][] => (random.uniform() < share ? [[i, j]] : [])))
const complete = (n: number): TaggedGraph => graphOf(n, randomPairs(n, 2))

function adjacency({ nodes, edges }: TaggedGraph): Float64Array {
  const a = new Float64Array(nodes * nodes)
  for (let e = 0; e < edges.sources.length; e++) a[(edges.sources[e] as number) * nodes + (edges.targets[e] as number)]! += 1
  return a
}

const renumbered = ({ nodes, edges }: TaggedGraph, p: ArrayLike<number>): TaggedGraph => ({
  nodes,
  edges: {
    sources: Array.from(edges.sources, (v) => p[v] as number),
    targets: Array.from(edges.targets, (v) => p[v] as number),
  },
})

describe('random walks', () => {
  const adj = input('adj', 'float32', ['batch', 'n', 'n'])
  const mask = input('mask', 'bool', ['batch', 'n'])
  const steps = 5
  const dense = program({ inputs: { adj }, outputs: { y: randomWalkEncoding(adj, steps) } })
  const feeds = (graph: TaggedGraph): { adj: TensorValue } => ({
    adj: { dtype: 'float32', shape: [1, graph.nodes, graph.nodes], data: adjacency(graph) },
  })

  test('on a triangle a walk returns after 2 steps with probability 1/2 and after 3 with 1/4; on an isolated node never', () => {
    expect([...randomWalkReturns(complete(3), 4)].slice(0, 4)).toEqual([0, 0.5, 0.25, 0.375])
    expect([...randomWalkReturns(graphOf(1, []), 3)]).toEqual([0, 0, 0])
    expect([...randomWalkReturns(graphOf(0, []), 3)]).toEqual([])
  })

  test('adjacency and edges give the same, with loops and one-way edges, for every numbering', () => {
    for (const n of [1, 2, 6]) {
      const graph = graphOf(n, randomPairs(n, 0.5))
      const directed: TaggedGraph = {
        nodes: n,
        edges: { sources: [...Array.from(graph.edges.sources), 0, n - 1], targets: [...Array.from(graph.edges.targets), 0, 0] },
      }
      for (const given of [graph, directed]) {
        const sparse = randomWalkReturns(given, steps)
        const y = evaluate(dense, feeds(given)).y?.data as Float64Array
        expect(largest(y.map((v, i) => v - (sparse[i] as number)))).toBeLessThan(1e-14)
        const p = random.permutation(n)
        const moved = randomWalkReturns(renumbered(given, p), steps)
        for (const v of numbers(n))
          for (const k of numbers(steps)) expect(moved[(p[v] as number) * steps + k]).toBeCloseTo(sparse[v * steps + k] as number, 13)
      }
    }
  })

  test('padding never matters, and ONNX Runtime gives the same for symbolic sizes', async () => {
    const masked = program({ inputs: { adj, mask }, outputs: { y: randomWalkEncoding(adj, steps, mask) } })
    const graph = graphOf(4, randomPairs(4, 0.8))
    const padded = new Float64Array(36).fill(Number.NaN)
    adjacency(graph).forEach((v, at) => {
      padded[Math.floor(at / 4) * 6 + (at % 4)] = v
    })
    const given = {
      adj: { dtype: 'float32', shape: [1, 6, 6], data: padded },
      mask: { dtype: 'bool', shape: [1, 6], data: Uint8Array.of(1, 1, 1, 1, 0, 0) },
    } satisfies Record<string, TensorValue>
    const y = evaluate(masked, given).y?.data as Float64Array
    expect([...y]).toEqual([...(evaluate(dense, feeds(graph)).y?.data ?? []), ...Array(2 * steps).fill(0)])
    for (const { error } of await parity(masked, [onnxBackend()], given)) expect(error).toBeLessThan(1e-5)
    for (const { error } of await parity(dense, [onnxBackend()], feeds(complete(7)))) expect(error).toBeLessThan(1e-5)
  })

  test('invalid arguments are rejected', () => {
    expect(() => randomWalkReturns(complete(3), 0)).toThrow('randomWalkReturns: expected 1 step or more, received 0.')
    expect(() => randomWalkEncoding(input('a', 'float32', [2, 3]), 2)).toThrow(
      'randomWalkEncoding: expected an adjacency of shape [..., n, n], received [2, 3].',
    )
  })
})

describe('Laplacian eigenvectors', () => {
  test('known spectra: complete graphs, cycles, and one zero per component, including isolated nodes', () => {
    const close = (values: Float64Array, expected: number[]): void =>
      expect(largest(values.map((v, i) => v - (expected[i] as number)))).toBeLessThan(1e-13)
    close(laplacianEigen(complete(5), { normalization: 'none' }).values, [0, 5, 5, 5, 5])
    close(laplacianEigen(complete(5)).values, [0, 1.25, 1.25, 1.25, 1.25])
    const cycle = graphOf(
      6,
      numbers(6).map((i) => [i, (i + 1) % 6]),
    )
    close(laplacianEigen(cycle, { normalization: 'none' }).values, [0, 1, 1, 3, 3, 4])
    close(
      laplacianEigen(
        graphOf(5, [
          [0, 1],
          [2, 3],
        ]),
      ).values,
      [0, 0, 0, 2, 2],
    )
  })

  test('the eigenvector of a simple eigenvalue is permuted with the nodes, up to its sign', () => {
    const graph = graphOf(7, [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [1, 4],
      [4, 5],
      [2, 6],
    ])
    const p = random.permutation(7)
    const [plain, moved] = [laplacianEigen(graph), laplacianEigen(renumbered(graph, p))]
    expect(largest(plain.values.map((v, j) => v - (moved.values[j] as number)))).toBeLessThan(1e-13)
    for (const j of numbers(7)) {
      const column = numbers(7).map((i) => [plain.vectors[i * 7 + j] as number, moved.vectors[(p[i] as number) * 7 + j] as number])
      const sign = Math.sign(column.reduce((s, [a, b]) => s + (a as number) * (b as number), 0))
      expect(largest(column.map(([a, b]) => (a as number) - sign * (b as number)))).toBeLessThan(1e-10)
    }
  })

  test('the heat kernel signature does not depend on the basis of a repeated eigenvalue; the eigenvectors do', () => {
    const graph = complete(5)
    const p = random.permutation(5)
    const [plain, moved] = [laplacianEigen(graph), laplacianEigen(renumbered(graph, [...p].reverse()))]
    const [h, g] = [heatKernelSignature(plain, [0, 0.5, 2]), heatKernelSignature(moved, [0, 0.5, 2])]
    expect(largest(h.map((v, i) => v - (g[i] as number)))).toBeLessThan(1e-13)
    for (const i of numbers(5)) expect(h[3 * i]).toBeCloseTo(1, 13)
    const entries = eigenvectorFeatures(plain, { count: 4 })
    expect(largest(numbers(5).map((i) => Math.abs(entries[4 * i] as number) - Math.abs(entries[0] as number)))).toBeGreaterThan(0.1)
  })

  test('features skip the first eigenvector, and missing columns are 0', () => {
    const eigen = laplacianEigen(complete(2))
    const features = eigenvectorFeatures(eigen, { count: 2 })
    expect([...features].map((v) => Math.round(v * v * 1e12) / 1e12)).toEqual([0.5, 0, 0.5, 0])
    expect(eigenvectorFeatures(laplacianEigen(graphOf(0, [])), { count: 2 })).toHaveLength(0)
    expect(() => laplacianEigen({ nodes: 1, edges: { sources: [0], targets: [1] } })).toThrow(
      'laplacianEigen: expected edges between nodes from 0 to 0',
    )
  })
})

test('degrees: one-hot up to the largest, and their logarithm', () => {
  const edgeIndex = input('edge_index', 'int64', [2, 'edges'])
  const outputs = { hot: degreeOneHot(edgeIndex, 4, 2), log: logDegree(edgeIndex, 4) }
  const data = BigInt64Array.of(0n, 1n, 2n, 3n, 0n, 0n, 0n, 1n)
  const { hot, log } = evaluate(program({ inputs: { edge_index: edgeIndex }, outputs }), {
    edge_index: { dtype: 'int64', shape: [2, 4], data },
  })
  expect([...(hot?.data ?? [])]).toEqual([0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0])
  expect([...(log?.data ?? [])]).toEqual([Math.log(4), Math.log(2), 0, 0])
})
