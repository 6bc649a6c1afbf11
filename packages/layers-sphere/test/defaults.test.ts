import { initialize, type Module, parametersOf } from '@equivar/nn'
import { type Tensor, type TensorValue, toNumbers } from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { coefficientsOfPair } from '../src/constants/clebsch-gordan.ts'
import { dimensionsOf, polarWeights, rotationPolar, spherePolar } from '../src/constants/polar.ts'
import { wavesByFrequency, wavesByKind, wavesByPartner } from '../src/constants/waves.ts'
import {
  CircleConvolution,
  ClebschGordanProduct,
  circleNearIdentityGrid,
  DegreeLinear,
  HaarNormalization,
  RotationConvolution,
  rotationEquatorialGrid,
  rotationNearIdentityGrid,
  SphereConvolution,
  SphericalNetwork,
  sphereEquatorialGrid,
  sphereNearIdentityGrid,
  ZonalConvolution,
} from '../src/index.ts'
import { type Layer, normals, run } from './shared.ts'

const initial = (layer: Module, name: string): Float64Array => toNumbers((initialize(layer, 1)[name] as TensorValue).data)

/** The largest magnitude of the values of some rows of a weight, as a share of what it may be. */
function expectBounds(values: Float64Array, rows: readonly number[]): void {
  const width = values.length / rows.length
  rows.forEach((bound, row) => {
    const largest = Math.max(...values.subarray(row * width, (row + 1) * width).map(Math.abs))
    expect(largest / bound).toBeLessThanOrEqual(1 + 1e-6)
    expect(largest / bound).toBeGreaterThan(0.9)
  })
}

