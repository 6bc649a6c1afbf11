import { onnxBackend } from '@equivar/backend-onnx'
import { initialize } from '@equivar/nn'
import { evaluate, input, type TensorValue } from '@equivar/tensor'
import { equivarianceError, expectEquivariant, expectSpan, layerChecks, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  CosetPooling,
  GroupConvolution,
  type GroupConvolutionOptions,
  GroupEquivariantNetwork,
  GroupPooling,
  gridActions,
  LiftingConvolution,
  type PointGroupName,
  pointGroup,
  SpatialPooling,
} from '../src/index.ts'
import { described, feedsOf, type Layer, layerProgram, normal } from './programs.ts'

const groups: PointGroupName[] = ['T', 'Td', 'Th', 'O', 'Oh']

/** Element g on [1, channels, |G| or nothing, n, n, n]. */
function moved(x: TensorValue, name: PointGroupName, g: number, onGroup: boolean): Float64Array {
  const group = pointGroup(name)
  const n = x.shape.at(-1) as number
  const points = n ** 3
  const images = group.images(g, n)
  const result = new Float64Array(x.data.length)
  for (let row = 0; row < x.data.length / points; row++) {
    const orientation = row % group.order
    const to = onGroup ? row - orientation + group.multiply(g, orientation) : row
    for (let p = 0; p < points; p++) result[to * points + images[p]!] = x.data[row * points + p] as number
  }
  return result
}

/** The largest error of f(g x) = g f(x) over all elements, as a share of the largest output. */
function errorOverAll(name: PointGroupName, layer: Layer, channels: number, size: number, [from, to]: readonly [boolean, boolean]): number {
  const group = pointGroup(name)
  const shape = [1, channels, ...(from ? [group.order] : []), size, size, size]
  const p = layerProgram(layer, shape)
  const feeds = { ...initialize(layer, 4), x: normal(shape, 3) }
  const plain = evaluate(p, feeds).y!
  return Math.max(
    ...Array.from({ length: group.order }, (_, g) => {
      const y = evaluate(p, { ...feeds, x: { ...feeds.x, data: moved(feeds.x, name, g, from) } }).y!
      return relativeError(y.data as Float64Array, moved(plain, name, g, to))
    }),
  )
}

/** Odd and even kernels with all strides and paddings, and the size of the volume. */
const settings: [string, Omit<GroupConvolutionOptions, 'group' | 'inChannels' | 'outChannels'>, number][] = [
  ['3 valid on 4', { kernel: 3 }, 4],
  ['3 valid on 3', { kernel: 3 }, 3],
  ['2 valid on 3', { kernel: 2 }, 3],
  ['2 valid on 2', { kernel: 2 }, 2],
  ['3 same on 3', { kernel: 3, padding: 'same' }, 3],
  ['3 same on 2', { kernel: 3, padding: 'same' }, 2],
  ['3 cyclic on 3', { kernel: 3, padding: 'cyclic' }, 3],
  ['2 with stride 2 on 4', { kernel: 2, stride: 2 }, 4],
  ['2 with dilation 2 on 4', { kernel: 2, dilation: 2 }, 4],
  ['2 padded by 1 on 2', { kernel: 2, padding: 1 }, 2],
]

describe.each(groups)('%s', (group) => {
  test.each(settings)('kernel %s: commutes with every element to 1e-12', (_, options, size) => {
    const given = { group, ...options, inChannels: 2, outChannels: 1 }
    expect(errorOverAll(group, new LiftingConvolution(given), 2, size, [false, true])).toBeLessThan(1e-12)
  })

  test.each([2, 3])('a group convolution commutes with every element to 1e-12, on %i points along each axis', (size) => {
    const layer = new GroupConvolution({ group, inChannels: 1, outChannels: 1, kernel: 3, padding: 'same' })
    expect(errorOverAll(group, layer, 1, size, [true, true])).toBeLessThan(1e-12)
  })

  test('pooling over windows and over the group commutes with every element', () => {
    expect(errorOverAll(group, new SpatialPooling({ kernel: 2, group }), 1, 4, [true, true])).toBe(0)
    expect(errorOverAll(group, new SpatialPooling({ kernel: 3, stride: 2, group, pool: 'mean' }), 1, 5, [true, true])).toBeLessThan(1e-12)
    expect(errorOverAll(group, new GroupPooling(), 2, 3, [true, false])).toBe(0)
  })

  test('the network is invariant to 1e-12, and in float32 on ONNX Runtime to 1e-4', async () => {
    const network = new GroupEquivariantNetwork({ group, outputs: 3, channels: 1, kernels: [3, 2, 2], poolAfter: [1] })
    const shape = [1, 1, 8, 8, 8]
    const p = layerProgram(network, shape)
    const inputActions = { x: { 2: gridActions(group, 8).image } }
    const feeds = { ...initialize(network, 5), x: normal(shape) }
    expectEquivariant(p, { inputActions, feeds, tolerance: 1e-12, samples: 2 })
    const executable = await onnxBackend().compile(p, { values: initialize(network, 5) })
    const run = async (data: Float64Array): Promise<number[]> => {
      const { y } = await executable.run({ x: { dtype: 'float32', shape, data: Float32Array.from(data) } })
      return [...((await y!.data()) as Float32Array)]
    }
    const upright = await run(feeds.x.data as Float64Array)
    for (const g of pointGroup(group).generators)
      expect(relativeError(await run(moved(feeds.x, group, g, false)), upright)).toBeLessThan(1e-4)
    await executable.dispose()
  })
})

