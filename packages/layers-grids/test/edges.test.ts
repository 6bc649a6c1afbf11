import { onnxBackend } from '@equivar/backend-onnx'
import { trivial } from '@equivar/groups'
import { countParameters, initialize, parametersOf } from '@equivar/nn'
import { input, program } from '@equivar/tensor'
import { expectParity, parityError } from '@equivar/verify'
import { expect, test } from 'vitest'
import {
  BlurPool,
  CanonicalCoordinates,
  CosetPooling,
  CyclicConvolution,
  EquivariantTransformer,
  FiniteGroupConvolution,
  GroupConvolution,
  GroupEquivariantNetwork,
  GroupPooling,
  LiftingConvolution,
  SpatialPooling,
} from '../src/index.ts'
import { feedsOf, type Layer, layerProgram, normal, rounded } from './programs.ts'

const channels = { inChannels: 2, outChannels: 3 }
const layers: [string, Layer, (number | string)[], number[], number[]][] = [
  ['CyclicConvolution', new CyclicConvolution({ ...channels, dimensions: 2, kernel: 3 }), [2, 4, 4], [1, 2, 1, 1], [3, 1, 1]],
  [
    'LiftingConvolution',
    new LiftingConvolution({ ...channels, group: 'p4m', kernel: 3, padding: 'cyclic' }),
    [2, 4, 4],
    [1, 2, 1, 1],
    [3, 8, 1, 1],
  ],
  ['GroupConvolution', new GroupConvolution({ ...channels, group: 'p4', kernel: 1 }), [2, 4, 4, 4], [1, 2, 4, 1, 1], [3, 4, 1, 1]],
  ['GroupPooling', new GroupPooling(), [2, 4, 4, 4], [1, 2, 4, 1, 1], [2, 1, 1]],
  ['CosetPooling', new CosetPooling({ group: 'p4', subgroup: 'p2' }), [2, 4, 4, 4], [1, 2, 4, 1, 1], [2, 2, 1, 1]],
  ['SpatialPooling', new SpatialPooling({ kernel: 2 }), [2, 4, 4], [1, 2, 2, 2], [2, 1, 1]],
  ['BlurPool', new BlurPool({ group: 'p4' }), [2, 4, 4], [1, 2, 2, 2], [2, 1, 1]],
  [
    'FiniteGroupConvolution',
    new FiniteGroupConvolution({ ...channels, group: trivial(3), from: trivial(3), to: trivial(3) }),
    [2, 1],
    [1, 2, 1],
    [3, 1],
  ],
]

test.each(layers)(
  '%s works on an empty batch and on a single point, in the reference and on ONNX Runtime',
  async (_, layer, rest, point, result) => {
    expect(await parityError(layerProgram(layer, ['batch', ...rest]), [onnxBackend()], feedsOf(layer, [0, ...rest.map(Number)]))).toBe(0)
    const single = layerProgram(layer, ['batch', ...point.slice(1)])
    expect(single.outputs[0]?.tensor.shape.slice(1)).toEqual(result)
    await expectParity(single, [onnxBackend()], feedsOf(layer, point))
  },
)

test('a transformer works on an empty batch', async () => {
  const coordinates = new CanonicalCoordinates({ system: 'rotation', u: 8, v: 4 })
  const transformer = new EquivariantTransformer({ coordinates, inChannels: 1, channels: [2] })
  const x = input('x', 'float32', ['batch', 1, 6, 6])
  const { pose, image } = transformer.forward(x)
  const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(transformer)) }, outputs: { pose, image } })
  const feeds = { ...initialize(transformer, 1), x: rounded(normal([0, 1, 6, 6])) }
  expect(await parityError(p, [onnxBackend()], feeds)).toBe(0)
})

test('for the trivial group, a layer is a plain convolution with equally many parameters', () => {
  expect(countParameters(new GroupEquivariantNetwork({ group: 'p1', outputs: 10 }))).toBe(90 + 5 * 900 + 1600 + 70 + 120)
})
