import { onnxBackend } from '@equivar/backend-onnx'
import { initialize, type Module, parametersOf } from '@equivar/nn'
import { constant, evaluate, input, matMul, program, Random, reshape, type Tensor, type TensorValue, toNumbers } from '@equivar/tensor'
import { derivativeError, parity, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  bilinearSample,
  CanonicalCoordinates,
  type CanonicalCoordinatesOptions,
  type CoordinateSystemName,
  circularSoftArgmax,
  EquivariantTransformer,
  PosePredictor,
  pixelCentres,
  softArgmax,
  TransformerSequence,
  transformPoints,
} from '../src/index.ts'
import { normal, rotate90, rounded } from './programs.ts'

const run = (
  module: Module,
  x: TensorValue,
  build: (x: Tensor) => Record<string, Tensor>,
  weights = initialize(module, 3),
): Record<string, Float64Array> => {
  const given = input('x', 'float32', x.shape)
  const p = program({ inputs: { x: given, ...Object.fromEntries(parametersOf(module)) }, outputs: build(given) })
  return Object.fromEntries(Object.entries(evaluate(p, { ...weights, x })).map(([name, { data }]) => [name, data]))
}

/** Shifts the last axis cyclically by k. */
const rolled = ({ shape, data, ...rest }: TensorValue, k: number): TensorValue => {
  const n = shape.at(-1) as number
  return { ...rest, shape, data: (data as Float64Array).map((_, i) => data[i - (i % n) + (((((i % n) - k) % n) + n) % n)] as number) }
}
/** The distance of two angles. */
const angle = (a: number, b: number): number => 2 * Math.abs(Math.sin((a - b) / 2))

describe('soft argmax', () => {
  const scores = normal([3, 12])
  const of = (value: TensorValue, how: (s: Tensor) => Tensor): Float64Array => {
    const x = input('x', 'float32', value.shape)
    return evaluate(program({ inputs: { x }, outputs: { y: how(x) } }), { x: value }).y?.data as Float64Array
  }

  test('on a circle, a cyclic shift of the scores shifts the result exactly', () => {
    const plain = of(scores, circularSoftArgmax)
    for (let k = 0; k < 12; k++)
      of(rolled(scores, k), circularSoftArgmax).forEach((v, b) => {
        expect(angle(v, (plain[b] as number) + (2 * Math.PI * k) / 12)).toBeLessThan(1e-12)
      })
  })

  test('on a line, up to the weight at the ends, which vanishes for sharp scores', () => {
    for (const sharpness of [1, 5, 200]) {
      const peaked: TensorValue = {
        dtype: 'float32',
        shape: [1, 12],
        data: Float64Array.from({ length: 12 }, (_, i) => sharpness * (i === 4 ? 1 : 0)),
      }
      const [plain, moved] = [peaked, rolled(peaked, 3)].map((value) => of(value, (s) => softArgmax(s, 0.5))[0] as number)
      const ends = (3 * 1) / (11 + Math.exp(sharpness))
      expect(Math.abs((moved as number) - (plain as number) - 1.5)).toBeLessThanOrEqual(12 * 0.5 * ends + 1e-14)
    }
    expect(of({ dtype: 'float32', shape: [1, 5], data: new Float64Array(5) }, (s) => softArgmax(s, 1))[0]).toBeCloseTo(0, 15)
  })

  test('has correct derivatives for every angle, and no NaN where the angle is undefined', () => {
    const x = input('x', 'float32', ['batch', 8])
    const p = program({ inputs: { x }, outputs: { y: circularSoftArgmax(x) } })
    const peak = (at: number): number[] => Array.from({ length: 8 }, (_, i) => 3 * Math.cos((2 * Math.PI * (i - at)) / 8))
    // Not at -pi, where the angle is discontinuous.
    const data = Float64Array.from([0.7, 1.3, 2, 3, 3.6, 4.2, 5, 6.1, 7].flatMap(peak))
    expect(derivativeError(p, { feeds: { x: { dtype: 'float32', shape: [9, 8], data } } })).toBeLessThan(1e-7)
    expect(of({ dtype: 'float32', shape: [1, 8], data: new Float64Array(8) }, circularSoftArgmax).some(Number.isNaN)).toBe(false)
  })
})

