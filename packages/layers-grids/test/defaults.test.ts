import { trivial } from '@equivar/groups'
import { initialize, type Module, type Parameter, parametersOf, trace } from '@equivar/nn'
import { evaluate, input, program, type Tensor, type TensorValue, toNumbers } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  BlurPool,
  CanonicalCoordinates,
  type CanonicalCoordinatesOptions,
  Convolution,
  CosetPooling,
  CyclicConvolution,
  EquivariantTransformer,
  FiniteGroupConvolution,
  GroupConvolution,
  GroupEquivariantNetwork,
  GroupPooling,
  LiftingConvolution,
  PosePredictor,
  SpatialPooling,
} from '../src/index.ts'
import { feedsOf, type Layer, layerProgram, normal } from './programs.ts'

/** The result of a layer for fixed weights. */
const result = (layer: Layer, shape: readonly number[]): readonly number[] => {
  const feeds = feedsOf(layer, shape)
  return Array.from(evaluate(layerProgram(layer, shape), feeds).y?.data ?? [])
}

describe('initial values are uniform up to one over the root of the fan-in', () => {
  const channels = { inChannels: 8, outChannels: 40 }
  const layers: [string, Module & { readonly weight: Parameter; readonly bias: Parameter | undefined }, number][] = [
    ['Convolution', new Convolution({ ...channels, dimensions: 2, kernel: [3, 2], groups: 4 }), 2 * 6],
    ['CyclicConvolution', new CyclicConvolution({ ...channels, dimensions: 1, kernel: 5 }), 8 * 5],
    ['LiftingConvolution', new LiftingConvolution({ ...channels, group: 'p2', kernel: [3, 5] }), 8 * 15],
    ['GroupConvolution', new GroupConvolution({ ...channels, group: 'p2', kernel: [3, 5] }), 8 * 2 * 15],
    ['FiniteGroupConvolution', new FiniteGroupConvolution({ ...channels, group: trivial(3), from: trivial(3), to: trivial(3) }), 8],
  ]
  test.each(layers)('%s', (_, layer, fanIn) => {
    const values = initialize(layer, 1)
    for (const name of ['weight', 'bias'] as const) {
      const largest = Math.max(...toNumbers((values[name] as TensorValue).data).map(Math.abs))
      const bound = 1 / Math.sqrt(fanIn)
      expect(largest / bound).toBeLessThanOrEqual(1 + 1e-6)
      expect(largest / bound).toBeGreaterThan(0.85)
    }
  })
})

test('a bias is there unless it is refused', () => {
  const channels = { inChannels: 1, outChannels: 2 }
  const group = { group: trivial(3), from: trivial(3), to: trivial(3) }
  for (const make of [
    (bias: object) => new Convolution({ ...channels, dimensions: 1, kernel: 3, ...bias }),
    (bias: object) => new LiftingConvolution({ ...channels, group: 'p4', kernel: 3, ...bias }),
    (bias: object) => new GroupConvolution({ ...channels, group: 'p4', kernel: 3, ...bias }),
    (bias: object) => new FiniteGroupConvolution({ ...channels, ...group, ...bias }),
  ])
    expect([{}, { bias: true }, { bias: false }].map((bias) => make(bias).bias?.shape)).toEqual([[2], [2], undefined])
})

test('defaults of pooling', () => {
  const [plane, map] = [
    [1, 2, 6, 6],
    [1, 2, 4, 6, 6],
  ]
  expect(result(new SpatialPooling({ kernel: 2 }), plane)).toEqual(
    result(new SpatialPooling({ kernel: 2, stride: 2, pool: 'max', dimensions: 2, padding: 'valid', group: 'p1' }), plane),
  )
  expect(result(new BlurPool(), plane)).toEqual(
    result(new BlurPool({ filter: 4, stride: 2, dimensions: 2, padding: 'same', paddingMode: 'reflect', group: 'p1' }), plane),
  )
  expect(result(new GroupPooling(), map)).toEqual(result(new GroupPooling({ pool: 'max' }), map))
  const cosets = { group: 'p4', subgroup: 'p2' } as const
  expect(result(new CosetPooling(cosets), map)).toEqual(result(new CosetPooling({ ...cosets, pool: 'max' }), map))
})

