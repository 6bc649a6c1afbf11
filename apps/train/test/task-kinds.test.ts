import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { equivar, jsonLines } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-task-kinds-'))
process.env.CUDA_VISIBLE_DEVICES = '-1'
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const imports = `
import { defineTask } from '@equivar/cli'
import { naturalAction, symmetric } from '@equivar/groups'
import { Readout } from '@equivar/layers-graphs'
import { Linear, maskedMean } from '@equivar/nn'
import { input, Random, reduceMean } from '@equivar/tensor'
import { axisSymmetry } from '@equivar/verify'
const random = new Random({ seed: 1, stream: 'examples' })
const numbers = (count: number, channels: number) => Array.from({ length: count }, () => Array.from({ length: channels }, () => random.normal()))
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
const list = (length: number, make: (i: number) => unknown) => Array.from({ length }, (_, i) => make(i))
const linear = ({ channels, outputs }) => new Linear({ inChannels: channels, outChannels: outputs })
`

/** Each task can be learned exactly by a linear map; what it must reach. */
const cases: readonly { name: string; task: string; atMost?: number; atLeast?: number; claims?: string }[] = [
  {
    name: 'y of a set, in its own units',
    task: `data: () => list(80, () => { const x = numbers(3, 2); return { x, y: [100 + 10 * mean(x.map(([a]) => a))] } }),
      model: linear, output: (network, { x, mask }) => network.forward(maskedMean(x, mask, { axis: 1 })), goal: 'y'`,
    atMost: 0.5,
    claims: 'permutations of the elements',
  },
  {
    name: 'labels of the elements of a set',
    task: `data: () => list(60, (i) => { const x = numbers(2 + (i % 3), 2); return { x, labels: x.map(([a]) => a > 0 ? 'up' : 'down') } }),
      model: linear, output: (network, { x }) => network.forward(x), goal: 'labels'`,
    atLeast: 0.9,
    claims: 'permutations of the elements, which permute the scores',
  },
  {
    name: 'ys of the elements of a set',
    task: `data: () => list(60, (i) => { const x = numbers(2 + (i % 3), 2); return { x, ys: x.map(([a], k) => k === 1 ? null : 3 * a) } }),
      model: linear, output: (network, { x }) => network.forward(x), goal: 'ys'`,
    atMost: 0.1,
  },
  {
    name: 'a chosen element, of sets of different sizes',
    task: `data: () => list(120, (i) => { const x = numbers(2 + (i % 3), 2); return { x, chosen: x.reduce((best, [a], k) => a > x[best][0] ? k : best, 0) } }),
      model: linear, output: (network, { x }) => network.forward(x), goal: 'chosen'`,
    atLeast: 0.8,
    claims: 'permutations of the elements, which permute the scores',
  },
  {
    name: 'y of a graph',
    task: `data: () => list(80, (i) => { const n = 3 + (i % 3); const x = numbers(n, 2)
        return { x, edge_index: [Array.from({ length: n }, (_, k) => k), Array.from({ length: n }, (_, k) => (k + 1) % n)], y: mean(x.map(([a]) => a)) * n } }),
      model: linear,
      output: (network, { x, batch }) => new Readout().forward(network.forward(x), batch, 'graphs'), goal: 'y'`,
    atMost: 0.6,
    claims: 'permutations of the nodes and of the edges',
  },
  {
    name: 'labels of the nodes of one graph',
    task: `data: () => [{ x: numbers(60, 2), edge_index: [[0, 1], [1, 0]] }].map((graph) => ({ ...graph, labels: graph.x.map(([a]) => a > 0 ? 1 : 0) })),
      model: linear, output: (network, { x }) => network.forward(x), goal: 'labels'`,
    atLeast: 0.8,
    claims: 'permutations of the edges and of the nodes, which permute the logits',
  },
  {
    name: 'label of a dense graph',
    task: `data: () => list(80, (i) => ({ x: numbers(3, 1).map(([a]) => [a + (i % 2 ? 3 : 0)]), adj: numbers(3, 3), label: i % 2 })),
      model: linear, output: (network, { x, mask }) => network.forward(maskedMean(x, mask, { axis: 1 })), goal: 'label'`,
    atLeast: 0.9,
    claims: 'permutations of the nodes',
  },
  {
    name: 'label of an image',
    task: `data: () => list(80, (i) => ({ x: [numbers(4, 4).map((row) => row.map((a) => a + (i % 2 ? 3 : 0)))], label: i % 2 })),
      model: linear, output: (network, { x }) => network.forward(reduceMean(x, { axis: [2, 3] })), goal: 'label'`,
    atLeast: 0.9,
  },
  {
    name: 'sets of a fixed size, with a group and with words',
    task: `data: () => list(80, () => { const x = numbers(4, 1); return { x, y: mean(x.map(([a]) => a)) } }), standardize: false,
      inputs: ({ channels }) => ({ x: input('x', 'float32', ['batch', 4, channels]) }),
      model: linear, output: (network, { x }) => network.forward(reduceMean(x, { axis: 1 })), goal: 'y',
      symmetries: [{ x: 'S4 on axis 1' }, axisSymmetry({ inputs: { x: { 1: naturalAction(symmetric(4)) } } })]`,
    atMost: 0.1,
    claims: 'x: S4 on axis 1; permutations of axes',
  },
  {
    name: 'data sets that make their own batches',
    task: `settings: { size: 5 },
      data: ({ size }) => {
        const part = (length: number) => ({ length, batch: (indices) => {
          const x = Float32Array.from({ length: indices.length * size }, (_, i) => ((Number(indices[Math.floor(i / size)]) + (i % size)) % 3) - 1)
          const target = Float32Array.from({ length: indices.length }, (_, i) => x[i * size] + 5)
          return { points: { dtype: 'float32', shape: [indices.length, size], data: x }, target: { dtype: 'float32', shape: [indices.length, 1], data: target } } } })
        return { train: part(64), validation: part(16), test: part(16), facts: { channels: size, outputs: 1, regression: { offset: 5, scale: 1 } } }
      },
      inputs: ({ channels }) => ({ points: input('points', 'float32', ['batch', channels]) }),
      model: linear, output: (network, { points }) => network.forward(points), goal: 'y'`,
    atMost: 0.1,
    claims: '',
  },
]

test.each(cases)('$name', async ({ name, task, atMost, atLeast, claims }) => {
  const file = `./${name.replaceAll(/[^a-z]/g, '-')}.ts`
  writeFileSync(file, `${imports}\nexport default defineTask({ ${task}, recipe: { epochs: 40, batchSize: 8, learningRate: 0.03 } })\n`)
  const { stdout, stderr, status } = await equivar('train', file, '--threads', '1', '--out', name, '--json')
  expect([stderr, status]).toEqual(['', 0])
  const last = jsonLines<{ accuracy?: number; mae?: number }>(stdout).at(-1)
  if (atMost !== undefined) expect(last?.mae).toBeLessThanOrEqual(atMost)
  if (atLeast !== undefined) expect(last?.accuracy).toBeGreaterThanOrEqual(atLeast)
  const verified = await equivar('verify', name)
  expect([verified.stderr, verified.status]).toEqual(['', 0])
  for (const claim of claims?.split('; ') ?? []) expect(verified.stdout).toContain(claim)
})
