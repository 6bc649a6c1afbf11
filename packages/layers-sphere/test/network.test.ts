import { exportOnnx } from '@equivar/export-onnx'
import { countParameters, initialize, parametersOf, trace } from '@equivar/nn'
import { evaluate, input, program as programOf } from '@equivar/tensor'
import { derivativeError, relativeError } from '@equivar/verify'
import { expect, test } from 'vitest'
import { SphericalNetwork, type SphericalNetworkOptions } from '../src/index.ts'
import { bandLimited, layerProgram, normals } from './shared.ts'

test('the published network has 154,550 weights: 480 + 20, 153,600 + 40, 410', () => {
  const model = new SphericalNetwork({ outputs: 10 })
  expect(countParameters(model)).toBe(154_550)
  expect([...parametersOf(model)].map(([path, { sizes }]) => [path, sizes])).toEqual([
    ['lifting.weight', [24, 1, 20]],
    ['lifting.bias', [20]],
    ['convolutions.0.weight', [192, 20, 40]],
    ['convolutions.0.bias', [40]],
    ['head.weight', [40, 10]],
    ['head.bias', [10]],
  ])
})

test('layers of equal size share constants', () => {
  const constantsOf = (depth: number): number => {
    const model = new SphericalNetwork({
      bandwidths: new Array<number>(depth).fill(6),
      channels: new Array<number>(depth).fill(2),
      outputs: 2,
    })
    return exportOnnx(layerProgram(model, ['batch', 2, 12, 12]), { values: initialize(model, 1) }).length - 4 * countParameters(model)
  }
  // 286 coefficients at 192 rotations take 220 kB. A further layer only adds the nodes of its graph.
  const [two, three, four] = [constantsOf(2), constantsOf(3), constantsOf(4)]
  expect(three - two).toBeGreaterThan(220_000)
  expect(four - three).toBeLessThan(30_000)
})

test('training and inference may use different grids with the same weights', () => {
  const make = (oversampling: NonNullable<SphericalNetworkOptions['oversampling']>): SphericalNetwork =>
    new SphericalNetwork({ bandwidths: [4, 3, 2], channels: [1, 2, 3], outputs: 2, oversampling })
  const x = bandLimited('sphere', 4, 1, 2)
  const answer = (oversampling: Parameters<typeof make>[0], training: boolean): Float64Array => {
    const network = make(oversampling)
    const leaf = input('x', 'float32', x.shape)
    const { result } = trace({ training }, () => network.forward(leaf))
    const p = programOf({ inputs: { x: leaf, ...Object.fromEntries(parametersOf(network)) }, outputs: { y: result } })
    return evaluate(p, { x, ...initialize(network, 1) }).y?.data as Float64Array
  }
  const both = { training: 1, inference: 2 }
  expect(answer(both, true)).toEqual(answer(1, true))
  expect(answer(both, false)).toEqual(answer(2, false))
  expect(relativeError(answer(2, false), answer(1, false))).toBeGreaterThan(1e-6)
  expect(() => make({ training: 1, inference: 0.5 })).toThrow('SphericalNetwork: expected oversampling to be at least 1, received 0.5.')
})

test('has correct derivatives, and works with other sizes', () => {
  const model = new SphericalNetwork({
    bandwidths: [3, 2, 2, 2],
    channels: [2, 2, 3, 2],
    outputs: 2,
    activation: 'tanh',
    oversampling: 1.5,
    kernel: 'spectral',
  })
  const x = normals([2, 2, 6, 6], 1)
  expect(derivativeError(layerProgram(model, x.shape), { feeds: { x, ...initialize(model, 1) } })).toBeLessThan(1e-7)
  expect(() => new SphericalNetwork({ bandwidths: [3], channels: [1], outputs: 2 })).toThrow(
    'SphericalNetwork: expected at least two bandwidths',
  )
  expect(() => new SphericalNetwork({ bandwidths: [3, 2], channels: [1], outputs: 2 })).toThrow('received [3, 2] and [1].')
})
