import { onnxBackend } from '@equivar/backend-onnx'
import { Action, Permutation, PermutationGroup, translations } from '@equivar/groups'
import { evaluate, input, Random, symbol, type TensorValue, times } from '@equivar/tensor'
import { axisSymmetry, expectEquivariant, expectSpan, type LayerDescription, layerChecks, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { as, expectGolden, golden, haveGoldenCases } from '../../nn/test/golden.ts'
import { BlurPool, Convolution, type ConvolutionOptions, CyclicConvolution, gridActions, SpatialPooling } from '../src/index.ts'
import { described, feedsOf, type Layer, layerProgram, normal } from './programs.ts'

/** The shifts of a torus by multiples of a stride, acting on the torus and on its subgrid of multiples of the stride. */
function shifts(sizes: readonly number[], stride: number): { input: Action; output: Action } {
  const whole = translations(...sizes)
  const group = new PermutationGroup(
    whole.degree,
    whole.generators.map((g) => g.power(stride)),
  )
  const coarse = translations(...sizes.map((n) => n / stride))
  const identity = Permutation.identity(coarse.degree)
  // An axis with as many points as the stride has one point on the subgrid, and no generator.
  let next = 0
  const images = sizes.filter((n) => n > 1).map((n) => (n / stride > 1 ? (coarse.generators[next++] as Permutation) : identity))
  return {
    input: new Action(group, whole.degree, group.generators),
    output: new Action(group, coarse.degree, images),
  }
}
const cyclic = { inChannels: 2, outChannels: 4 } as const
const layers: [string, Layer, number[], number][] = [
  ['1 dimension, kernel 3', new CyclicConvolution({ ...cyclic, dimensions: 1, kernel: 3 }), [7], 1],
  ['1 dimension, kernel 4, stride 2', new CyclicConvolution({ ...cyclic, dimensions: 1, kernel: 4, stride: 2 }), [8], 2],
  ['1 dimension, kernel 1, stride 3', new CyclicConvolution({ ...cyclic, dimensions: 1, kernel: 1, stride: 3 }), [9], 3],
  ['1 dimension, dilation 3, groups', new CyclicConvolution({ ...cyclic, dimensions: 1, kernel: 3, dilation: 3, groups: 2 }), [8], 1],
  ['2 dimensions, kernel 3 x 2', new CyclicConvolution({ ...cyclic, dimensions: 2, kernel: [3, 2] }), [4, 5], 1],
  ['2 dimensions, stride 2', new CyclicConvolution({ ...cyclic, dimensions: 2, kernel: 3, stride: 2 }), [4, 6], 2],
  ['3 dimensions', new CyclicConvolution({ ...cyclic, dimensions: 3, kernel: 3 }), [3, 4, 2], 1],
  ['3 dimensions, stride 2', new CyclicConvolution({ ...cyclic, dimensions: 3, kernel: 2, stride: 2 }), [4, 2, 4], 2],
  ['max of 3, stride 2', new SpatialPooling({ dimensions: 1, kernel: 3, stride: 2, padding: 'cyclic' }), [8], 2],
  ['mean of 2 x 2', new SpatialPooling({ kernel: 2, pool: 'mean', padding: 'cyclic' }), [4, 6], 2],
  ['max of 2 x 2 x 2', new SpatialPooling({ dimensions: 3, kernel: 2, padding: 'cyclic' }), [4, 4, 2], 2],
  ['blur', new BlurPool({ padding: 'cyclic' }), [6, 4], 2],
  ['blur with 3 taps, 1 dimension', new BlurPool({ dimensions: 1, filter: 3, padding: 'cyclic' }), [8], 2],
]

/** The description of a layer that commutes with shifts of the torus by multiples of the stride, with symbolic sizes. */
const onTorus = ([name, layer, sizes, stride]: (typeof layers)[number]): LayerDescription<readonly number[]> =>
  described([`on the torus: ${name}`, layer], {
    sizes: [[2, 2, ...sizes]],
    sizesOf: {
      parity: [
        [2, 2, ...sizes],
        [3, 2, ...sizes.map((n) => 2 * n)],
      ],
      edges: [
        [2, 2, ...sizes],
        [0, 2, ...sizes],
      ],
    },
    symmetry: ([, , ...torus]) => {
      const { input, output } = shifts(torus, stride)
      return axisSymmetry({ inputs: { x: { 2: input } }, outputs: { y: { 2: output } } })
    },
  })
describe.each(layers.map(onTorus))('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})

test.each([
  [1, [5], 1],
  [1, [6], 2],
  [2, [3, 2], 1],
  [2, [2, 4], 2],
  [3, [2, 3, 2], 1],
] as const)(
  'in %i dimensions, on %j with stride %i, a kernel as large as the torus spans exactly the maps of the sharing scheme',
  (dimensions, sizes, stride) => {
    const layer = new CyclicConvolution({ dimensions, inChannels: 1, outChannels: 1, kernel: sizes, stride, bias: false })
    const { input: moved, output } = shifts(sizes, stride)
    const maps = sizes.reduce((a, b) => a * b, 1)
    expectSpan(layerProgram(layer, ['batch', 1, ...sizes]), { weights: ['weight'], input: moved, output, maps })
  },
)

describe('invalid sizes and options are refused', () => {
  const layer = new CyclicConvolution({ ...cyclic, dimensions: 1, kernel: 3, stride: 2 })
  test('a stride that does not divide the size; the error names the nearest multiples', () => {
    expect(() => layer.forward(input('x', 'float32', ['batch', 2, 7]))).toThrow(
      'CyclicConvolution: expected a size of 6 or 8 along spatial axis 0, for which windows of stride 2 fit the torus, received 7.',
    )
    expect(() => new BlurPool({ padding: 'cyclic' }).forward(input('x', 'float32', [1, 1, 4, 5]))).toThrow(
      'a size of 4 or 6 along spatial axis 1',
    )
    expect(layer.forward(input('x', 'float32', [1, 2, times(2, symbol('n'))])).shape).toBeDefined()
  })
  test('other options', () => {
    expect(() => layer.forward(input('x', 'float32', [1, 2, 8, 8]))).toThrow(
      'expected x [batch, channels, 1 spatial axes], received [1, 2, 8, 8]',
    )
    expect(() => new Convolution({ ...cyclic, dimensions: 2, kernel: [3, 3, 3] })).toThrow(
      'expected kernel to be 2 integers of at least 1, received [3,3,3].',
    )
    expect(() => new Convolution({ ...cyclic, dimensions: 1, kernel: 3, stride: 0 })).toThrow(
      'expected stride to be 1 integers of at least 1',
    )
    expect(() => new Convolution({ ...cyclic, dimensions: 1, kernel: 3, groups: 3 })).toThrow(
      'groups that divide 2 and 4 channels, received 3.',
    )
    expect(() => new Convolution({ ...cyclic, dimensions: 1, kernel: 3, padding: -1 })).toThrow(
      'expected padding to be 1 integers of at least 0',
    )
  })
  test('zero channels and an empty batch are accepted', () => {
    const empty = new CyclicConvolution({ dimensions: 1, inChannels: 2, outChannels: 3, kernel: 3 })
    expect(evaluate(layerProgram(empty, ['batch', 2, 5]), feedsOf(empty, [0, 2, 5])).y?.shape).toEqual([0, 3, 5])
  })
})

describe('with borders', () => {
  const run = (options: Omit<ConvolutionOptions, 'dimensions' | 'inChannels' | 'outChannels'>, data: number[]): number[] => {
    const layer = new Convolution({ dimensions: 1, inChannels: 1, outChannels: 1, bias: false, ...options })
    const x: TensorValue = { dtype: 'float32', shape: [1, 1, data.length], data: Float64Array.from(data) }
    const weight: TensorValue = { dtype: 'float32', shape: [1, 1, 3], data: Float64Array.of(1, 10, 100) }
    return Array.from(evaluate(layerProgram(layer, [1, 1, data.length]), { x, weight }).y?.data ?? [])
  }
  test('padding modes have the expected values', () => {
    expect(run({ kernel: 3 }, [1, 2, 3, 4])).toEqual([321, 432])
    expect(run({ kernel: 3, padding: 'same' }, [1, 2, 3])).toEqual([210, 321, 32])
    expect(run({ kernel: 3, padding: 1, paddingMode: 'reflect' }, [1, 2, 3])).toEqual([212, 321, 232])
    expect(run({ kernel: 3, padding: 1, paddingMode: 'edge' }, [1, 2, 3])).toEqual([211, 321, 332])
    expect(run({ kernel: 3, padding: 1, paddingMode: 'wrap' }, [1, 2, 3])).toEqual([213, 321, 132])
    expect(run({ kernel: 3, padding: 'same', stride: 2 }, [1, 2, 3, 4])).toEqual([210, 432])
  })
  test('commutes with shifts away from the border, not at the border', () => {
    const signal = [0, 0, 0, 5, -2, 1, 0, 0, 0]
    const later = [0, ...signal.slice(0, -1)]
    expect(run({ kernel: 3, padding: 1 }, later)).toEqual([0, ...run({ kernel: 3, padding: 1 }, signal).slice(0, -1)])
    expect(run({ kernel: 3, padding: 1 }, [0, 1, 0])).not.toEqual([0, ...run({ kernel: 3, padding: 1 }, [1, 0, 0]).slice(0, -1)])
  })
})

describe('BlurPool', () => {
  test('with 4 taps and stride 2, preserves constants and commutes with rotations', () => {
    const layer = new BlurPool({ group: 'p4m' })
    const x: TensorValue = { dtype: 'float32', shape: [1, 1, 6, 6], data: new Float64Array(36).fill(3) }
    const y = evaluate(layerProgram(layer, [1, 1, 6, 6]), { x }).y?.data as Float64Array
    expect(relativeError(y, new Float64Array(9).fill(3))).toBeLessThan(1e-15)
    const [before, after] = [gridActions('p4m', 6), gridActions('p4m', 3)]
    const p = layerProgram(layer, [2, 3, 8, 6, 6])
    const feeds = { x: normal([2, 3, 8, 6, 6]) }
    expectEquivariant(p, { inputActions: { x: { 2: before.map } }, outputActions: { y: { 2: after.map } }, feeds, tolerance: 1e-14 })
    expect(() => new BlurPool({ filter: 3, group: 'p4' })).toThrow('Use a kernel of even extent')
  })

  test('a shift by one position changes the result less than for plain subsampling', () => {
    const random = new Random({ seed: 3 })
    const data = Float64Array.from({ length: 64 }, () => random.normal())
    const change = (layer: Layer): number => {
      const p = layerProgram(layer, [1, 1, 64])
      const at = (d: Float64Array): Float64Array =>
        evaluate(p, { x: { dtype: 'float32', shape: [1, 1, 64], data: d } }).y?.data as Float64Array
      const [a, b] = [at(data), at(data.map((_, i) => data[(i + 63) % 64] as number))]
      const length = (v: Float64Array): number => Math.hypot(...v)
      return length(a.map((v, i) => v - (b[i] as number))) / length(a)
    }
    const blurred = change(new BlurPool({ dimensions: 1, padding: 'cyclic' }))
    expect(blurred).toBeLessThan(0.8 * change(new SpatialPooling({ dimensions: 1, kernel: 1, stride: 2 })))
  })
})

describe.skipIf(!haveGoldenCases)('golden cases from another framework', () => {
  test.each(['conv1d-0', 'conv1d-1', 'conv1d-2', 'conv2d-3', 'conv2d-4', 'conv2d-6', 'conv2d-8', 'conv3d-9'])('%s', async (name) => {
    const file = `convolution/${name}`
    const { config, tensors } = golden(file)
    const [outChannels = 0, , ...kernel] = tensors['param:weight']?.shape ?? []
    const module = new Convolution({
      dimensions: kernel.length as 1 | 2 | 3,
      inChannels: tensors['in:input']?.shape[1] as number,
      outChannels,
      kernel,
      stride: config.stride as number,
      padding: config.padding as number,
      dilation: config.dilation as number,
      groups: config.groups as number,
      paddingMode: config.paddingMode === 'circular' ? 'wrap' : 'constant',
    })
    const parameters = { weight: as('param:weight'), bias: as('param:bias') }
    await expectGolden(file, { module, forward: ({ input: x }) => module.forward(x as never), parameters })
  })
})