describe('initial values', () => {
  const options = { inChannels: 8, outChannels: 30, bandwidth: 3 } as const
  const perDegree = (dimension: (l: number) => number, fanIn: (l: number) => number): number[] =>
    [0, 1, 2].flatMap((l) => new Array<number>(dimension(l)).fill(Math.sqrt(3 / (fanIn(l) * 8))))
  test.each<[string, Module, number[]]>([
    [
      'SphereConvolution',
      new SphereConvolution({ ...options, kernel: 'spectral' }),
      perDegree(
        (l) => 2 * l + 1,
        (l) => 2 * l + 1,
      ),
    ],
    [
      'RotationConvolution',
      new RotationConvolution({ ...options, kernel: 'spectral' }),
      perDegree(
        (l) => (2 * l + 1) ** 2,
        (l) => 2 * l + 1,
      ),
    ],
    [
      'CircleConvolution',
      new CircleConvolution({ ...options, kernel: 'spectral' }),
      perDegree(
        (l) => (l === 0 ? 1 : 2),
        () => 1,
      ),
    ],
    [
      'ZonalConvolution',
      new ZonalConvolution(options),
      perDegree(
        () => 1,
        () => 1,
      ),
    ],
    [
      'DegreeLinear',
      new DegreeLinear({ degrees: 3, inChannels: 8, outChannels: 30 }),
      perDegree(
        () => 1,
        () => 1,
      ),
    ],
    ['SphereConvolution at points', new SphereConvolution(options), new Array<number>(24).fill(1)],
    ['RotationConvolution at points', new RotationConvolution({ ...options, kernel: 'equatorial' }), new Array<number>(64).fill(1)],
    ['CircleConvolution at points', new CircleConvolution(options), new Array<number>(5).fill(1)],
  ])('%s: weights are uniform in their range, biases 0', (_, layer, bounds) => {
    const values = initial(layer, 'weight')
    expectBounds(values, bounds)
    expect(values.some((v) => v > 0) && values.some((v) => v < 0)).toBe(true)
    if ('bias' in layer) expect([...initial(layer, 'bias')]).toEqual(new Array(30).fill(0))
  })
  test('weights of a Clebsch-Gordan product are normal, divided by the root of the number of paths of their degree', () => {
    const channels = 3000
    const values = initial(new ClebschGordanProduct({ degrees: 2, channels }), 'weight')
    // The paths are 000, 011, 101, 110, 111: two lead to degree 0, three to degree 1.
    const squares = [2, 3, 3, 2, 3].map((count, path) => {
      const own = values.subarray(path * channels, (path + 1) * channels)
      return (count * own.reduce((sum, v) => sum + v * v, 0)) / channels
    })
    for (const square of squares) expect(Math.abs(square - 1)).toBeLessThan(0.1)
  })
  test('a normalization starts with scale 1 and offset 0; its buffers with mean 0 and variance 1', () => {
    const layer = new HaarNormalization({ channels: 2 })
    expect(['scale', 'offset', 'runningMean', 'runningVariance'].map((name) => [...initial(layer, name)])).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
      [1, 1],
    ])
    expect([...parametersOf(new HaarNormalization({ channels: 2, over: 'signal' }))].map(([name]) => name)).toEqual(['scale', 'offset'])
  })
  test('the result at points does not grow with the number of points, channels or the bandwidth', () => {
    // One point in the direction of the pole, where the kernel is 1 / sqrt(points x channels x spread) times its weight.
    const layer = new SphereConvolution({
      inChannels: 3,
      outChannels: 1,
      bandwidth: 4,
      outBandwidth: 2,
      kernel: [{ beta: 0, alpha: 0 }],
      bias: false,
    })
    const x: TensorValue = { dtype: 'float32', shape: [1, 3, 8, 8], data: new Float64Array(192).fill(1) }
    const weight: TensorValue = { dtype: 'float32', shape: [1, 3, 1], data: Float64Array.of(1, 1, 1) }
    for (const v of run(layer, x, { weight }).data) expect(v).toBeCloseTo(3 / Math.sqrt(3 * (2 ** 4 / 4 ** 2)), 10)
    const turning = new RotationConvolution({
      inChannels: 3,
      outChannels: 1,
      bandwidth: 4,
      outBandwidth: 2,
      kernel: [{ beta: 0, alpha: 0, gamma: 0 }],
      bias: false,
    })
    const y: TensorValue = { dtype: 'float32', shape: [1, 3, 8, 8, 8], data: new Float64Array(3 * 512).fill(1) }
    for (const v of run(turning, y, { weight }).data) expect(v).toBeCloseTo(3 / Math.sqrt(3 * (2 / 4) ** 3), 10)
    const around = new CircleConvolution({ inChannels: 3, outChannels: 1, bandwidth: 4, outBandwidth: 2, kernel: [0], bias: false })
    const z: TensorValue = { dtype: 'float32', shape: [1, 3, 8], data: new Float64Array(24).fill(1) }
    for (const v of run(around, z, { weight }).data) expect(v).toBeCloseTo(3 / Math.sqrt(3 * (2 / 4)), 10)
  })
})