const one = { inChannels: 1, outChannels: 1, bias: false, padding: 'cyclic' } as const

test.each([
  ['T', 2, 3],
  ['O', 2, 3],
  ['C1', 3, 3],
] as const)('%s on the torus of side %i: a kernel of %i spans exactly the maps of the sharing scheme', (group, n, kernel) => {
  const { image, map } = gridActions(group, n, { cyclic: true })
  const lifting = layerProgram(new LiftingConvolution({ ...one, group, kernel }), ['batch', 1, n, n, n])
  expectSpan(lifting, { weights: ['weight'], input: image, output: map, maps: n ** 3 })
  if (group !== 'T') return
  const convolution = layerProgram(new GroupConvolution({ ...one, group, kernel }), ['batch', 1, 12, n, n, n])
  expectSpan(convolution, { weights: ['weight'], input: map, output: map, maps: 12 * n ** 3 })
})

test('negative control: a network of the rotations tells a volume from its mirror image, one of all symmetries does not', () => {
  const shape = [1, 1, 6, 6, 6]
  const error = (group: PointGroupName): number => {
    const network = new GroupEquivariantNetwork({ group, outputs: 3, channels: 1, kernels: [3, 2], poolAfter: [1] })
    const { image } = gridActions('Oh', 6)
    return equivarianceError(layerProgram(network, shape), { inputActions: { x: { 2: image } }, feeds: feedsOf(network, shape) })
  }
  expect(error('Oh')).toBeLessThan(1e-12)
  expect(error('O')).toBeGreaterThan(1e-3)
  expect(error('C1')).toBeGreaterThan(1e-3)
})

const analytic = [
  described(['lifting, O', new LiftingConvolution({ group: 'O', inChannels: 1, outChannels: 2, kernel: 2 })], {
    sizes: [
      [1, 1, 2, 2, 2],
      [2, 1, 3, 4, 2],
    ],
    sizesOf: { derivative: [[1, 1, 2, 2, 3]] },
  }),
  described(['group convolution, T', new GroupConvolution({ group: 'T', inChannels: 1, outChannels: 1, kernel: 2 })], {
    fixed: 3,
    sizes: [
      [1, 1, 12, 2, 2, 2],
      [2, 1, 12, 3, 2, 2],
    ],
    sizesOf: { derivative: [[1, 1, 12, 2, 2, 2]] },
  }),
  described(['cosets of T in O', new CosetPooling({ group: 'O', subgroup: 'T' })], { fixed: 3, sizes: [[1, 2, 24, 2, 1, 2]] }),
  described(['windows', new SpatialPooling({ kernel: 2, group: 'O' })], { fixed: 3, sizes: [[1, 2, 24, 2, 4, 2]] }),
]
describe.each(analytic)('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})

describe('settings that break the law are refused', () => {
  const options = { group: 'O', inChannels: 1, outChannels: 1 } as const
  const forward = (layer: Layer, ...shape: number[]): unknown => layer.forward(input('x', 'float32', shape))

  test('windows that are no cubes, strides that do not fit, and feature maps of another group', () => {
    expect(() => new LiftingConvolution({ ...options, group: 'T', kernel: [3, 3, 1] })).toThrow(
      'LiftingConvolution: expected kernel to be the same along all axes, because T exchanges the axes, received [3,3,1]. Use a cubic window.',
    )
    expect(() => new LiftingConvolution({ ...options, kernel: 4, padding: 'same' })).toThrow('Use a kernel of odd extent')
    expect(() => forward(new LiftingConvolution({ ...options, kernel: 3, stride: 2 }), 1, 1, 6, 6, 6)).toThrow('a size of 5 or 7')
    expect(() => forward(new SpatialPooling({ kernel: 2, group: 'Oh' }), 1, 1, 48, 5, 5, 5)).toThrow('a size of 4 or 6')
    expect(() => forward(new LiftingConvolution({ ...options, kernel: 3 }), 1, 1, 6, 6)).toThrow(
      'LiftingConvolution.forward: expected x of shape [batch, 1, depth, height, width] (inChannels 1), received [1, 1, 6, 6].',
    )
    expect(() => forward(new GroupConvolution({ ...options, kernel: 3 }), 1, 1, 12, 6, 6, 6)).toThrow(
      'expected x of shape [batch, 1, 24, depth, height, width] (inChannels 1, O has 24 elements), received [1, 1, 12, 6, 6, 6].',
    )
    expect(() => forward(new CosetPooling({ group: 'O', subgroup: 'T' }), 1, 1, 24, 6, 6)).toThrow(
      '[batch, channels, 24, depth, height, width]',
    )
  })
})
