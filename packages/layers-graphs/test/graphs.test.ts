import { initialize, type Module, parametersOf } from '@equivar/nn'
import { evaluate, type Input, input, program, type Tensor, type TensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import { EquivariantGraphLinear, Gin, InvariantGraphNetwork, pairFeatures } from '../src/index.ts'

const random = new Random({ seed: 6 })
const normal = (length: number): Float64Array => Float64Array.from({ length }, () => random.normal())

function run(y: Tensor, inputs: Record<string, Input>, feeds: Record<string, TensorValue>, module: Module): Float64Array {
  const p = program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(module)) }, outputs: { y } })
  return evaluate(p, { ...feeds, ...initialize(module, 1) }).y?.data ?? new Float64Array()
}

const real = (shape: number[], data: ArrayLike<number>): TensorValue => ({ dtype: 'float32', shape, data: Float64Array.from(data) })

/** x[p(i)][p(j)] for every pair and channel. */
const movedPairs = (data: ArrayLike<number>, p: ArrayLike<number>, channels: number): number[] => {
  const n = p.length
  return Array.from({ length: n * n * channels }, (_, at) => {
    const [i, j, c] = [Math.floor(at / channels / n), Math.floor(at / channels) % n, at % channels]
    return data[((p[i] as number) * n + (p[j] as number)) * channels + c] as number
  })
}

describe('EquivariantGraphLinear', () => {
  const layer = new EquivariantGraphLinear({ inputOrder: 2, outputOrder: 2, inChannels: 2, outChannels: 3 })
  const x = input('x', 'float32', ['batch', 'n', 'n', 2])
  const mask = input('mask', 'bool', ['batch', 'n'])

  test('commutes with every permutation of the nodes', () => {
    for (const n of [1, 2, 5]) {
      const data = normal(n * n * 2)
      const plain = run(layer.forward(x), { x }, { x: real([1, n, n, 2], data) }, layer)
      const p = random.permutation(n)
      const moved = run(layer.forward(x), { x }, { x: real([1, n, n, 2], movedPairs(data, p, 2)) }, layer)
      movedPairs(plain, p, 3).forEach((v, i) => {
        expect(moved[i]).toBeCloseTo(v, 11)
      })
    }
  })

  test('equals the 15 operations written out one by one', () => {
    const n = 4
    const data = normal(n * n * 2)
    const values = initialize(layer, 1)
    const w = values.weight?.data as Float32Array
    const got = run(layer.forward(x), { x }, { x: real([1, n, n, 2], data) }, layer)
    const at = (i: number, j: number, c: number): number => data[(i * n + j) * 2 + c] as number
    const all = [0, 1, 2, 3]
    for (let o = 0; o < 3; o++) {
      for (const i of all) {
        for (const j of all) {
          let expected = 0
          for (let c = 0; c < 2; c++) {
            const mean = (f: (k: number) => number): number => all.reduce((s, k) => s + f(k), 0) / n
            const row = (a: number): number => mean((k) => at(a, k, c))
            const column = (a: number): number => mean((k) => at(k, a, c))
            const trace = mean((k) => at(k, k, c))
            const total = mean(row)
            const on = i === j ? 1 : 0
            const operations = [
              on * at(i, i, c),
              on * trace,
              on * row(i),
              on * column(i),
              on * total,
              column(i),
              row(i),
              column(j),
              row(j),
              at(i, j, c),
              at(j, i, c),
              at(i, i, c),
              at(j, j, c),
              trace,
              total,
            ]
            operations.forEach((value, k) => {
              expected += value * (w[(k * 2 + c) * 3 + o] as number)
            })
          }
          expect(got[(i * n + j) * 3 + o]).toBeCloseTo(expected, 11)
        }
      }
    }
  })

  test('padding never matters', () => {
    const small = normal(9 * 2)
    const padded = Array.from({ length: 16 * 2 }, (_, k) => {
      const [i, j, c] = [Math.floor(k / 8), Math.floor(k / 2) % 4, k % 2]
      return i < 3 && j < 3 ? (small[(i * 3 + j) * 2 + c] as number) : 1e4
    })
    const plain = run(layer.forward(x), { x }, { x: real([1, 3, 3, 2], small) }, layer)
    const masked = run(
      layer.forward(x, mask),
      { x, mask },
      { x: real([1, 4, 4, 2], padded), mask: { dtype: 'bool', shape: [1, 4], data: Uint8Array.of(1, 1, 1, 0) } },
      layer,
    )
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        for (let o = 0; o < 3; o++) {
          const expected = i < 3 && j < 3 ? (plain[(i * 3 + j) * 3 + o] as number) : 0
          expect(masked[(i * 4 + j) * 3 + o]).toBeCloseTo(expected, 10)
        }
      }
    }
  })

  test('a rectangular adjacency is refused with the remedy', () => {
    expect(() => layer.forward(input('x', 'float32', [32, 20, 30, 2]))).toThrow(
      'layers-graphs: EquivariantGraphLinear.forward: expected x of shape [batch, n, n, 2] (inputOrder 2, inChannels 2), received [32, 20, 30, 2]. Axes 1 and 2 must be equal. Did you pass a rectangular adjacency?',
    )
  })
})

