import { symmetric } from '@equivar/groups'
import { CyclicConvolution } from '@equivar/layers-grids'
import { countParameters, Linear, LOWEST, Module, type Parameter, parameter, parametersOf } from '@equivar/nn'
import { conv, dimension, evaluate, input, logSoftmax, pad, program, Random, type Tensor, times } from '@equivar/tensor'
import { type AxisGroup, equivarianceError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  DeepSetsBlock,
  Dss,
  DssUNet,
  IndependentDss,
  InvariantHead,
  poolElements,
  SetMlp,
  type SignalNetworkName,
  type SignalNetworkOptions,
  selectionScores,
  setLayer,
  signalNetwork,
} from '../src/index.ts'
import { coarse, image, signal } from './families.ts'
import { natural, normalValues, parametersAt } from './harness.ts'

const convolution: SignalNetworkOptions['convolution'] = (settings) => new CyclicConvolution({ dimensions: 1, ...settings })

/** For each network: the number of parameters without norms, that of norms, and the published number in millions. */
const published: [SignalNetworkName, number, number, string | undefined][] = [
  ['dss', 3_233_043, 1_600, '3.23'],
  ['siamese', 3_047_883, 1_100, '3.05'],
  ['sridhar', 3_047_883, 1_100, '3.05'],
  ['aittalaDurand', 3_216_883, 800, undefined],
  ['siameseDeepSets', 3_020_903, 1_200, undefined],
  ['deepSets', 3_206_503, 10_000, '3.21'],
  ['mlp', 3_161_763, 4_200, '3.16'],
]

describe.each(published)('signalNetwork %s', (name, layers, norms, millions) => {
  test('has the published number of parameters', () => {
    const module = signalNetwork(name, { convolution })
    const inNorms = [...parametersOf(module)].filter(([path, { trainable }]) => trainable && /scale|offset/.test(path))
    const count = inNorms.reduce((sum, [, { sizes }]) => sum + (sizes[0] as number), 0)
    expect([countParameters(module) - count, count]).toEqual([layers, norms])
    if (millions !== undefined) expect((layers / 1e6).toFixed(2)).toBe(millions)
  })

  test('gives logits that are invariant to permutations, and to shifts by 8 if 8 divides the length', () => {
    const [set, length] = [5, 16]
    const module = signalNetwork(name, { convolution, length, set, width: 8 })
    const x = input('x', 'float32', ['batch', set, 1, length])
    const y = module.forward(x)
    expect(y.shape.slice(1)).toEqual([3])
    const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(module)) }, outputs: { y } })
    const feeds = { x: normalValues([2, set, 1, length], new Random({ seed: 1 })), ...parametersAt(module, 1) }
    const commutes = ({ inputs, outputs = {} }: AxisGroup): boolean =>
      equivarianceError(p, { inputActions: inputs, outputActions: outputs, feeds }) < 1e-11
    expect(commutes(natural(symmetric(set), { x: [1] }))).toBe(name !== 'mlp')
    expect(commutes(coarse(2, { x: { 3: 8 } }))).toBe(['dss', 'siamese', 'sridhar', 'aittalaDurand'].includes(name))
  })
})

test.each([
  ['dss', 5 * 2],
  ['siameseDeepSets', 5],
] as const)('means instead of sums divide the output of %s without the bias by %i', (name, count) => {
  const [set, length] = [5, 16]
  const x = input('x', 'float32', ['batch', set, 1, length])
  const logits = (pool: 'sum' | 'mean'): number[] => {
    const module = signalNetwork(name, { convolution, length, set, width: 8, pool })
    const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(module)) }, outputs: { y: module.forward(x) } })
    const values = parametersAt(module, 1)
    const bias = Object.keys(values).filter((path) => /^head.*bias$/.test(path))
    expect(bias.length).toBe(1)
    for (const path of bias) (values[path] as { data: Float64Array }).data.fill(0)
    return Array.from(evaluate(p, { x: normalValues([2, set, 1, length], new Random({ seed: 1 })), ...values }).y?.data ?? [], Number)
  }
  const sums = logits('sum')
  expect(Math.max(...sums.map(Math.abs))).toBeGreaterThan(0.01)
  logits('mean').forEach((mean, i) => {
    expect(mean * count).toBeCloseTo(sums[i] as number, 10)
  })
})

test('kernels are as long as the signals by default, or as set', () => {
  const kernels = (kernel?: number): (number | undefined)[] =>
    [...parametersOf(signalNetwork('siamese', { convolution, width: 8, ...(kernel === undefined ? {} : { kernel }) }))].flatMap(
      ([path, { sizes }]) => (path.endsWith('weight') && sizes.length === 3 ? [sizes[2]] : []),
    )
  expect([kernels(), kernels(9)]).toEqual([
    [100, 50, 25],
    [9, 9, 9],
  ])
})

