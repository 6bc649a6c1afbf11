import {
  EquivariantHead,
  edgesOfAll,
  GraphElements,
  type SetLayerKind,
  type SetLayerOptions,
  SetNetwork,
  selectionScores,
  setLayer,
} from '@equivar/layers-dss'
import { GinLayer } from '@equivar/layers-graphs'
import { Linear } from '@equivar/nn'
import { input, relu, type Tensor } from '@equivar/tensor'
import type { ModelKind } from '../model.ts'
import { chosenElementPermutation, meshPermutation } from '../symmetry.ts'
import { imageSetLayers } from './image-sets.ts'
import { SIDE } from './images.ts'

/** The layers of any images, then the maximum over the pixels. */
function imageNetwork(kind: SetLayerKind, inChannels: number, width: number): SetNetwork {
  const { layers, channels } = imageSetLayers(kind, inChannels, { width, size: [SIDE, SIDE] })
  return new SetNetwork({ layers, head: new EquivariantHead({ channels: [channels, 64, 1], axes: [-2, -1], elementPool: 'max' }) })
}

/** Layers of points or nodes with width, 2 width and 2 width channels, then the maximum over the points. */
const nodeNetwork =
  (make: SetLayerOptions['make']) =>
  (kind: SetLayerKind, inChannels: number, width: number): SetNetwork => {
    const sizes = [inChannels, width, 2 * width, 2 * width]
    const layers = sizes
      .slice(1)
      .flatMap((outChannels, i) => [
        setLayer(kind, { make, inChannels: sizes[i] as number, outChannels, aggregate: 'max', norm: true, axis: -1 }),
        relu,
      ])
    return new SetNetwork({ layers, head: new EquivariantHead({ channels: [2 * width, 64, 1], axes: [-2], elementPool: 'max' }) })
  }

/** Every network ends with deep sets over the features of the elements, so with Siamese layers it is "Siamese + DeepSets". */
const selectionModel = (
  kind: SetLayerKind,
  element: {
    readonly axes: readonly (number | string)[]
    /** Whether nodes have edges, which all elements share. */
    readonly edges?: boolean
    make(kind: SetLayerKind, inChannels: number, width: number): SetNetwork
  },
  width: number,
): ModelKind<{ readonly width: number }> => ({
  defaults: { width },
  build: ({ width: given }, { channels, outputs }, goal) => {
    const shape = element.axes.map((axis) => (axis === 'channels' ? channels : axis))
    const [x, mask] = [input('x', 'float32', ['batch', 'set', ...shape]), input('mask', 'bool', ['batch', 'set'])]
    const edges = input('edge_index', 'int64', [2, 'edges'])
    const inputs = { x, mask, ...(element.edges === true ? { edge_index: edges } : {}) }
    const further = element.edges === true ? [edgesOfAll(edges, x)] : []
    const module = element.make(kind, channels, given)
    const output = (): Tensor => selectionScores(module.forward(x, mask, ...further), mask)
    return {
      module,
      inputs,
      goal,
      target: goal.target('batch', outputs),
      symmetries: [chosenElementPermutation, ...(element.edges === true ? [meshPermutation] : [])],
      output,
    }
  },
})

const images = { axes: ['channels', SIDE, SIDE], make: imageNetwork }
/** One linear map for all points, as published. */
const points = { axes: ['points', 'channels'], make: nodeNetwork((settings) => new Linear(settings)) }
/** Message passing: a linear map of the sum over a node and its neighbours. */
const graphs = {
  axes: ['points', 'channels'],
  edges: true,
  make: nodeNetwork(({ inChannels, outChannels }) => new GraphElements({ layer: new GinLayer({ inChannels, outChannels, depth: 1 }) })),
}

/** Models that choose an element of a set, with similar numbers of parameters: DSS has two maps per layer, so the others are wider. */
export const selectionModels: Readonly<Record<string, ModelKind>> = {
  'dss-images': selectionModel('dss', images, 16),
  'siamese-deepsets-images': selectionModel('siamese', images, 23),
  'aittala-images': selectionModel('aittalaDurand', images, 30),
  'sridhar-images': selectionModel('sridhar', images, 23),
  'dss-points': selectionModel('dss', points, 32),
  'siamese-deepsets-points': selectionModel('siamese', points, 42),
  'aittala-points': selectionModel('aittalaDurand', points, 52),
  'sridhar-points': selectionModel('sridhar', points, 42),
  'dss-graphs': selectionModel('dss', graphs, 32),
  'siamese-deepsets-graphs': selectionModel('siamese', graphs, 42),
  'aittala-graphs': selectionModel('aittalaDurand', graphs, 52),
  'sridhar-graphs': selectionModel('sridhar', graphs, 42),
}