describe('PosePredictor', () => {
  test('a cyclic shift of the canonical image shifts an angle exactly', () => {
    const coordinates = new CanonicalCoordinates({ system: 'rotation', u: 12, v: 7 })
    const predictor = new PosePredictor({ coordinates, inChannels: 2, channels: [4, 3] })
    const x = normal([2, 2, 7, 12])
    const pose = (value: TensorValue): Float64Array => run(predictor, value, (t) => ({ y: predictor.forward(t) })).y as Float64Array
    const plain = pose(x)
    for (let k = 1; k < 12; k++)
      pose(rolled(x, k)).forEach((v, b) => {
        expect(angle(v, (plain[b] as number) + k * coordinates.u.step)).toBeLessThan(1e-12)
      })
  })

  test('with two parameters, both are shifted; on an axis that is not an angle, if nothing is near the ends', () => {
    const coordinates = new CanonicalCoordinates({ system: 'rotationScale', u: 24, v: 8 })
    const predictor = new PosePredictor({ coordinates, inChannels: 1, channels: [3], kernel: 3, norm: false })
    const weights = initialize(predictor, 3)
    // No background, and scores so sharp that all weight is at one position.
    const sharp = Object.fromEntries(
      Object.entries(weights).map(([name, value]) => {
        const factor = name.endsWith('bias') ? 0 : name.startsWith('heads') ? 1000 : 1
        return [name, { ...value, data: (value.data as Float32Array).map((w) => factor * w) }]
      }),
    )
    const random = new Random({ seed: 2 })
    const data = Float64Array.from({ length: 24 * 8 }, (_, i) => (i % 24 > 8 && i % 24 < 12 ? random.normal() : 0))
    const x: TensorValue = { dtype: 'float32', shape: [1, 1, 8, 24], data }
    const pose = (value: TensorValue): Float64Array => run(predictor, value, (t) => ({ y: predictor.forward(t) }), sharp).y as Float64Array
    const [scale = 0, turn = 0] = pose(x)
    for (const [k, rows] of [
      [4, 1],
      [-3, 5],
    ] as const) {
      const down = data.map((_, i) => data[(i + 24 * (8 - rows)) % (24 * 8)] as number)
      const [scaled = 0, turnedBy = 0] = pose(rolled({ ...x, data: down }, k))
      expect(Math.abs(scaled - scale - k * coordinates.u.step)).toBeLessThan(1e-10)
      expect(angle(turnedBy, turn + rows * coordinates.v.step)).toBeLessThan(1e-12)
    }
  })

  test('invalid options and shapes are refused', () => {
    const coordinates = new CanonicalCoordinates({ system: 'rotation', u: 12, v: 7 })
    expect(() => new PosePredictor({ coordinates, inChannels: 1, kernel: 4 })).toThrow('PosePredictor: expected an odd kernel, received 4.')
    expect(() => new PosePredictor({ coordinates, inChannels: 2 }).forward(input('x', 'float32', [1, 2, 12, 7]))).toThrow(
      'PosePredictor.forward: expected a canonical image [batch, 2, 7, 12], received [1, 2, 12, 7].',
    )
  })
})

describe.each([8, 9])('rotation of images of side %i', (size) => {
  const coordinates = new CanonicalCoordinates({ system: 'rotation', u: 16, v: 5 })
  const transformer = new EquivariantTransformer({ coordinates, inChannels: 2, channels: [4], kernel: 3 })
  const x = normal([2, 2, size, size])
  const outputs = (value: TensorValue): Record<string, Float64Array> =>
    run(transformer, value, (t) => ({ warped: transformer.warp(t), ...transformer.forward(t) }))

  test('a rotation by 90 degrees shifts the canonical image by a quarter and the pose by pi/2, and leaves the resampled image unchanged', () => {
    const plain = outputs(x)
    let moved = x
    for (let k = 1; k < 4; k++) {
      moved = rotate90(moved)
      const after = outputs(moved)
      const shifted = rolled({ dtype: 'float32', shape: [2, 2, 5, 16], data: plain.warped as Float64Array }, 4 * k)
      expect(relativeError(after.warped as Float64Array, toNumbers(shifted.data))).toBeLessThan(1e-12)
      after.pose?.forEach((v, b) => {
        expect(angle(v, (plain.pose?.[b] as number) + (k * Math.PI) / 2)).toBeLessThan(1e-12)
      })
      expect(relativeError(after.image as Float64Array, plain.image as Float64Array)).toBeLessThan(1e-10)
    }
    expect(relativeError(plain.image as Float64Array, toNumbers(x.data))).toBeGreaterThan(0.1)
  })
})