/** The published convolution: PyTorch 1.2 pads kernel - 1 positions circularly, the larger half in front. */
class PublishedConvolution extends Module {
  readonly weight: Parameter
  constructor({ inChannels, outChannels, kernel }: { inChannels: number; outChannels: number; kernel: number }) {
    super()
    this.weight = parameter([outChannels, inChannels, kernel])
  }
  forward(x: Tensor): Tensor {
    const total = (this.weight.sizes[2] as number) - 1
    return conv(pad(x, [0, 0, Math.ceil(total / 2), 0, 0, Math.floor(total / 2)], { mode: 'wrap' }), this.weight, { strides: 2 })
  }
}

test('signals of length 100 become 50, 25 and 13 long, and the network gives logits', () => {
  const lengths: unknown[] = []
  const watched: SignalNetworkOptions['convolution'] = (settings) => {
    const layer = new PublishedConvolution(settings)
    const { forward } = layer
    layer.forward = (x) => {
      const y = forward.call(layer, x)
      lengths.push(y.shape.at(-1))
      return y
    }
    return layer
  }
  const y = signalNetwork('siamese', { convolution: watched }).forward(input('x', 'float32', ['batch', 'set', 1, 100]))
  expect(lengths).toEqual([50, 25, 13])
  expect(String(y.shape)).toBe('batch,3')
})

describe('DssUNet', () => {
  const unet = (levels: number, output: 'set' | 'one' = 'set'): DssUNet =>
    new DssUNet({
      convolution: image,
      dimensions: 2,
      inChannels: 3,
      outChannels: 1,
      channels: Array.from({ length: levels }, (_, i) => 2 + i),
      output,
    })
  const images = (...size: readonly (number | string)[]): Tensor =>
    input('x', 'float32', ['batch', 'set', 3, ...size.map((d) => (typeof d === 'number' ? d : times(dimension(d), 4)))])

  test('gives one image per element or one per set, for all divisible sizes', () => {
    for (const [height, width] of [
      [4, 4],
      [12, 8],
      ['h', 'w'],
    ] as const) {
      const x = images(height, width)
      expect(String(unet(3).forward(x).shape)).toBe(String(['batch', 'set', 1, ...x.shape.slice(3)]))
      expect(String(unet(3, 'one').forward(x).shape)).toBe(String(['batch', 1, ...x.shape.slice(3)]))
    }
    expect(String(unet(1).forward(input('x', 'float32', ['batch', 'set', 3, 'h', 'w'])).shape)).toBe('batch,set,1,h,w')
  })

  test('works on signals and volumes', () => {
    for (const dimensions of [1, 3] as const) {
      const make = new DssUNet({
        convolution: (settings) => new CyclicConvolution({ dimensions, ...settings }),
        dimensions,
        inChannels: 1,
        outChannels: 2,
        channels: [2, 3],
      })
      const sizes = [4, 6, 2].slice(0, dimensions)
      expect(make.forward(input('x', 'float32', ['batch', 'set', 1, ...sizes])).shape.slice(2)).toEqual([2, ...sizes])
    }
  })

  test('errors say which sizes work', () => {
    expect(() => unet(3).forward(images(8, 10))).toThrow(
      'DssUNet.forward: expected x [batch, set, 3, 4 height, 4 width], received [batch, set, 3, 8, 10]. Pad 10 to 12, or use fewer than 3 levels.',
    )
    expect(() => unet(2).forward(input('x', 'float32', ['batch', 'set', 3, 'h', 'w']))).toThrow(
      "DssUNet.forward: expected x [batch, set, 3, 2 height, 2 width], received [batch, set, 3, h, w]. Declare a symbolic size as times(2, dimension('height')).",
    )
    expect(() => unet(1).forward(input('x', 'float32', ['batch', 'set', 2, 4, 4]))).toThrow(
      'DssUNet.forward: expected x [batch, set, 3, height, width], received [batch, set, 2, 4, 4].',
    )
    expect(() => unet(0)).toThrow('DssUNet: expected channels of at least one level, received none.')
  })

  test('a shift by less than a position of the coarsest level is not respected', () => {
    const module = unet(3)
    const x = input('x', 'float32', [1, 2, 3, 8, 8])
    const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(module)) }, outputs: { y: module.forward(x) } })
    const feeds = { x: normalValues([1, 2, 3, 8, 8], new Random({ seed: 1 })), ...parametersAt(module, 1) }
    const error = (by: number): number => {
      const { inputs, outputs = {} } = coarse(8 / by, { x: { 3: by }, y: { 3: by } })
      return equivarianceError(p, { inputActions: inputs, outputActions: outputs, feeds })
    }
    expect(error(4)).toBeLessThan(1e-12)
    expect(error(1)).toBeGreaterThan(1e-3)
  })
})

