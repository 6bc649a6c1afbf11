import { Convolution, GroupConvolution, LiftingConvolution, SpatialPooling } from '@equivar/layers-grids'
import { BatchNorm, Mlp, Module } from '@equivar/nn'
import { type Dimension, input, maxPool, reduceMean, relu, reshape, type Tensor } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import type { Facts, ModelKind, Settings } from '../model.ts'
import { quarterTurn, type TaskSymmetry } from '../symmetry.ts'
import { encoded, encodedFacts } from './features.ts'
import { halvings } from './halvings.ts'
import { predicted } from './regression.ts'

/** Channels of the layers: doubled twice, then the same. */
export const widths = (inChannels: number, width: number, layers: number): number[] => [
  inChannels,
  ...Array.from({ length: layers }, (_, i) => width * 2 ** Math.min(i, 2)),
]

/** Side to which images are pooled. */
const LAST = 4

/**
 * 3 x 3 convolutions with batch norm, relu and 2 x 2 max pooling until no side is longer than 4, then an MLP of all positions.
 * [batch, channels, height, width] to [batch, outputs]. It assumes no symmetry but that of single convolutions: what is where counts.
 */
class ImageNetwork extends Module {
  readonly convolutions: Convolution[]
  readonly norms: BatchNorm[]
  readonly head: Mlp
  readonly #poolings: ReturnType<typeof halvings>
  readonly #features: number

  constructor(width: number, { channels: inChannels, outputs }: Facts, size: readonly [number, number]) {
    super()
    this.#poolings = halvings(size, LAST)
    const channels = widths(inChannels, width, Math.max(2, this.#poolings.length))
    this.convolutions = channels
      .slice(1)
      .map((outChannels, i) => new Convolution({ dimensions: 2, kernel: 3, padding: 1, inChannels: channels[i] as number, outChannels }))
    this.norms = channels.slice(1).map((count) => new BatchNorm({ channels: count, axis: 1 }))
    const [height, columns] = this.#poolings.at(-1)?.size ?? size
    this.#features = (channels.at(-1) as number) * height * columns
    this.head = new Mlp({ channels: [this.#features, 4 * width, outputs] })
  }

  forward(x: Tensor): Tensor {
    const features = this.convolutions.reduce((h, layer, i) => {
      const y = relu((this.norms[i] as BatchNorm).forward(layer.forward(h)))
      const pooling = this.#poolings[i]
      return pooling === undefined ? y : maxPool(y, { kernel: pooling.kernel, strides: pooling.kernel })
    }, x)
    return this.head.forward(reshape(features, [x.shape[0] as Dimension, this.#features]))
  }
}

/** Sides of a square image after each pooling of TurnedImageNetwork. */
function turnedSides(side: number): number[] {
  const sides = [side]
  while ((sides.at(-1) as number) > LAST) sides.push(Math.ceil((sides.at(-1) as number) / 2))
  return sides
}

/**
 * Group convolutions on p4 with batch norm, relu and max pooling, the mean over positions and orientations, and an MLP.
 * [batch, channels, side, side] to [batch, outputs].
 *
 * Law: the outputs are invariant under quarter turns, for every side. Windows of a pooling must lie symmetrically: 2 x 2 for an even side, 3 x 3 with stride 2
 * and one position of padding for an odd one.
 */
class TurnedImageNetwork extends Module {
  readonly layers: (LiftingConvolution | GroupConvolution)[]
  readonly norms: BatchNorm[]
  readonly head: Mlp
  readonly #poolings: SpatialPooling[]

  constructor(width: number, { channels: inChannels, outputs }: Facts, side: number) {
    super()
    const sides = turnedSides(side).slice(0, -1)
    const channels = widths(inChannels, width, Math.max(2, sides.length + 1))
    this.layers = channels.slice(1).map((outChannels, i) => {
      const settings = { group: 'p4', kernel: 3, padding: 1, inChannels: channels[i] as number, outChannels } as const
      return i === 0 ? new LiftingConvolution(settings) : new GroupConvolution(settings)
    })
    this.norms = channels.slice(1).map((count) => new BatchNorm({ channels: count, axis: 1 }))
    this.#poolings = sides.map(
      (each) => new SpatialPooling({ group: 'p4', stride: 2, ...(each % 2 === 0 ? { kernel: 2 } : { kernel: 3, padding: 1 }) }),
    )
    this.head = new Mlp({ channels: [channels.at(-1) as number, 4 * width, outputs] })
  }

  forward(x: Tensor): Tensor {
    const features = this.layers.reduce((h, layer, i) => {
      const y = relu((this.norms[i] as BatchNorm).forward(layer.forward(h)))
      return this.#poolings[i]?.forward(y) ?? y
    }, x)
    return this.head.forward(reduceMean(features, { axis: [2, 3, 4] }))
  }
}

/** The size of the images. @throws UsageError if the data have none. */
export function sizeOfImages({ size }: Facts, model: string): readonly [number, number] {
  if (size === undefined) throw new UsageError(`${model}: expected images, received examples without height and width`)
  return size
}

const imageModel = <Values extends Settings>(
  name: string,
  defaults: Values,
  symmetries: readonly TaskSymmetry[],
  make: (values: Values, facts: Facts, size: readonly [number, number]) => Module & { forward(x: Tensor): Tensor },
): ModelKind<Values> => ({
  defaults,
  build: (values, facts, goal) => {
    const size = sizeOfImages(facts, name)
    const x = input('x', 'float32', ['batch', facts.channels, ...size])
    const module = make(values, encodedFacts(facts), size)
    const output = (): Tensor => predicted(module.forward(encoded(x, facts, -3)), facts.regression)
    return { module, inputs: { x }, goal, target: goal.target('batch', facts.outputs), symmetries, output }
  },
})

/** Models for images of any size and with any channels. */
export const anyImageModels: Readonly<Record<string, ModelKind>> = {
  'cnn-any-size': imageModel('cnn-any-size', { width: 24 }, [], ({ width }, facts, size) => new ImageNetwork(width, facts, size)),
  'p4cnn-any-size': imageModel('p4cnn-any-size', { width: 12 }, [quarterTurn], ({ width }, facts, [height, columns]) => {
    if (height !== columns)
      throw new UsageError(
        `p4cnn-any-size: expected square images, which quarter turns map to each other, received ${height}x${columns}; use cnn-any-size, or --size HxW`,
      )
    return new TurnedImageNetwork(width, facts, height)
  }),
}
