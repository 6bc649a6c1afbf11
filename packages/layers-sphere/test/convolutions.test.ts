import {
  driscollHealyGrid,
  eulerAngles,
  realWignerD,
  rotationIndex,
  rotationMatrix,
  rotationSpectrumSize,
  sphereIndex,
} from '@equivar/groups'
import { initialize, parametersOf } from '@equivar/nn'
import { evaluate, input, program } from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  CircleConvolution,
  circleNearIdentityGrid,
  circleSignal,
  type EulerAngles,
  RotationConvolution,
  resample,
  rotationEquatorialGrid,
  rotationNearIdentityGrid,
  rotationSignal,
  rotationSpectrum,
  SphereConvolution,
  type SpherePoint,
  sphereEquatorialGrid,
  sphereNearIdentityGrid,
  sphereSignal,
  ZonalConvolution,
} from '../src/index.ts'
import { apply, bandLimited, normals, run, type Value, valuesOf } from './shared.ts'

const product = (a: Float64Array, b: Float64Array): Float64Array =>
  Float64Array.from({ length: 9 }, (_, i) =>
    [0, 1, 2].reduce((s, k) => s + (a[3 * Math.floor(i / 3) + k] as number) * (b[3 * k + (i % 3)] as number), 0),
  )
const matrixOf = ({ alpha, beta, gamma }: EulerAngles): Float64Array => rotationMatrix(alpha, beta, gamma)

/** The function with given coefficients, for one signal and channel, at any rotation R. On the sphere, the point is R e_z. */
function evaluator(spectrum: Value, degrees: number, channel: number): (r: Float64Array) => number {
  const channels = spectrum.shape[2] as number
  const onSphere = spectrum.shape[0] === degrees * degrees
  const at = (row: number): number => spectrum.data[row * channels + channel] as number
  return (r) => {
    const [alpha, beta, gamma] = eulerAngles(r)
    let sum = 0
    for (let l = 0; l < degrees; l++) {
      const d = realWignerD(l, alpha, beta, gamma)
      for (let m = -l; m <= l; m++)
        for (let n = onSphere ? 0 : -l; n <= (onSphere ? 0 : l); n++)
          sum += (2 * l + 1) * (d[(m + l) * (2 * l + 1) + n + l] as number) * at(onSphere ? sphereIndex(l, m) : rotationIndex(l, m, n))
    }
    return sum
  }
}

const IN = 2
const OUT = 2

/** Some points of the output grid: the index in 2b x 2b x 2b, and the rotation. */
function places(b: number, count: number): { index: number; rotation: EulerAngles }[] {
  const { alpha, beta } = driscollHealyGrid(b)
  return Array.from({ length: count }, (_, i) => {
    const index = (i * 7919 + 5) % (8 * b ** 3)
    const [j, k, g] = [Math.floor(index / (4 * b * b)), Math.floor(index / (2 * b)) % (2 * b), index % (2 * b)]
    return { index, rotation: { beta: beta[j] as number, alpha: alpha[k] as number, gamma: alpha[g] as number } }
  })
}