test('a mean counts only what is not padding; the filter of BlurPool is binomial', () => {
  const x: TensorValue = { dtype: 'float32', shape: [1, 1, 4], data: Float64Array.of(1, 2, 3, 5) }
  const of = (layer: Layer): number[] => [...(evaluate(layerProgram(layer, x.shape as number[]), { x }).y?.data ?? [])]
  expect(of(new SpatialPooling({ dimensions: 1, kernel: 3, stride: 2, padding: 1, pool: 'mean' }))).toEqual([1.5, 10 / 3])
  expect(of(new SpatialPooling({ dimensions: 1, kernel: 3, stride: 2, padding: 1 }))).toEqual([2, 5])
  const taps = (filter: number): number[] => {
    const hot: TensorValue = { dtype: 'float32', shape: [1, 1, 15], data: Float64Array.from({ length: 15 }, (_, i) => Number(i === 7)) }
    const layer = new BlurPool({ dimensions: 1, filter, stride: 1, padding: 'valid' })
    return [...(evaluate(layerProgram(layer, [1, 1, 15]), { x: hot }).y?.data ?? [])]
      .filter((v) => v !== 0)
      .map((v) => v * 2 ** (filter - 1))
  }
  expect([1, 2, 3, 4, 5, 6].map(taps)).toEqual([[1], [1, 1], [1, 2, 1], [1, 3, 3, 1], [1, 4, 6, 4, 1], [1, 5, 10, 10, 5, 1]])
})

describe('GroupEquivariantNetwork', () => {
  const shapes = (network: Module): string[] => [...parametersOf(network)].map(([name, { shape }]) => `${name} ${shape.join(' ')}`)
  test('the sizes of all parameters', () => {
    const network = new GroupEquivariantNetwork({ group: 'p4', outputs: 5, channels: 3, inChannels: 2, kernels: [3, 5, 2] })
    expect(shapes(network).filter((line) => line.startsWith('layers'))).toEqual([
      'layers.0.weight 3 2 3 3',
      'layers.0.bias 3',
      'layers.1.weight 3 3 4 5 5',
      'layers.1.bias 3',
      'layers.2.weight 5 3 4 2 2',
      'layers.2.bias 5',
    ])
    expect(network.norms.length).toBe(2)
  })
  test('pooling follows the layers that are named, the second by default; dropout only in training', () => {
    const x = (size: number): Tensor => input('x', 'float32', [1, 1, size, size])
    const small = { group: 'p4', outputs: 2, channels: 2, kernels: [3, 3, 2, 1] } as const
    const operators = (network: GroupEquivariantNetwork, size: number, training: boolean): string[] => {
      const given = x(size)
      const seed = input('seed', 'int64', [])
      const { result: y } = trace({ training, seed }, () => network.forward(given))
      const p = program({ inputs: { x: given as never, seed, ...Object.fromEntries(parametersOf(network)) }, outputs: { y } })
      return p.nodes.map(({ operator }) => operator.name)
    }
    const pools = (names: readonly string[]): number => names.filter((name) => name === 'MaxPool').length
    expect(pools(operators(new GroupEquivariantNetwork({ ...small, poolAfter: [] }), 6, false))).toBe(0)
    expect(pools(operators(new GroupEquivariantNetwork(small), 8, false))).toBe(1)
    expect(pools(operators(new GroupEquivariantNetwork({ ...small, poolAfter: [1, 3] }), 12, false))).toBe(2)
    const dropping = new GroupEquivariantNetwork({ ...small, dropout: 0.5 })
    const evaluating = operators(dropping, 8, false).length
    expect(operators(new GroupEquivariantNetwork(small), 8, false).length).toBe(evaluating)
    expect(operators(dropping, 8, true).length).toBeGreaterThan(operators(new GroupEquivariantNetwork(small), 8, true).length)
  })
  test.each([
    [{ kernels: [] }, 'expected at least one kernel, received none.'],
    [{ poolAfter: [0] }, 'expected poolAfter from 1 to 6, received 0.'],
    [{ poolAfter: [2, 7] }, 'expected poolAfter from 1 to 6, received 7.'],
    [{ poolAfter: [1.5] }, 'expected poolAfter from 1 to 6, received 1.5.'],
  ])('%j is refused', (options, message) => {
    expect(() => new GroupEquivariantNetwork({ group: 'p4', outputs: 2, ...options })).toThrow(
      new RangeError(`GroupEquivariantNetwork: ${message}`),
    )
  })
  test('the last layer but one may be pooled', () => {
    expect(() => new GroupEquivariantNetwork({ group: 'p4', outputs: 2, poolAfter: [1, 6] })).not.toThrow()
  })
})

