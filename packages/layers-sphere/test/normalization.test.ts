import { driscollHealyGrid } from '@equivar/groups'
import { countParameters, initialize, parametersOf, trace } from '@equivar/nn'
import { evaluate, input, program, type Tensor, type TensorValue } from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { expect, test } from 'vitest'
import { type EulerAngles, HaarNormalization, SphericalNetwork } from '../src/index.ts'
import { bandLimited, rotated, rotations, run, type Value, valuesOf } from './shared.ts'

const b = 5
const CHANNELS = 2
const { weights } = driscollHealyGrid(b)

/** The mean, over batch and domain, of f applied to the samples of a channel. */
function mean({ shape, data }: Value, channel: number, f: (v: number) => number): number {
  const inner = data.length / (shape[0] as number) / CHANNELS
  let sum = 0
  for (const [at, v] of data.entries())
    if (Math.floor(at / inner) % CHANNELS === channel)
      sum += ((weights[Math.floor(((at % inner) / inner) * 2 * b)] as number) / 2) * ((2 * b) / inner) * f(v)
  return sum / (shape[0] as number)
}

test('in training, a network with normalized features does not depend on their scale', () => {
  const sizes = { bandwidths: [4, 3, 2], channels: [2, 3, 4], outputs: 5 }
  const network = new SphericalNetwork({ ...sizes, normalization: true })
  expect(countParameters(network) - countParameters(new SphericalNetwork(sizes))).toBe(2 * 4)
  const x = bandLimited('sphere', 4, 2, 1, 3)
  const leaf = input('x', 'float32', x.shape)
  const { result } = trace({ training: true }, () => network.forward(leaf))
  const p = program({ inputs: { x: leaf, ...Object.fromEntries(parametersOf(network)) }, outputs: { y: result } })
  const values = initialize(network, 1)
  // The features are much larger than epsilon.
  const answer = (factor: number): Value => {
    const weight = values['convolutions.0.weight'] as TensorValue
    const data = Float64Array.from(weight.data as Float32Array, (v) => 1e4 * factor * v)
    return evaluate(p, { x, ...values, 'convolutions.0.weight': { ...weight, data } }).y as Value
  }
  expect(relativeError(answer(7).data, answer(1).data)).toBeLessThan(1e-6)
})

/** The output in training and the updated running statistics. */
function trained(layer: HaarNormalization, x: Value): Record<string, Value> {
  const leaf = input('x', 'float32', x.shape)
  const { result, updates } = trace({ training: true }, () => layer.forward(leaf))
  const [average, variance] = [layer.runningMean, layer.runningVariance].map((p) => updates.get(p as never) as Tensor) as [Tensor, Tensor]
  const p = program({ inputs: { x: leaf, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: result, average, variance } })
  return evaluate(p, { x, ...initialize(layer, 1) }) as Record<string, Value>
}

test.each(['sphere', 'rotations'] as const)('%s: in training, a channel has mean 0 and variance 1 over batch and domain', (space) => {
  const layer = new HaarNormalization({ channels: CHANNELS, epsilon: 0 })
  const x = bandLimited(space, b, CHANNELS, 1, 3)
  const { y, average, variance } = trained(layer, x) as { y: Value; average: Value; variance: Value }
  for (let c = 0; c < CHANNELS; c++) {
    expect(mean(y, c, (v) => v)).toBeCloseTo(0, 12)
    expect(mean(y, c, (v) => v * v)).toBeCloseTo(1, 12)
    const centre = mean(x, c, (v) => v)
    expect(average.data[c]).toBeCloseTo(0.1 * centre, 7)
    expect(variance.data[c]).toBeCloseTo(0.9 + 0.1 * mean(x, c, (v) => (v - centre) ** 2), 6)
  }
})

test('is equivariant if every signal of a batch has its own rotation', () => {
  const layer = new HaarNormalization({ channels: CHANNELS })
  const x = bandLimited('sphere', b, CHANNELS, 1, 2)
  const half = x.data.length / 2
  const [q, r] = rotations(2) as [EulerAngles, EulerAngles]
  const turn = (v: Value): Value => ({
    ...v,
    data: Float64Array.from([
      ...rotated('sphere', { ...v, data: v.data.slice(0, half) }, q).data,
      ...rotated('sphere', { ...v, data: v.data.slice(half) }, r).data,
    ]),
  })
  expect(relativeError((trained(layer, turn(x)).y as Value).data, turn(trained(layer, x).y as Value).data)).toBeLessThan(1e-12)
})

test('uses the running statistics in inference', () => {
  const layer = new HaarNormalization({ channels: CHANNELS, epsilon: 0 })
  const x = bandLimited('sphere', b, CHANNELS, 1, 1)
  const values: Record<string, TensorValue> = {
    ...valuesOf(layer),
    runningMean: { dtype: 'float32', shape: [2], data: Float64Array.of(1, 2) } as const,
    runningVariance: { dtype: 'float32', shape: [2], data: Float64Array.of(4, 9) } as const,
  }
  const offset = values.offset?.data as Float32Array
  const y = run(layer, x, values).data
  for (const [at, v] of y.entries()) {
    const c = Math.floor(at / (4 * b * b)) % 2
    expect(v).toBeCloseTo(((x.data[at] as number) - (c + 1)) / (c + 2) + (offset[c] as number), 10)
  }
  expect(() => new HaarNormalization({ channels: 0 })).toThrow('HaarNormalization: expected channels to be a positive integer, received 0.')
})