describe.each([3, 4])('agreement with the definition, b = %i', (b) => {
  const { alpha, beta, weights } = driscollHealyGrid(b)

  test('SphereConvolution is the quadrature of psi(R^-1 p) x(p)', () => {
    const layer = new SphereConvolution({ inChannels: IN, outChannels: OUT, bandwidth: b, kernel: 'spectral', bias: false })
    const spectrum = normals([b * b, 1, IN], b)
    const values = valuesOf(layer)
    const kernel = values.weight as Value
    const y = run(
      layer,
      apply(spectrum, (s) => sphereSignal(s)),
      values,
    ).data
    const signals = [0, 1].map((c) => evaluator(spectrum, b, c))
    for (let out = 0; out < OUT; out++) {
      const kernels = [0, 1].map((c) => evaluator({ ...kernel, shape: [b * b, 1, IN * OUT] }, b, c * OUT + out))
      for (const { index, rotation } of places(b, 12)) {
        const back = matrixOf({ alpha: -rotation.gamma, beta: -rotation.beta, gamma: -rotation.alpha })
        let sum = 0
        for (const [j, polar] of beta.entries())
          for (const azimuth of alpha) {
            const p = matrixOf({ alpha: azimuth, beta: polar, gamma: 0 })
            const moved = product(back, p)
            for (const c of [0, 1])
              sum +=
                ((weights[j] as number) / 2 / (2 * b)) * (kernels[c] as (typeof signals)[0])(moved) * (signals[c] as (typeof signals)[0])(p)
          }
        expect(y[out * 8 * b ** 3 + index]).toBeCloseTo(sum, 10)
      }
    }
  })

  test('RotationConvolution is the quadrature of psi(R^-1 Q) x(Q)', () => {
    const layer = new RotationConvolution({ inChannels: 1, outChannels: 1, bandwidth: b, kernel: 'spectral', bias: false })
    const spectrum = normals([rotationSpectrumSize(b), 1, 1], b)
    const values = valuesOf(layer)
    const samples = apply(spectrum, (s) => rotationSignal(s))
    const y = run(layer, samples, values).data
    const kernel = evaluator(values.weight as Value, b, 0)
    for (const { index, rotation } of places(b, 4)) {
      const back = matrixOf({ alpha: -rotation.gamma, beta: -rotation.beta, gamma: -rotation.alpha })
      let [sum, at] = [0, 0]
      for (const [j, polar] of beta.entries())
        for (const first of alpha)
          for (const third of alpha)
            sum +=
              ((weights[j] as number) / 2 / (4 * b * b)) *
              kernel(product(back, matrixOf({ alpha: first, beta: polar, gamma: third }))) *
              (samples.data[at++] as number)
      expect(y[index]).toBeCloseTo(sum, 10)
    }
  })

  test('weights at points are a sum of deltas: y(R) = scale sum over points of weight x(R p)', () => {
    const cases: [string, readonly (SpherePoint | EulerAngles)[]][] = [
      ['sphere', sphereNearIdentityGrid()],
      ['sphere', sphereEquatorialGrid({ alphas: 5, betas: 2, maxBeta: 0.4 })],
      ['rotations', rotationNearIdentityGrid({ alphas: 4 })],
      ['rotations', rotationEquatorialGrid({ alphas: 5 })],
    ]
    for (const [space, points] of cases) {
      const options = { inChannels: IN, outChannels: OUT, bandwidth: b }
      const layer =
        space === 'sphere'
          ? new SphereConvolution({ ...options, kernel: points })
          : new RotationConvolution({ ...options, kernel: points as EulerAngles[] })
      const spectrum = normals([space === 'sphere' ? b * b : rotationSpectrumSize(b), 1, IN], b)
      const values = valuesOf(layer)
      const samples = apply(spectrum, (s) => (space === 'sphere' ? sphereSignal(s) : rotationSignal(s)))
      const y = run(layer, samples, values).data
      const [weight, bias] = [values.weight?.data as Float32Array, values.bias?.data as Float32Array]
      const scale = 1 / Math.sqrt(points.length * IN * (space === 'sphere' ? b ** 2 : 1))
      for (let out = 0; out < OUT; out++)
        for (const { index, rotation } of places(b, 6)) {
          let sum = bias[out] as number
          for (const [p, point] of points.entries())
            for (let c = 0; c < IN; c++) {
              const place = product(matrixOf(rotation), matrixOf({ gamma: 0, ...point }))
              sum += scale * (weight[(p * IN + c) * OUT + out] as number) * evaluator(spectrum, b, c)(place)
            }
          expect(y[out * 8 * b ** 3 + index]).toBeCloseTo(sum, 10)
        }
    }
  })

  test('CircleConvolution: y(u) = scale sum over angles of weight x(u + angle)', () => {
    const angles = circleNearIdentityGrid({ maxAngle: 0.7, angles: 4 })
    const layer = new CircleConvolution({ inChannels: IN, outChannels: OUT, bandwidth: b, kernel: angles })
    const spectrum = normals([2 * b - 1, 1, IN], b)
    const values = valuesOf(layer)
    const y = run(
      layer,
      apply(spectrum, (s) => circleSignal(s)),
      values,
    ).data
    const at = (u: number, c: number): number =>
      Array.from({ length: 2 * b - 1 }, (_, i) => {
        const phase = Math.ceil(i / 2) * u
        return (spectrum.data[i * IN + c] as number) * (i === 0 ? 1 : Math.SQRT2 * (i % 2 === 1 ? Math.cos(phase) : Math.sin(phase)))
      }).reduce((s, v) => s + v, 0)
    const weight = values.weight?.data as Float32Array
    for (let out = 0; out < OUT; out++)
      for (let k = 0; k < 2 * b; k++) {
        let sum = values.bias?.data[out] as number
        for (const [p, angle] of angles.entries())
          for (let c = 0; c < IN; c++)
            sum += ((weight[(p * IN + c) * OUT + out] as number) / Math.sqrt(angles.length * IN)) * at((Math.PI * k) / b + angle, c)
        expect(y[out * 2 * b + k]).toBeCloseTo(sum, 10)
      }
  })
})