describe('transformers', () => {
  const coordinates = new CanonicalCoordinates({ system: 'rotationScale', u: 8, v: 6 })
  const pose = (options: object): number[] => {
    const predictor = new PosePredictor({ coordinates, inChannels: 1, ...options })
    const x = input('x', 'float32', [2, 1, 6, 8])
    const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(predictor)) }, outputs: { y: predictor.forward(x) } })
    return [...(evaluate(p, { ...initialize(predictor, 1), x: normal([2, 1, 6, 8]) }).y?.data ?? [])]
  }
  test('defaults of the predictor: two layers of 16 channels, kernels of 5, norms, the maximum', () => {
    expect(pose({})).toEqual(pose({ channels: [16, 16], kernel: 5, norm: true, pool: 'max' }))
    for (const other of [{ channels: [16] }, { kernel: 3 }, { pool: 'mean' }]) expect(pose(other)).not.toEqual(pose({}))
    const predictor = new PosePredictor({ coordinates, inChannels: 3, channels: [4, 5], kernel: 3 })
    expect([predictor.layers, predictor.heads].map((all) => all.map(({ weight }) => weight.shape))).toEqual([
      [
        [4, 3, 3, 3],
        [5, 4, 3, 3],
      ],
      [
        [1, 5, 3],
        [1, 5, 3],
      ],
    ])
    expect(predictor.norms.length).toBe(2)
    expect(predictor.heads.map(({ bias }) => bias)).toEqual([undefined, undefined])
    expect(new PosePredictor({ coordinates, inChannels: 3, norm: false }).norms).toEqual([])
  })
  test('images are 0 outside their border by default', () => {
    const image = (options: object): number[] => {
      const transformer = new EquivariantTransformer({
        coordinates: new CanonicalCoordinates({ system: 'translation', u: 4, v: 4 }),
        inChannels: 1,
        channels: [2],
        ...options,
      })
      const x = input('x', 'float32', [1, 1, 4, 4])
      const earlier = input('earlier', 'float32', [1, 3, 3])
      const p = program({
        inputs: { x, earlier, ...Object.fromEntries(parametersOf(transformer)) },
        outputs: { y: transformer.warp(x, earlier) },
      })
      const far: TensorValue = { dtype: 'float32', shape: [1, 3, 3], data: Float64Array.of(1, 0, 9, 0, 1, 0, 0, 0, 1) }
      return [...(evaluate(p, { ...initialize(transformer, 1), x: normal([1, 1, 4, 4]), earlier: far }).y?.data ?? [])]
    }
    expect(image({})).toEqual(image({ outside: 'zero' }))
    expect(image({}).every((v) => v === 0)).toBe(true)
    expect(image({ outside: 'border' }).every((v) => v !== 0)).toBe(true)
  })
})