/** A smooth function on the plane without symmetry. */
const picture = (x: number, y: number): number =>
  Math.exp(-8 * ((x - 0.35) ** 2 + (y - 0.3) ** 2)) -
  0.7 * Math.exp(-12 * ((x + 0.3) ** 2 + (y + 0.4) ** 2)) +
  0.5 * Math.exp(-20 * ((x - 0.1) ** 2 + (y + 0.45) ** 2))

/** The image of the function transformed by a matrix: T f (p) = f(T^-1 p). */
function drawn(inverse: readonly number[], size: number): TensorValue {
  const data = Float64Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [(2 * (i % size) + 1) / size - 1, 1 - (2 * Math.floor(i / size) + 1) / size]
    const [px = 0, py = 0, depth = 1] = [0, 3, 6].map(
      (r) => (inverse[r] as number) * x + (inverse[r + 1] as number) * y + (inverse[r + 2] as number),
    )
    return depth > 0 ? picture(px / depth, py / depth) : 0
  })
  return { dtype: 'float32', shape: [1, 1, size, size], data }
}

const grids: [CoordinateSystemName, Omit<CanonicalCoordinatesOptions, 'system'>, number][] = [
  ['translation', { u: 32, v: 32, uRange: [-0.6, 0.6], vRange: [-0.6, 0.6] }, 3],
  ['rotation', { u: 32, v: 8, vRange: [0, 0.8] }, 3],
  ['scale', { u: 16, v: 24, uRange: [-2, -0.5] }, 2],
  ['rotationScale', { u: 16, v: 24, uRange: [-2, -0.5] }, 2],
  ['shearX', { u: 24, v: 16, uRange: [-1, 1], vRange: [-0.8, 0.8] }, 3],
  ['shearY', { u: 24, v: 16, uRange: [-1, 1], vRange: [-0.8, 0.8] }, 3],
  ['scaleX', { u: 16, v: 32, uRange: [-2, -0.5], vRange: [-0.8, 0.8] }, 2],
  ['scaleY', { u: 16, v: 32, uRange: [-2, -0.5], vRange: [-0.8, 0.8] }, 2],
  ['hyperbolic', { u: 16, v: 16, uRange: [-0.4, 0.4], vRange: [-0.5, 0.5] }, 3],
  ['perspectiveX', { u: 24, v: 16, uRange: [2, 6], vRange: [-0.8, 0.8] }, 2],
  ['perspectiveY', { u: 24, v: 16, uRange: [2, 6], vRange: [-0.8, 0.8] }, 2],
  ['pan', { u: 24, v: 16, uRange: [-0.6, 0.6], vRange: [-0.5, 0.5] }, 2],
  ['tilt', { u: 24, v: 16, uRange: [-0.6, 0.6], vRange: [-0.5, 0.5] }, 2],
]
test.each(grids)('%s of a smooth picture by whole steps shifts the canonical image, up to interpolation', (system, grid, steps) => {
  const coordinates = new CanonicalCoordinates({ system, ...grid })
  const transformer = new EquivariantTransformer({ coordinates, inChannels: 1 })
  const theta = steps * coordinates.u.step
  const [height, width] = coordinates.size
  const warped = (value: TensorValue): Float64Array => run(transformer, value, (t) => ({ y: transformer.warp(t) })).y as Float64Array
  const [plain, moved] = [warped(drawn(coordinates.matrix(0), 96)), warped(drawn(coordinates.matrix(-theta), 96))]
  let [worst, unmoved] = [0, 0]
  for (let row = 0; row < height; row++)
    for (let column = steps; column < width; column++) {
      const at = row * width + column
      worst = Math.max(worst, Math.abs((moved[at] as number) - (plain[at - steps] as number)))
      unmoved = Math.max(unmoved, Math.abs((moved[at] as number) - (plain[at] as number)))
    }
  expect(worst).toBeLessThan(0.01)
  expect(unmoved).toBeGreaterThan(0.1)
})

