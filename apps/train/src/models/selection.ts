import { type Aggregate, EquivariantHead, eachElement, type SetLayerKind, SetNetwork, selectionScores, setLayer } from '@equivar/layers-dss'
import { Convolution } from '@equivar/layers-grids'
import { Linear } from '@equivar/nn'
import { input, maxPool, relu, type Tensor } from '@equivar/tensor'
import type { ModelKind } from '../models.ts'
import { chosenElementPermutation } from '../symmetry.ts'
import { SIDE } from './images.ts'

const halve = (x: Tensor): Tensor => eachElement({ forward: (images) => maxPool(images, { kernel: [2, 2], strides: 2 }) }, x)

/** Layers of images, 3 x 3 with zeros around, width - 2 width - 4 width channels, pooled to 28, 14 and 7 pixels; the largest value over the pixels. */
function imageNetwork(kind: SetLayerKind, inChannels: number, width: number): SetNetwork {
  const layer = (from: number, to: number, aggregate: Aggregate) =>
    setLayer(kind, {
      make: (settings) => new Convolution({ dimensions: 2, kernel: 3, padding: 1, ...settings }),
      inChannels: from,
      outChannels: to,
      aggregate,
      norm: true,
      axis: -3,
    })
  const sizes = [inChannels, width, 2 * width, 4 * width] as const
  const layers = [
    ...[layer(sizes[0], sizes[1], 'mean'), relu, halve],
    ...[layer(sizes[1], sizes[2], 'mean'), relu, halve],
    ...[layer(sizes[2], sizes[3], 'mean'), relu],
  ]
  return new SetNetwork({ layers, head: new EquivariantHead({ channels: [sizes[3], 64, 1], axes: [-2, -1], elementPool: 'max' }) })
}

/** Layers of points, one linear map for all of them as published, width - 2 width - 2 width channels; the largest value over the points. */
function pointNetwork(kind: SetLayerKind, inChannels: number, width: number): SetNetwork {
  const sizes = [inChannels, width, 2 * width, 2 * width]
  const layers = sizes.slice(1).flatMap((outChannels, i) => [
    setLayer(kind, {
      make: (settings) => new Linear(settings),
      inChannels: sizes[i] as number,
      outChannels,
      aggregate: 'max',
      norm: true,
      axis: -1,
    }),
    relu,
  ])
  return new SetNetwork({ layers, head: new EquivariantHead({ channels: [2 * width, 64, 1], axes: [-2], elementPool: 'max' }) })
}

/** Every network ends in deep sets over what it says of each element, so the Siamese layers give what is called Siamese + DeepSets. */
const selectionModel = (
  kind: SetLayerKind,
  element: { readonly axes: readonly (number | string)[]; make(kind: SetLayerKind, inChannels: number, width: number): SetNetwork },
  width: number,
): ModelKind => ({
  defaults: { width },
  build: ({ width: given = width }, { channels, outputs }, goal) => {
    const shape = element.axes.map((axis) => (axis === 'channels' ? channels : axis))
    const inputs = { x: input('x', 'float32', ['batch', 'set', ...shape]), mask: input('mask', 'bool', ['batch', 'set']) }
    const module = element.make(kind, channels, given)
    const output = (): Tensor => selectionScores(module.forward(inputs.x, inputs.mask), inputs.mask)
    return { module, inputs, goal, target: goal.target('batch', outputs), symmetries: [chosenElementPermutation], output }
  },
})

const images = { axes: ['channels', SIDE, SIDE], make: imageNetwork }
const points = { axes: ['points', 'channels'], make: pointNetwork }

/** Models that choose an element of a set, at matched numbers of parameters: DSS has two maps a layer, so the others are wider. */
export const selectionModels: Readonly<Record<string, ModelKind>> = {
  'dss-images': selectionModel('dss', images, 16),
  'siamese-deepsets-images': selectionModel('siamese', images, 23),
  'aittala-images': selectionModel('aittalaDurand', images, 30),
  'sridhar-images': selectionModel('sridhar', images, 23),
  'dss-points': selectionModel('dss', points, 32),
  'siamese-deepsets-points': selectionModel('siamese', points, 42),
  'aittala-points': selectionModel('aittalaDurand', points, 52),
  'sridhar-points': selectionModel('sridhar', points, 42),
}