const { PI, LN2 } = Math
describe('the grids of canonical coordinates', () => {
  const line = (low: number, high: number, count: number) => ({
    count,
    periodic: false,
    start: low + (high - low) / count / 2,
    step: (high - low) / count,
  })
  const circle = (count: number) => ({ count, periodic: true, start: -PI, step: (2 * PI) / count })
  test.each<[CanonicalCoordinatesOptions['system'], number, object, object]>([
    ['translation', 2, line(-1, 1, 8), line(-1, 1, 6)],
    ['rotation', 1, circle(8), line(0, 1, 6)],
    ['scale', 1, line(-4 * LN2, 0, 8), circle(6)],
    ['rotationScale', 2, line(-4 * LN2, 0, 8), circle(6)],
    ['shearX', 1, line(-2, 2, 8), line(-1, 1, 6)],
    ['shearY', 1, line(-2, 2, 8), line(-1, 1, 6)],
    ['scaleX', 1, line(-4 * LN2, 0, 8), line(-1, 1, 3)],
    ['scaleY', 1, line(-4 * LN2, 0, 8), line(-1, 1, 3)],
    ['hyperbolic', 1, line(-1.5, 1.5, 8), line(-1, 1, 3)],
    ['perspectiveX', 1, line(1, 7, 8), line(-1.3, 1.3, 3)],
    ['perspectiveY', 1, line(1, 7, 8), line(-1.3, 1.3, 3)],
    ['pan', 1, line(-PI / 4, PI / 4, 8), line(-PI / 4, PI / 4, 6)],
    ['tilt', 1, line(-PI / 4, PI / 4, 8), line(-PI / 4, PI / 4, 6)],
  ])('%s has %i parameters', (system, parameters, u, v) => {
    const coordinates = new CanonicalCoordinates({ system, u: 8, v: 6 })
    expect([coordinates.name, coordinates.parameters, coordinates.size]).toEqual([system, parameters, [6, 8]])
    expect([coordinates.u, coordinates.v]).toEqual([u, v])
  })
  test.each<[string, CanonicalCoordinatesOptions, string]>([
    [
      'a system',
      { system: 'turn' as 'pan', u: 1, v: 1 },
      'expected one of translation, rotation, scale, rotationScale, shearX, shearY, scaleX, scaleY, hyperbolic, perspectiveX, perspectiveY, pan, tilt, received "turn".',
    ],
    ['an odd v', { system: 'scaleX', u: 4, v: 5 }, 'expected an even v for the two charts of scaleX, received 5.'],
    ['no u', { system: 'pan', u: 0, v: 4 }, 'expected u to be an integer of at least 1, received 0.'],
    ['half a v', { system: 'pan', u: 1, v: 1.5 }, 'expected v to be an integer of at least 1, received 1.5.'],
    [
      'the range of an angle',
      { system: 'scale', u: 4, v: 4, vRange: [0, 1] },
      'expected no vRange, because v is an angle on the full circle, received [0, 1].',
    ],
    [
      'an empty range',
      { system: 'pan', u: 4, v: 4, uRange: [1, 1] },
      'expected a range [low, high] with low < high for u, received [1, 1].',
    ],
    [
      'an infinite range',
      { system: 'pan', u: 4, v: 4, vRange: [0, Infinity] },
      'expected a range [low, high] with low < high for v, received [0, Infinity].',
    ],
    [
      'a range without start',
      { system: 'pan', u: 4, v: 4, vRange: [-Infinity, 0] },
      'expected a range [low, high] with low < high for v, received [-Infinity, 0].',
    ],
    [
      'a singular point',
      { system: 'perspectiveX', u: 3, v: 4, uRange: [-1, 1] },
      'expected ranges in which perspectiveX has no singular point, received one at position 1.',
    ],
  ])('%s is refused', (_, options, message) => {
    expect(() => new CanonicalCoordinates(options)).toThrow(new RangeError(`CanonicalCoordinates: ${message}`))
  })
})
