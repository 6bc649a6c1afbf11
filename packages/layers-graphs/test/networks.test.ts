import { onnxBackend } from '@equivar/backend-onnx'
import { naturalAction, symmetric } from '@equivar/groups'
import { countParameters, type Module, parametersOf } from '@equivar/nn'
import { evaluate, input, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import { axisSymmetry, type LayerDescription, layerChecks } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  diagonalOffDiagonal,
  InvariantGraphNetwork,
  type PairAggregation,
  PpgnBlock,
  ProvablyPowerfulGraphNetwork,
  pairFeatures,
} from '../src/index.ts'

type Network = Module & { forward(x: Tensor, mask?: Tensor): Tensor }
const draw = (shape: readonly number[], random = new Random({ seed: 3, stream: 'networks' })): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})
const small = { inChannels: 2, channels: [3, 4], outputs: 2, head: [5] }
const networks: [string, Network][] = [
  ['2-IGN', new InvariantGraphNetwork(small)],
  ['2-IGN with all invariants', new InvariantGraphNetwork({ ...small, readout: 'linear' })],
  ['3-IGN', new InvariantGraphNetwork({ ...small, order: 3 })],
  ['1-IGN', new InvariantGraphNetwork({ ...small, order: 1 })],
  ...(['max', 'sum', 'mean'] as const).flatMap((pool): [string, Network][] => [
    [`PPGN, every block, ${pool}`, new ProvablyPowerfulGraphNetwork({ ...small, pool })],
    [`PPGN, last block, ${pool}`, new ProvablyPowerfulGraphNetwork({ ...small, pool, readout: 'last' })],
  ]),
  ['PPGN of degree 3', new ProvablyPowerfulGraphNetwork({ ...small, degree: 3, pool: 'sum' })],
]

/** The description of a network of dense graphs, for `layerChecks`, with the input names of exported models; sizes are graphs and nodes. */
const described = ([name, network]: [string, Network]): LayerDescription<readonly [batch: number, n: number]> => ({
  name,
  expression: () => {
    const x = input('x', 'float32', ['batch', 'n', 1])
    const adj = input('adj', 'float32', ['batch', 'n', 'n'])
    const mask = input('mask', 'bool', ['batch', 'n'])
    return { inputs: { x, adj, mask }, outputs: network.forward(pairFeatures(x, adj, mask), mask) }
  },
  feeds: ([batch, n], random) => ({ x: draw([batch, n, 1], random), adj: draw([batch, n, n], random), mask: exists(batch, n) }),
  sizes: [1, 2, 5].map((n) => [3, n]),
  sizesOf: {
    derivative: [[2, 3]],
    parity: [
      [1, 1],
      [2, 7],
    ],
    edges: [
      [2, 3],
      [2, 0],
    ],
    masks: [[3, 4]],
  },
  symmetry: ([, n]) => {
    const action = naturalAction(symmetric(n))
    return axisSymmetry({ inputs: { x: { 1: action }, adj: { 1: action, 2: action }, mask: { 1: action } } })
  },
  masks: [
    {
      name: 'mask',
      covers: {
        x: [[0, 1]],
        adj: [
          [0, 1],
          [0, 2],
        ],
        y: [[0]],
      },
    },
  ],
  mayVanish: ([, n]) => n < 2,
})
const exists = (batch: number, n: number): TensorValue => ({
  dtype: 'bool',
  shape: [batch, n],
  data: Uint8Array.from({ length: batch * n }, (_, i) => (i < n || (i < n * (batch - 1) && i % 3 !== 1) ? 1 : 0)),
})

describe.each(networks.map(described))('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})

test('the readout of pairs agrees with a loop', () => {
  const [n, channels] = [4, 2]
  const value = draw([2, n, n, channels])
  const kept = Uint8Array.of(1, 1, 0, 1, 0, 1, 0, 0)
  const at = (g: number, i: number, j: number, c: number): number =>
    (value.data as Float32Array)[((g * n + i) * n + j) * channels + c] as number
  const pools: Record<PairAggregation, (values: number[]) => number> = {
    sum: (values) => values.reduce((a, b) => a + b, 0),
    mean: (values) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length),
    max: (values) => (values.length === 0 ? 0 : Math.max(...values)),
  }
  const pairs = input('pairs', 'float32', [2, n, n, channels])
  const m = input('mask', 'bool', [2, n])
  for (const [name, pool] of Object.entries(pools)) {
    const p = program({ inputs: { pairs, mask: m }, outputs: { y: diagonalOffDiagonal(pairs, name as PairAggregation, { mask: m }) } })
    const { y } = evaluate(p, { pairs: value, mask: { dtype: 'bool', shape: [2, n], data: kept } })
    for (const g of [0, 1]) {
      const nodes = [0, 1, 2, 3].filter((i) => kept[g * n + i] === 1)
      for (let c = 0; c < channels; c++) {
        const on = nodes.map((i) => at(g, i, i, c))
        const off = nodes.flatMap((i) => nodes.filter((j) => j !== i).map((j) => at(g, i, j, c)))
        expect(y?.data[g * 4 + c]).toBeCloseTo(pool(on), 12)
        expect(y?.data[g * 4 + channels + c]).toBeCloseTo(pool(off), 12)
      }
    }
  }
})

test('a block with more factors agrees with explicit products', () => {
  const block = new PpgnBlock({ inChannels: 1, outChannels: 1, depth: 1, degree: 3 })
  const pairs = input('x', 'float32', [1, 1, 2, 2])
  const one = (value: number): TensorValue => ({ dtype: 'float32', shape: [1, 1], data: Float64Array.of(value) })
  const none: TensorValue = { dtype: 'float32', shape: [1], data: Float64Array.of(0) }
  const values = Object.fromEntries([...parametersOf(block)].map(([path, { sizes }]) => [path, sizes.length === 2 ? one(1) : none]))
  const p = program({ inputs: { x: pairs, ...Object.fromEntries(parametersOf(block)) }, outputs: { y: block.forward(pairs) } })
  const skip: TensorValue = { dtype: 'float32', shape: [1, 3], data: Float64Array.of(100, 10, 1) }
  const { y } = evaluate(p, {
    ...values,
    x: { dtype: 'float32', shape: [1, 1, 2, 2], data: Float64Array.of(1, 2, 3, 4) },
    'skip.weight': skip,
  })
  const square = [7, 10, 15, 22]
  const cube = [37, 54, 81, 118]
  expect(Array.from(y?.data ?? [])).toEqual([1, 2, 3, 4].map((v, i) => 100 * v + 10 * (square[i] as number) + (cube[i] as number)))
})

test('the published sizes have 0.53 million parameters (2-IGN on MUTAG) and 2.42 million (PPGN)', () => {
  expect(countParameters(new InvariantGraphNetwork({ inChannels: 8, outputs: 2 }))).toBe(527_586)
  const ppgn = countParameters(new ProvablyPowerfulGraphNetwork({ inChannels: 8, outputs: 2 }))
  expect(Math.round(ppgn / 1e4)).toBe(242)
})

test('invalid options are rejected', () => {
  expect(() => new InvariantGraphNetwork({ ...small, order: 3, readout: 'max' })).toThrow(
    'expected order 2 for the max readout, received 3',
  )
  expect(() => new PpgnBlock({ inChannels: 1, outChannels: 1, degree: 1 })).toThrow('expected a degree of at least 2, received 1')
})