test('a spectral kernel spans exactly the linear maps of a degree that commute with rotations', () => {
  // Y^l = X^l (Psi^l)^T: (2l + 1)^2 independent maps per degree and pair of channels; one for the zonal layer.
  const b = 2
  for (const [make, rows, dimension] of [
    [
      () => new RotationConvolution({ inChannels: 1, outChannels: 1, bandwidth: b, kernel: 'spectral', bias: false }),
      rotationSpectrumSize(b),
      10,
    ],
    [() => new SphereConvolution({ inChannels: 1, outChannels: 1, bandwidth: b, kernel: 'spectral', bias: false }), b * b, 4],
    [() => new ZonalConvolution({ inChannels: 1, outChannels: 1, bandwidth: b, bias: false }), b, 2],
  ] as const) {
    const layer = make()
    const x = normals(layer instanceof RotationConvolution ? [1, 1, 4, 4, 4] : [1, 1, 4, 4], 1)
    const columns = Array.from({ length: rows }, (_, i) => {
      const data = new Float64Array(rows)
      data[i] = 1
      return run(layer, x, { weight: { dtype: 'float32', shape: layer.weight.sizes, data } }).data
    })
    expect(rank(columns)).toBe(dimension)
  }
})

/** The dimension of the span, by Gram-Schmidt. */
function rank(vectors: readonly Float64Array[]): number {
  const basis: Float64Array[] = []
  for (const vector of vectors) {
    let rest = vector
    for (const q of [...basis, ...basis]) {
      const amount = rest.reduce((s, v, i) => s + v * (q[i] as number), 0)
      rest = rest.map((v, i) => v - amount * (q[i] as number))
    }
    const length = Math.hypot(...rest)
    if (length > 1e-9 * Math.hypot(...vector)) basis.push(rest.map((v) => v / length))
  }
  return basis.length
}

test('initial weights preserve the mean square of each degree of white signals', () => {
  const meanSquare = (y: Value): number => {
    const power = apply(y, (v) => rotationSpectrum(v)).data
    return power.reduce((s, v) => s + v * v, 0)
  }
  const b = 4
  const channels = 24
  const options = { inChannels: channels, outChannels: channels, bandwidth: b, kernel: 'spectral' } as const
  const layer = new RotationConvolution(options)
  const spectrum = normals([rotationSpectrumSize(b), 1, channels], 3)
  const y = run(
    layer,
    apply(spectrum, (s) => rotationSignal(s)),
    initialize(layer, 2),
  )
  expect(meanSquare(y) / spectrum.data.reduce((s, v) => s + v * v, 0)).toBeCloseTo(1, 1)
})

describe('published grids', () => {
  test('nearIdentity', () => {
    const points = sphereNearIdentityGrid()
    expect(points).toHaveLength(24)
    expect(points[0]).toEqual({ beta: Math.PI / 24, alpha: 0 })
    expect(points[23]?.beta).toBeCloseTo(Math.PI / 8, 14)
    expect(points[23]?.alpha).toBeCloseTo((2 * Math.PI * 7) / 8, 14)
    const rotationsNear = rotationNearIdentityGrid()
    expect(rotationsNear).toHaveLength(192)
    expect(rotationsNear[0]).toEqual({ beta: Math.PI / 24, alpha: 0, gamma: -2 * Math.PI })
    expect(rotationsNear[15]?.gamma).toBeCloseTo(2 * Math.PI - Math.PI / 4, 14)
    // All rotations of a ring have the same distance from the identity.
    const near = rotationNearIdentityGrid({ maxGamma: 0.3, gammas: 3 })
    const angleOf = (r: EulerAngles): number => {
      const m = matrixOf(r)
      return Math.acos(((m[0] as number) + (m[4] as number) + (m[8] as number) - 1) / 2)
    }
    for (let k = 0; k < 8; k++) expect(angleOf(near[3 * k + 1] as EulerAngles)).toBeCloseTo(Math.PI / 24, 10)
  })

  test('equatorial', () => {
    expect(sphereEquatorialGrid()).toHaveLength(32)
    expect(sphereEquatorialGrid().every(({ beta }) => beta === Math.PI / 2)).toBe(true)
    const grid = rotationEquatorialGrid({ maxBeta: 0.2, betas: 3 })
    expect(grid).toHaveLength(32 * 3 * 2)
    expect(grid[0]).toEqual({ beta: Math.PI / 2 - 0.2, alpha: 0, gamma: -Math.PI / 8 })
    expect(grid.at(-1)?.beta).toBeCloseTo(Math.PI / 2 + 0.2, 14)
  })
})

