import { onnxBackend } from '@equivar/backend-onnx'
import { initialize, type Module, parametersOf } from '@equivar/nn'
import { evaluate, input, program, type Tensor, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { InvariantGraphNetwork, ProvablyPowerfulGraphNetwork, pairFeatures } from '../src/index.ts'

/** Pairs of graphs that networks with random weights separate or not, according to theory. */
type Adjacency = (i: number, j: number) => boolean
const cycles =
  (...lengths: number[]): Adjacency =>
  (i, j) => {
    let start = 0
    for (const length of lengths) {
      const [a, b] = [i - start, j - start]
      if (a >= 0 && b >= 0 && a < length && b < length) return (a + 1) % length === b || (b + 1) % length === a
      start += length
    }
    return false
  }
const torus = (i: number, j: number): [number, number] => [(4 + (i >> 2) - (j >> 2)) % 4, (4 + (i % 4) - (j % 4)) % 4]
/** The rook's graph: neighbours share a row or a column. */
const rook: Adjacency = (i, j) => i !== j && torus(i, j).includes(0)
/** The Shrikhande graph: neighbours on the triangular grid of the 4 x 4 torus. */
const shrikhande: Adjacency = (i, j) => ['1,0', '3,0', '0,1', '0,3', '1,1', '3,3'].includes(torus(i, j).join())

const networks: Record<string, Module & { forward(x: Tensor): Tensor }> = {
  ign: new InvariantGraphNetwork({ inChannels: 2, channels: [8, 8, 8], head: [8], outputs: 4 }),
  'ign with all invariants': new InvariantGraphNetwork({ inChannels: 2, channels: [8, 8, 8], head: [8], outputs: 4, readout: 'linear' }),
  ppgn: new ProvablyPowerfulGraphNetwork({ inChannels: 2, channels: [8, 8, 8], outputs: 4, pool: 'sum' }),
}

/** The relative difference of the outputs for two graphs on n nodes, in the reference and on ONNX Runtime in float32. */
async function differences(
  network: Module & { forward(x: Tensor): Tensor },
  n: number,
  a: Adjacency,
  b: Adjacency,
): Promise<[number, number]> {
  const [x, adj] = [input('x', 'float32', ['batch', 'n', 1]), input('adj', 'float32', ['batch', 'n', 'n'])]
  const p = program({
    inputs: { x, adj, ...Object.fromEntries(parametersOf(network)) },
    outputs: { y: network.forward(pairFeatures(x, adj)) },
  })
  const matrix = (edge: Adjacency): number[] => Array.from({ length: n * n }, (_, at) => (edge(Math.floor(at / n), at % n) ? 1 : 0))
  const feeds: Record<string, TensorValue> = {
    x: { dtype: 'float32', shape: [2, n, 1], data: new Float32Array(2 * n).fill(1) },
    adj: { dtype: 'float32', shape: [2, n, n], data: Float32Array.from([...matrix(a), ...matrix(b)]) },
    ...initialize(network, 5),
  }
  const apart = (y: ArrayLike<number>): number => {
    const half = y.length / 2
    const scale = Math.max(...Array.from(y, Math.abs))
    return Math.max(...Array.from({ length: half }, (_, i) => Math.abs((y[i] as number) - (y[half + i] as number)))) / scale
  }
  const executable = await onnxBackend().compile(p)
  const { y } = await executable.run(feeds)
  const onDevice = apart(Array.from((await y?.data()) ?? [], Number))
  await executable.dispose()
  return [apart(evaluate(p, feeds).y?.data as Float64Array), onDevice]
}

describe.each([
  ['a 6-cycle and two triangles', 6, cycles(6), cycles(3, 3), { ign: false, ppgn: true }],
  ["the Shrikhande graph and the 4 x 4 rook's graph", 16, shrikhande, rook, { ign: false, ppgn: false }],
  ['a 6-cycle and a 5-cycle beside a node with a loop', 6, cycles(6), cycles(5, 1), { ign: true, ppgn: true }],
] as const)('%s', (_, n, a, b, told) => {
  test.each(Object.keys(networks))('%s', async (name) => {
    const [reference, device] = await differences(networks[name] as (typeof networks)[string], n, a, b)
    if (told[name === 'ppgn' ? 'ppgn' : 'ign']) {
      expect(reference).toBeGreaterThan(1e-4)
      expect(device).toBeGreaterThan(1e-4)
    } else {
      expect(reference).toBeLessThan(1e-12)
      expect(device).toBeLessThan(2e-6)
    }
  })
})