/** Adjacency of cycles of those lengths, side by side. */
function cycles(...lengths: number[]): number[][] {
  const n = lengths.reduce((a, b) => a + b, 0)
  const adjacency = Array.from({ length: n }, () => Array.from({ length: n }, () => 0))
  let start = 0
  for (const length of lengths) {
    for (let i = 0; i < length; i++) {
      const [a, b] = [start + i, start + ((i + 1) % length)]
      ;(adjacency[a] as number[])[b] = 1
      ;(adjacency[b] as number[])[a] = 1
    }
    start += length
  }
  return adjacency
}

test('2-IGN is invariant, and cannot tell a 6-cycle from two 3-cycles', () => {
  const model = new InvariantGraphNetwork({ inChannels: 2, channels: [4, 8], head: [8], outputs: 2 })
  const [x, adj] = [input('x', 'float32', ['batch', 'n', 1]), input('adj', 'float32', ['batch', 'n', 'n'])]
  const output = (adjacency: number[][]): Float64Array =>
    run(
      model.forward(pairFeatures(x, adj)),
      { x, adj },
      { x: real([1, 6, 1], Array(6).fill(1)), adj: real([1, 6, 6], adjacency.flat()) },
      model,
    )
  const [hexagon, triangles, path] = [output(cycles(6)), output(cycles(3, 3)), output(cycles(5, 1))]
  hexagon.forEach((v, i) => {
    expect(triangles[i]).toBeCloseTo(v, 12)
  })
  expect(Math.abs((path[0] as number) - (hexagon[0] as number))).toBeGreaterThan(1e-4)
})

test('GIN is invariant to the order of nodes and edges, and graphs of a union do not meet', () => {
  const model = new Gin({ inChannels: 2, hidden: 5, layers: 2, outputs: 3 })
  const inputs = {
    x: input('x', 'float32', ['nodes', 2]),
    edge_index: input('edge_index', 'int64', [2, 'edges']),
    batch: input('batch', 'int64', ['nodes']),
    num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
  }
  const y = model.forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs')
  const int = (shape: number[], data: number[]): TensorValue => ({ dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) })
  const features = normal(10)
  const sources = [0, 1, 1, 2, 3, 4]
  const targets = [1, 0, 2, 1, 4, 3]
  const feeds = (p: ArrayLike<number>): Record<string, TensorValue> => {
    const x = new Float64Array(10)
    const batch = Array(5).fill(0) as number[]
    for (let i = 0; i < 5; i++) {
      x.set(features.subarray(2 * i, 2 * i + 2), 2 * (p[i] as number))
      batch[p[i] as number] = i < 3 ? 0 : 1
    }
    const edges = [...sources, ...targets].map((node) => p[node] as number)
    return { x: real([5, 2], x), edge_index: int([2, 6], edges), batch: int([5], batch), num_graphs: int([], [2]) }
  }
  const plain = run(y, inputs, feeds([0, 1, 2, 3, 4]), model)
  run(y, inputs, feeds(random.permutation(5)), model).forEach((v, i) => {
    expect(v).toBeCloseTo(plain[i] as number, 12)
  })
  const first = { ...feeds([0, 1, 2, 3, 4]) }
  const alone = run(
    y,
    inputs,
    {
      x: real([3, 2], features.subarray(0, 6)),
      edge_index: int([2, 4], [0, 1, 1, 2, 1, 0, 2, 1]),
      batch: int([3], [0, 0, 0]),
      num_graphs: int([], [1]),
    },
    model,
  )
  expect(first.x?.shape).toEqual([5, 2])
  alone.forEach((v, i) => {
    expect(v).toBeCloseTo(plain[i] as number, 12)
  })
})