describe('TransformerSequence', () => {
  const of = (system: CoordinateSystemName): EquivariantTransformer =>
    new EquivariantTransformer({
      coordinates: new CanonicalCoordinates({ system, u: 8, v: 6 }),
      inChannels: 1,
      channels: [3],
      kernel: 3,
      outside: 'border',
    })
  const sequence = new TransformerSequence([of('shearX'), of('perspectiveY'), of('rotationScale')])
  const x = normal([2, 1, 9, 9])

  test('multiplies the matrices and samples the original image once', () => {
    const systems = ['shearX', 'perspectiveY', 'rotationScale'] as const
    const outputs = run(sequence, x, (t) => {
      const { poses, matrix, image } = sequence.forward(t)
      const matrices = systems.map((system, i) => new CanonicalCoordinates({ system, u: 8, v: 6 }).matrices(poses[i] as Tensor))
      const whole = matrices.reduce((a, b) => matMul(a, b))
      const expected = bilinearSample(t, transformPoints(whole, pixelCentres(9, 9)), { outside: 'border' })
      return { matrix, image, whole, expected: reshape(expected, [2, 1, 9, 9]) }
    })
    expect(relativeError(outputs.matrix as Float64Array, outputs.whole as Float64Array)).toBeLessThan(1e-14)
    expect(relativeError(outputs.image as Float64Array, outputs.expected as Float64Array)).toBeLessThan(1e-12)
  })

  test('has a correct derivative, and agrees with ONNX Runtime for symbolic sizes', async () => {
    const given = input('x', 'float32', ['batch', 1, 'height', 'width'])
    const { poses, image } = sequence.forward(given)
    const outputs = { image, ...Object.fromEntries(poses.map((pose, i) => [`pose${i}`, pose])) }
    const p = program({ inputs: { x: given, ...Object.fromEntries(parametersOf(sequence)) }, outputs })
    expect(derivativeError(p, { feeds: { ...initialize(sequence, 3), x }, step: 1e-7, samples: 2 })).toBeLessThan(1e-5)
    for (const shape of [
      [1, 1, 9, 9],
      [3, 1, 12, 7],
    ])
      for (const { error } of await parity(p, [onnxBackend()], { ...initialize(sequence, 3), x: rounded(normal(shape, 5)) }))
        expect(error).toBeLessThan(1e-4)
  })

  test('refuses an empty sequence and images with a different number of channels', () => {
    expect(() => new TransformerSequence([])).toThrow('expected at least one transformer, received none.')
    expect(() => sequence.forward(input('x', 'float32', [1, 2, 9, 9]))).toThrow(
      'EquivariantTransformer.forward: expected x of shape [batch, 1, height, width], received [1, 2, 9, 9].',
    )
  })
})

test('resampling with the pose of a known rotation undoes it', () => {
  // Sampling at T_pose p takes T_pose x to x.
  const coordinates = new CanonicalCoordinates({ system: 'rotation', u: 8, v: 8 })
  const given = input('x', 'float32', [1, 1, 96, 96])
  const matrix = coordinates.matrices(constant([[0.4]]))
  const y = bilinearSample(given, transformPoints(matrix, pixelCentres(96, 96)))
  const back = evaluate(program({ inputs: { x: given }, outputs: { y } }), { x: drawn(coordinates.matrix(-0.4), 96) }).y
    ?.data as Float64Array
  const plain = drawn(coordinates.matrix(0), 96).data
  let worst = 0
  for (let i = 0; i < plain.length; i++) {
    const inside = Math.hypot((i % 96) - 47.5, Math.floor(i / 96) - 47.5) < 46
    if (inside) worst = Math.max(worst, Math.abs((back[i] as number) - (plain[i] as number)))
  }
  expect(worst).toBeLessThan(0.01)
})
