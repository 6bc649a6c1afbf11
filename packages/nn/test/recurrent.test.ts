import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, input, type Program, program, Random, type TensorValue } from '@equivar/tensor'
import { derivativeError, parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { type Cell, GruCell, initialize, LstmCell, parametersOf, Recurrent } from '../src/index.ts'

const [IN, CHANNELS] = [2, 3]
const random = new Random({ seed: 1, stream: 'recurrent' })
const cells: [string, () => Cell][] = [
  ['LstmCell', () => new LstmCell({ inChannels: IN, channels: CHANNELS })],
  ['GruCell', () => new GruCell({ inChannels: IN, channels: CHANNELS })],
]
const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v))

/** The published formulas on numbers, for one sequence. */
function reference(kind: string, xs: number[][], values: Record<string, TensorValue>): number[] {
  const weight = (name: string, row: number, column: number, width: number): number =>
    values[`cell.${name}`]?.data[row * width + column] as number
  const gates = kind === 'LstmCell' ? 4 : 3
  let [h, c] = [
    [0, 0, 0],
    [0, 0, 0],
  ]
  for (const x of xs) {
    const fromX = (g: number, k: number): number =>
      x.reduce(
        (sum, v, i) => sum + v * weight('input', i, g * CHANNELS + k, gates * CHANNELS),
        values['cell.bias']?.data[g * CHANNELS + k] as number,
      )
    const before = h
    const fromH = (g: number, k: number): number =>
      before.reduce((sum, v, i) => sum + v * weight('hidden', i, g * CHANNELS + k, gates * CHANNELS), 0)
    const both = (g: number, k: number): number => fromX(g, k) + fromH(g, k)
    if (kind === 'LstmCell') {
      c = c.map((v, k) => sigmoid(both(1, k)) * v + sigmoid(both(0, k)) * Math.tanh(both(2, k)))
      h = c.map((v, k) => sigmoid(both(3, k)) * Math.tanh(v))
    } else {
      h = before.map((v, k) => {
        const z = sigmoid(both(1, k))
        return (1 - z) * Math.tanh(fromX(2, k) + sigmoid(both(0, k)) * fromH(2, k)) + z * v
      })
    }
  }
  return h
}

const values = Float32Array.from({ length: 24 }, () => random.normal())
describe.each(cells)('%s', (kind, make) => {
  const network = new Recurrent(make())
  const [x, mask] = [input('x', 'float32', ['batch', 'n', IN]), input('mask', 'bool', ['batch', 'n'])]
  const programOf = (unroll?: number): Program =>
    program({
      inputs: { x, mask, ...Object.fromEntries(parametersOf(network)) },
      outputs: { y: network.forward(x, mask, unroll === undefined ? {} : { unroll }) },
    })
  const [loop, unrolled] = [programOf(), programOf(4)]
  const exists = [1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0]
  const feeds: Record<string, TensorValue> = {
    x: { dtype: 'float32', shape: [3, 4, IN], data: values },
    mask: { dtype: 'bool', shape: [3, 4], data: Uint8Array.from(exists) },
    ...initialize(network, 1),
  }

  test('agrees with the published formula over the elements that exist, as a loop and unrolled', () => {
    const [a, b] = [evaluate(loop, feeds).y?.data, evaluate(unrolled, feeds).y?.data]
    for (let sequence = 0; sequence < 3; sequence++) {
      const xs = [0, 1, 2, 3]
        .filter((t) => exists[sequence * 4 + t] === 1)
        .map((t) => Array.from(values.slice((sequence * 4 + t) * IN, (sequence * 4 + t + 1) * IN)))
      reference(kind, xs, feeds).forEach((v, k) => {
        expect(a?.[sequence * CHANNELS + k]).toBeCloseTo(v, 12)
        expect(b?.[sequence * CHANNELS + k]).toBeCloseTo(v, 12)
      })
    }
  })

  test('unrolled, it reads no more elements than it has steps', () => {
    const y = evaluate(programOf(2), feeds).y?.data
    const xs = [0, 1].map((t) => Array.from(values.slice(t * IN, (t + 1) * IN)))
    reference(kind, xs, feeds).forEach((v, k) => {
      expect(y?.[k]).toBeCloseTo(v, 12)
    })
  })

  test('has a correct derivative, and agrees with ONNX Runtime for other lengths', async () => {
    expect(derivativeError(unrolled, { feeds })).toBeLessThan(1e-7)
    const longer = {
      ...feeds,
      x: { dtype: 'float32', shape: [1, 7, IN], data: Float32Array.from({ length: 14 }, () => random.normal()) } as TensorValue,
      mask: { dtype: 'bool', shape: [1, 7], data: new Uint8Array(7).fill(1) } as TensorValue,
    }
    for (const p of [loop, unrolled]) for (const { error } of await parity(p, [onnxBackend()], feeds)) expect(error).toBeLessThan(1e-5)
    for (const { error } of await parity(loop, [onnxBackend()], longer)) expect(error).toBeLessThan(1e-5)
  })

  test('the result depends on the order of the elements', () => {
    const data = Float32Array.from({ length: 24 }, (_, i) => values[i < 8 ? 7 - i : i] as number)
    const moved = evaluate(loop, { ...feeds, x: { ...(feeds.x as TensorValue), data } }).y?.data as Float64Array
    expect(Math.abs((moved[0] as number) - (evaluate(loop, feeds).y?.data[0] as number))).toBeGreaterThan(1e-4)
  })
})
