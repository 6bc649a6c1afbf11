import {
  EquivariantHead,
  eachElement,
  InvariantHead,
  type SetLayer,
  type SetLayerKind,
  SetNetwork,
  selectionScores,
  setLayer,
} from '@equivar/layers-dss'
import { Convolution } from '@equivar/layers-grids'
import { input, maxPool, relu, type Tensor } from '@equivar/tensor'
import type { ModelKind } from '../model.ts'
import { chosenElementPermutation, elementPermutation } from '../symmetry.ts'
import { sizeOfImages, widths } from './any-images.ts'
import { encoded, encodedFacts } from './features.ts'
import { halvings } from './halvings.ts'
import { predicted } from './regression.ts'

/** The longest side of the images behind the last layer. */
const LAST = 7

/** The layers of a network of sets of images, and the channels behind the last. */
export interface ImageSetLayers {
  readonly layers: (SetLayer | ((x: Tensor) => Tensor))[]
  readonly channels: number
}

/**
 * Three or more 3 x 3 convolutions with zero padding, with 2 x 2 max pooling between them until no side is longer than 7, and width, 2 width, 4 width,
 * 4 width, ... channels: for 28 x 28 at 28, 14 and 7 pixels.
 *
 * @param options - `late`: whether the images of a set see each other in the last layer only. From a hundred sets, networks in which they do so from the first
 * layer on learn the sets by heart.
 */
export function imageSetLayers(
  kind: SetLayerKind,
  inChannels: number,
  { width, size, late = false }: { readonly width: number; readonly size: readonly [number, number]; readonly late?: boolean },
): ImageSetLayers {
  const poolings = halvings(size, LAST)
  const channels = widths(inChannels, width, Math.max(3, poolings.length + 1))
  const layers = channels.slice(1).flatMap((outChannels, i) => {
    const layer = setLayer(late && i < channels.length - 2 ? 'siamese' : kind, {
      make: (settings) => new Convolution({ dimensions: 2, kernel: 3, padding: 1, ...settings }),
      inChannels: channels[i] as number,
      outChannels,
      aggregate: 'mean',
      norm: true,
      axis: -3,
    })
    const kernel = poolings[i]?.kernel
    const pooled = (x: Tensor): Tensor =>
      eachElement({ forward: (images) => maxPool(images, { kernel: kernel ?? [], strides: kernel ?? [] }) }, x)
    return [layer, relu, ...(kernel === undefined ? [] : [pooled])]
  })
  return { layers, channels: channels.at(-1) as number }
}

const defaults = { width: 16 }

/** Something for a set of images: its class or numbers; or for each of its images: a class, numbers, or a score by which one is chosen. */
const imageSetModel = (name: string, kind: SetLayerKind): ModelKind<typeof defaults> => ({
  defaults,
  build: ({ width }, facts, goal) => {
    const size = sizeOfImages(facts, name)
    const [x, mask] = [input('x', 'float32', ['batch', 'set', facts.channels, ...size]), input('mask', 'bool', ['batch', 'set'])]
    const { layers, channels } = imageSetLayers(kind, encodedFacts(facts).channels, { width, size, late: true })
    const [chooses, ofSets] = [goal.kind === 'choice', goal.kind === 'classes' || goal.kind === 'numbers']
    const options = { channels: [channels, 64, chooses ? 1 : facts.outputs], axes: [-2, -1], elementPool: 'max' } as const
    const module = new SetNetwork({ layers, head: ofSets ? new InvariantHead(options) : new EquivariantHead(options) })
    const output = (): Tensor => {
      const rows = module.forward(encoded(x, facts, -3), mask)
      return chooses ? selectionScores(rows, mask) : predicted(rows, facts.regression)
    }
    const target = goal.target(ofSets || chooses ? 'batch' : ['batch', 'set'], facts.outputs)
    const symmetries = [ofSets ? elementPermutation : chosenElementPermutation]
    return { module, inputs: { x, mask }, goal, target, symmetries, output }
  },
})

/** Models for sets of images of any size and with any channels. */
export const imageSetModels: Readonly<Record<string, ModelKind>> = {
  'dss-any-size': imageSetModel('dss-any-size', 'dss'),
  'siamese-any-size': imageSetModel('siamese-any-size', 'siamese'),
}