test.each([
  ['sphere', new SphereConvolution({ inChannels: 2, outChannels: 3, bandwidth: 4, outBandwidth: 3 })],
  ['rotations', new RotationConvolution({ inChannels: 2, outChannels: 3, bandwidth: 4, outBandwidth: 3 })],
] as const)('%s: finer grids of input and output represent the same signals', (space, layer) => {
  const x = bandLimited(space, 4, 2, 1)
  const through = (finer: number, oversampling: number): Value => {
    const leaf = input('x', 'float32', x.shape)
    const y = layer.forward(resample(leaf, finer), { oversampling })
    const p = program({ inputs: { x: leaf, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: resample(y, 3) } })
    return evaluate(p, { x, ...valuesOf(layer) }).y as Value
  }
  const plain = through(4, 1)
  expect(plain.shape).toEqual([2, 3, 6, 6, 6])
  for (const [finer, oversampling] of [
    [4, 2],
    [7, 1],
    [6, 1.5],
  ] as const)
    expect(relativeError(through(finer, oversampling).data, plain.data)).toBeLessThan(1e-12)
})

test('the constructor refuses invalid options', () => {
  const options = { inChannels: 1, outChannels: 2, bandwidth: 4 }
  expect(() => new SphereConvolution({ ...options, bandwidth: 0 })).toThrow(
    'SphereConvolution: expected bandwidth to be an integer from 1 to 1024, received 0.',
  )
  expect(() => new SphereConvolution({ ...options, outChannels: 1.5 })).toThrow(
    'expected outChannels to be a positive integer, received 1.5.',
  )
  expect(() => new RotationConvolution({ ...options, oversampling: 0.5 })).toThrow(
    'RotationConvolution: expected oversampling to be at least 1, received 0.5.',
  )
  expect(() => new RotationConvolution({ ...options, kernel: [] })).toThrow(
    '"spectral" or a nonempty list of points, received an empty list.',
  )
  expect(() => new SphereConvolution({ ...options, kernel: 'polar' as 'spectral' })).toThrow('received "polar".')
  expect(() => new CircleConvolution({ ...options, kernel: 'equatorial' as 'spectral' })).toThrow(
    'CircleConvolution: expected kernel to be "nearIdentity", "spectral" or a nonempty list of points, received "equatorial".',
  )
  expect(() => sphereNearIdentityGrid({ alphas: 0 })).toThrow(
    'sphereNearIdentityGrid: expected alphas to be a positive integer, received 0.',
  )
  expect(() => rotationEquatorialGrid({ maxBeta: 2 })).toThrow('rotationEquatorialGrid: expected maxBeta to be from 0 to')
  const layer = new SphereConvolution(options)
  expect(() => layer.forward(input('x', 'float32', ['batch', 3, 8, 8]))).toThrow(
    'SphereConvolution.forward: expected samples of shape [batch, 1, 2b, 2b], b at least 4, received [batch, 3, 8, 8].',
  )
  expect(() => layer.forward(input('x', 'float32', ['batch', 1, 6, 6]))).toThrow('b at least 4, received [batch, 1, 6, 6].')
  expect(() => layer.forward(input('x', 'float32', ['batch', 1, 8, 8]), { oversampling: 0 })).toThrow(
    'SphereConvolution.forward: expected oversampling to be at least 1, received 0.',
  )
})

test('degrees that the input does not have stay 0', () => {
  const layer = new RotationConvolution({ inChannels: 1, outChannels: 1, bandwidth: 2, outBandwidth: 4 })
  const y = run(layer, normals([1, 1, 4, 4, 4], 1))
  const spectrum = apply(y, (v) => rotationSpectrum(v)).data
  expect(Math.max(...spectrum.slice(rotationSpectrumSize(2)).map(Math.abs))).toBeLessThan(1e-13)
  expect(relativeError(spectrum.slice(0, 10), spectrum.slice(0, 10))).toBe(0)
})