test('missing elements are never chosen, and their log-probabilities are finite', () => {
  const y = input('y', 'float32', [1, 3, 1])
  const mask = input('mask', 'bool', [1, 3])
  const p = program({ inputs: { y, mask }, outputs: { log: logSoftmax(selectionScores(y, mask)), plain: selectionScores(y) } })
  const { log, plain } = evaluate(p, {
    y: { dtype: 'float32', shape: [1, 3, 1], data: Float32Array.of(1, 9, 1) },
    mask: { dtype: 'bool', shape: [1, 3], data: Uint8Array.of(1, 0, 1) },
  })
  expect(log?.data[0]).toBeCloseTo(-Math.LN2, 12)
  expect(log?.data[1]).toBe(LOWEST)
  expect(plain?.shape).toEqual([1, 3])
})

describe('errors', () => {
  const x = input('x', 'float32', ['batch', 'set', 2, 'm'])
  const dss = new Dss({ own: signal(true), shared: signal(false) })
  const linear = (outChannels: number): Linear => new Linear({ inChannels: 2, outChannels })

  test.each([
    [
      'an unknown aggregation',
      () => new Dss({ own: signal(true), shared: signal(false), aggregate: 'median' as 'sum' }),
      'Dss: expected aggregate one of sum, mean, max, sumAfter, meanAfter, maxAfter, received "median".',
    ],
    [
      'an unknown kind',
      () => setLayer('cnn' as 'dss', { make: linear2, inChannels: 1, outChannels: 2 }),
      'setLayer: expected a kind of dss, siamese, aittalaDurand or sridhar, received "cnn".',
    ],
    [
      'odd channels',
      () => setLayer('aittalaDurand', { make: linear2, inChannels: 1, outChannels: 3 }),
      'setLayer: expected an even number of channels for aittalaDurand, half of which are maxima, received 3.',
    ],
    [
      'an unknown network',
      () => signalNetwork('cnn' as 'dss', { convolution }),
      'signalNetwork: expected one of dss, siamese, sridhar, aittalaDurand, siameseDeepSets, deepSets, mlp, received "cnn".',
    ],
    [
      'too few channels',
      () => new DeepSetsBlock({ channels: [3] }),
      'DeepSetsBlock: expected at least two channels (input and output), received [3].',
    ],
    [
      'axes from the front',
      () => poolElements(x, 'mean', [1]),
      'poolElements: expected axes counted from the last (-1 is the last), received [1].',
    ],
    [
      'axes of a head from the front',
      () => new InvariantHead({ channels: [1, 1], axes: [2] }),
      'InvariantHead: expected axes counted from the last (-1 is the last), received [2].',
    ],
    [
      'axes of invariants from the front',
      () => new IndependentDss({ own: linear(2), shared: linear(2), invariants: [2] }),
      'meanOverPositions: expected axes counted from the last (-1 is the last), received [2].',
    ],
    [
      'elements without axes',
      () => dss.forward(input('x', 'float32', ['batch', 'set'])),
      'eachElement: expected x [batch, set, ...element], received [batch, set].',
    ],
    [
      'a mask of a wrong size',
      () => dss.forward(x, input('mask', 'bool', ['batch', 'n'])),
      'existing: expected masks over the first axes of x [batch, set, 2, m], received [batch, n].',
    ],
    [
      'layers of different widths',
      () => new Dss({ own: linear(3), shared: linear(1) }).forward(input('x', 'float32', ['b', 's', 2])),
      'Dss.forward: expected own and shared to give the same shape, received [3] and [1]. Use the same channels and sizes for both.',
    ],
    [
      'a set of a wrong size',
      () => new SetMlp({ channels: [4, 2] }).forward(input('x', 'float32', ['b', 3, 2])),
      'SetMlp.forward: expected sets of 4 entries, received [b, 3, 2]. All sets must have the same size.',
    ],
  ])('%s', (_, make, message) => expect(make).toThrow(message))
})

const linear2 = ({ inChannels, outChannels, bias }: { inChannels: number; outChannels: number; bias: boolean }): Linear =>
  new Linear({ inChannels, outChannels, bias })