describe('defaults', () => {
  const options = { inChannels: 2, outChannels: 2, bandwidth: 2 } as const
  const onSphere = normals([1, 2, 4, 4], 1)
  const onRotations = normals([1, 2, 4, 4, 4], 1)
  const onCircle = normals([1, 2, 4], 1)
  const same = (x: typeof onSphere, ...layers: Layer[]): void => {
    const [first, ...others] = layers.map((layer) => run(layer, x).data)
    for (const other of others) expect(other).toEqual(first)
  }
  test('of convolutions: kernels near the identity, the bandwidth of the input, no oversampling, a bias', () => {
    const explicit = { ...options, outBandwidth: 2, oversampling: 1, bias: true, kernel: 'nearIdentity' } as const
    same(
      onSphere,
      new SphereConvolution(options),
      new SphereConvolution(explicit),
      new SphereConvolution({ ...options, kernel: sphereNearIdentityGrid() }),
    )
    same(
      onRotations,
      new RotationConvolution(options),
      new RotationConvolution(explicit),
      new RotationConvolution({ ...options, kernel: rotationNearIdentityGrid() }),
    )
    same(
      onCircle,
      new CircleConvolution(options),
      new CircleConvolution(explicit),
      new CircleConvolution({ ...options, kernel: circleNearIdentityGrid() }),
    )
    const { kernel: _, ...zonal } = explicit
    same(onSphere, new ZonalConvolution(options), new ZonalConvolution(zonal))
    same(
      onSphere,
      new SphereConvolution({ ...options, kernel: 'equatorial' }),
      new SphereConvolution({ ...options, kernel: sphereEquatorialGrid() }),
    )
    same(
      onRotations,
      new RotationConvolution({ ...options, kernel: 'equatorial' }),
      new RotationConvolution({ ...options, kernel: rotationEquatorialGrid() }),
    )
    for (const make of [
      (bias: object) => new SphereConvolution({ ...options, ...bias }),
      (bias: object) => new RotationConvolution({ ...options, ...bias }),
      (bias: object) => new CircleConvolution({ ...options, ...bias }),
      (bias: object) => new ZonalConvolution({ ...options, ...bias }),
    ])
      expect([{}, { bias: true }, { bias: false }].map((bias) => make(bias).bias?.sizes)).toEqual([[2], [2], undefined])
  })
  test('of networks: relu, no normalization, the published sizes', () => {
    const small = { bandwidths: [2, 2], channels: [2, 3], outputs: 2 }
    same(
      onSphere,
      new SphericalNetwork(small),
      new SphericalNetwork({ ...small, activation: 'relu', oversampling: 1, normalization: false, kernel: 'nearIdentity' }),
    )
    expect(
      relativeError(
        run(new SphericalNetwork({ ...small, activation: 'tanh' }), onSphere).data,
        run(new SphericalNetwork(small), onSphere).data,
      ),
    ).toBeGreaterThan(1e-3)
    expect([new SphericalNetwork(small).norm, new SphericalNetwork({ ...small, normalization: true }).norm === undefined]).toEqual([
      undefined,
      false,
    ])
    expect([
      new SphericalNetwork(small).convolutions.length,
      new SphericalNetwork({ bandwidths: [2, 2, 2], channels: [1, 1, 1], outputs: 1 }).convolutions.length,
    ]).toEqual([0, 1])
  })
  test('of grids', () => {
    const [eighth, half] = [Math.PI / 8, Math.PI / 2]
    expect(circleNearIdentityGrid()).toEqual(circleNearIdentityGrid({ maxAngle: eighth, angles: 5 }))
    expect(sphereNearIdentityGrid()).toEqual(sphereNearIdentityGrid({ maxBeta: eighth, alphas: 8, betas: 3 }))
    expect(sphereEquatorialGrid()).toEqual(sphereEquatorialGrid({ maxBeta: 0, alphas: 32, betas: 1 }))
    expect(rotationNearIdentityGrid()).toEqual(
      rotationNearIdentityGrid({ maxBeta: eighth, maxGamma: 4 * half, alphas: 8, betas: 3, gammas: 8 }),
    )
    expect(rotationNearIdentityGrid({ alphas: 3 }).length).toBe(3 * 3 * 3)
    expect(rotationEquatorialGrid()).toEqual(rotationEquatorialGrid({ maxBeta: 0, maxGamma: eighth, alphas: 32, betas: 1, gammas: 2 }))
  })
})

test('constants of equal sizes are one tensor, those of others are not', () => {
  const makers: [string, (...sizes: [number, number]) => Tensor][] = [
    ['polar weights', polarWeights],
    ['dimensions', dimensionsOf],
    ['sphere polar', spherePolar],
    ['rotation polar', rotationPolar],
    ['waves by frequency', wavesByFrequency],
    ['waves by kind', wavesByKind],
    ['waves by partner', wavesByPartner],
    ['coefficients', (a, b) => coefficientsOfPair(1, 1, [a, b])],
  ]
  const all = makers.flatMap(([, make]) => [make(1, 2), make(2, 2)])
  expect(makers.flatMap(([, make]) => [make(1, 2), make(2, 2)]).map((tensor, i) => tensor === all[i])).toEqual(all.map(() => true))
  expect(new Set(all).size).toBe(all.length)
})
