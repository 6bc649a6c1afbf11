import { countParameters, initialize, parametersOf, trace } from '@equivar/nn'
import { constant, evaluate, type Input, input, optimize, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import { derivativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { orthogonalityPenalty, PointNet, SpatialTransform } from '../src/index.ts'
import { parametersFor } from './families.ts'

const sizes = { outputs: 2, local: [4], global: [4, 5], head: [4], transforms: { local: [4], head: [3] } }
const x = input('x', 'float32', ['batch', 'n', 3])
const mask = input('mask', 'bool', ['batch', 'n'])
const random = new Random({ seed: 2 })
const points = (...shape: number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})

test('the published network has 3,480,049 parameters', () => {
  /** Weights and biases of linear layers with batch norm: each output has a bias, a scale and an offset. */
  const normed = (...widths: number[]): number => widths.slice(1).reduce((sum, out, i) => sum + (widths[i] ?? 0) * out + 3 * out, 0)
  const linear = (inChannels: number, out: number): number => inChannels * out + out
  const transform = (k: number): number => normed(k, 64, 128, 1024) + normed(1024, 512, 256) + linear(256, k * k)
  const layers = normed(3, 64, 64) + normed(64, 64, 128, 1024) + normed(1024, 512, 256) + linear(256, 40)
  expect(countParameters(new PointNet({ outputs: 40 }))).toBe(transform(3) + transform(64) + layers)
  expect(transform(3) + transform(64) + layers).toBe(3_480_049)
})

test('a transform starts as the identity', () => {
  const layer = new SpatialTransform({ inChannels: 3, local: [4], head: [3] })
  const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x) } })
  expect([...(evaluate(p, { x: points(1, 5, 3), ...initialize(layer, 1) }).y?.data ?? [])]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
})

describe('the regularizer', () => {
  test('is 0 for a rotation and a reflection, the sum of squares of I - T T^t otherwise', () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)]
    const transforms = constant([
      [
        [c, -s],
        [s, c],
      ],
      [
        [0, 1],
        [1, 0],
      ],
      [
        [1, 2],
        [0, 3],
      ],
    ])
    const [rotation, reflection, shear] =
      evaluate(program({ inputs: {}, outputs: { y: orthogonalityPenalty(transforms) } }), {}).y?.data ?? []
    expect(Math.abs(rotation as number)).toBeLessThan(1e-15)
    expect(reflection).toBe(0)
    expect(shear).toBe(4 ** 2 + 6 ** 2 + 6 ** 2 + 8 ** 2)
  })

  test('of a network is one number per set, has a derivative, and shares the computation of forward', () => {
    const model = new PointNet(sizes)
    const inputs = { x, mask, ...Object.fromEntries(parametersOf(model)) }
    const [logits, penalty] = [model.forward(x, mask), model.regularizer(x, mask)]
    const p = program({ inputs, outputs: { penalty } })
    const feeds = {
      x: points(3, 4, 3),
      mask: { dtype: 'bool', shape: [3, 4], data: Uint8Array.of(1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0) } as TensorValue,
      ...parametersFor(model, 1),
    }
    expect(evaluate(p, feeds).penalty?.shape).toEqual([3])
    expect(derivativeError(p, { feeds })).toBeLessThan(1e-7)
    const nodes = (outputs: Record<string, Tensor>): number => optimize(program({ inputs, outputs })).nodes.length
    expect(nodes({ logits, penalty }) - nodes({ logits })).toBeLessThan(8)
  })

  test('requires the transforms', () => {
    expect(() => new PointNet({ ...sizes, transforms: false }).regularizer(x)).toThrow(
      'PointNet.regularizer: expected a feature transform, received transforms: false.',
    )
  })
})

test('batch norm statistics ignore padding in training', () => {
  const model = new PointNet(sizes)
  const run = (shape: number[], withMask: boolean): Float64Array[] => {
    const inputs: Record<string, Input> = withMask ? { x, mask } : { x }
    const seed = constant(3, [], 'int64')
    const { result, updates } = trace({ training: true, seed }, () => model.forward(x, withMask ? mask : undefined))
    const named = Object.fromEntries([...updates.values()].map((t, i) => [`statistic ${i}`, t]))
    const p = program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(model)) }, outputs: { y: result, ...named } })
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(NaN)
    const values = Float32Array.from({ length: 24 }, (_, i) => Math.sin(3 * i))
    const [, n = 4] = shape
    for (let set = 0; set < 2; set++) data.set(values.slice(set * 12, set * 12 + 12), set * n * 3)
    const exists = Uint8Array.from({ length: 2 * n }, (_, i) => (i % n < 4 ? 1 : 0))
    const feeds = { x: { dtype: 'float32', shape, data }, ...(withMask ? { mask: { dtype: 'bool', shape: [2, n], data: exists } } : {}) }
    return Object.values(evaluate(p, { ...(feeds as Record<string, TensorValue>), ...initialize(model, 1) })).map(
      ({ data: d }) => d as Float64Array,
    )
  }
  const [alone, padded] = [run([2, 4, 3], false), run([2, 7, 3], true)]
  expect(alone.length).toBe(1 + 2 * 8)
  alone.forEach((values, k) => {
    values.forEach((v, i) => {
      expect(Math.abs((padded[k]?.[i] as number) - v)).toBeLessThan(1e-12)
    })
  })
})

test('a network without layers before the pooling is rejected', () => {
  const build = (): Tensor => new PointNet({ outputs: 2, local: [] }).forward(x)
  expect(build).toThrow('PointNet: expected at least one layer in local and in global, received [] and [64,128,1024].')
})
