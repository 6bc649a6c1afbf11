import { type ActivationName, activation, Dropout, fillMissing, Module } from '@equivar/nn'
import {
  concat,
  type Dimension,
  divideExactly,
  expand,
  maxPool,
  printShape,
  reshape,
  ShapeError,
  sameDimension,
  squeeze,
  type Tensor,
  times,
  unsqueeze,
} from '@equivar/tensor'
import type { DssAggregation } from './dss.ts'
import { type ElementModule, joined } from './elements.ts'
import { poolSet } from './pooling.ts'
import { type ElementLayerSettings, type SetLayer, type SetLayerKind, setLayer } from './set-layer.ts'

/** The options with which a DssUNet builds a convolution. */
export interface ConvolutionSettings extends ElementLayerSettings {
  /** Kernel size along every axis, 3 or 1. */
  readonly kernel: number
}

/** Options of a DssUNet. */
export interface DssUNetOptions {
  /** Builds a convolution from [batch, in, ...spatial] to [batch, out, ...spatial] that keeps the sizes, in one, two or three dimensions. */
  readonly convolution: (settings: ConvolutionSettings) => ElementModule
  readonly dimensions: 1 | 2 | 3
  readonly inChannels: number
  readonly outChannels: number
  /** Channels of every level, the finest first. Each level halves the spatial sizes. */
  readonly channels: readonly number[]
  /** `set` (default): one output per element; `one`: one output per set, from the maximum of the features over the set. */
  readonly output?: 'set' | 'one'
  /** How elements interact in a layer; default dss. */
  readonly kind?: SetLayerKind
  /** Default max, as published. */
  readonly aggregate?: DssAggregation
  /** Whether every convolution is followed by batch norm; default true. */
  readonly norm?: boolean
  readonly activation?: ActivationName
  readonly dropout?: number
}

/**
 * A U-Net for sets of images (or signals, or volumes). Each level has two layers of sets. Max pooling halves the sizes on the way down, and repetition
 * doubles them on the way up, where the features of the way down are concatenated.
 *
 * Law: f(P T x) = P T f(x) for permutations P of the set (f(P T x) = T f(x) for `one`) and, with cyclic convolutions, for shifts T by multiples of
 * 2^(levels - 1). Sizes must be divisible by that number; declare a symbolic size as `times(8, dimension('height'))`.
 *
 * @throws RangeError if there are no levels.
 * @see Ronneberger, Fischer, Brox 2015; Maron et al. 2020, section 5 (deblurring, colour matching).
 */
export class DssUNet extends Module {
  readonly down: SetLayer[][]
  readonly up: SetLayer[][]
  readonly last: SetLayer[]
  readonly #options: DssUNetOptions
  readonly #activation: (x: Tensor) => Tensor
  readonly #dropout: Dropout

  constructor(options: DssUNetOptions) {
    super()
    const { inChannels, outChannels, channels, output = 'set', kind: kindOfLayers = 'dss', norm = true } = options
    const { activation: name = 'relu', dropout = 0 } = options
    if (channels.length === 0) throw new RangeError('DssUNet: expected channels of at least one level, received none.')
    const sizes = [inChannels, ...channels]
    const [finest] = channels as [number]
    this.#options = options
    this.down = channels.map((c, level) => this.#double(sizes[level] as number, c))
    this.up = channels.slice(1).map((c, level) => this.#double(c + (channels[level] as number), channels[level] as number))
    // As published, the last layer of the baselines has no interaction between elements.
    const kind = output === 'set' && kindOfLayers === 'dss' ? 'dss' : 'siamese'
    const result = this.#layer(finest, outChannels, { kernel: 1, kind, norm: false })
    this.last = output === 'set' ? [result] : [this.#layer(finest, finest, { kernel: 3, kind, norm }), result]
    this.#activation = activation(name)
    this.#dropout = new Dropout({ rate: dropout })
  }

  #layer(inChannels: number, outChannels: number, { kernel, kind, norm }: { kernel: number; kind: SetLayerKind; norm: boolean }): SetLayer {
    const { convolution, dimensions, aggregate = 'max' } = this.#options
    const make = (settings: ElementLayerSettings): ElementModule => convolution({ ...settings, kernel })
    return setLayer(kind, { make, inChannels, outChannels, aggregate, axis: -1 - dimensions, norm })
  }

  #double(inChannels: number, outChannels: number): SetLayer[] {
    const { kind = 'dss', norm = true } = this.#options
    return [inChannels, outChannels].map((channels) => this.#layer(channels, outChannels, { kernel: 3, kind, norm }))
  }

  #through(layers: readonly SetLayer[], x: Tensor, mask: Tensor | undefined): Tensor {
    return layers.reduce((h, layer) => this.#dropout.forward(this.#activation(layer.forward(h, mask))), x)
  }

  /**
   * @param x - float32 [batch, set, in, ...spatial].
   * @param mask - bool [batch, set].
   * @returns float32 [batch, set, out, ...spatial], zero where no element exists; [batch, out, ...spatial] for `one`, zero for an empty set.
   * @throws ShapeError if a size is not divisible by 2^(levels - 1).
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    this.#demand(x)
    const skips: Tensor[] = []
    const bottom = this.down.reduce((h, layers, level) => {
      const y = this.#through(layers, level === 0 ? h : halved(h), mask)
      skips.push(y)
      return y
    }, x)
    const channelAxis = -1 - this.#options.dimensions
    const top = this.up.reduceRight(
      (h, layers, level) => this.#through(layers, concat([skips[level] as Tensor, doubled(h)], channelAxis), mask),
      bottom,
    )
    if (this.#options.output !== 'one') return fillMissing((this.last[0] as SetLayer).forward(top, mask), mask)
    const [hidden, last] = this.last as [SetLayer, SetLayer]
    const some = mask && unsqueeze(poolSet(mask, 'any'), 1)
    const one = this.#activation(hidden.forward(unsqueeze(poolSet(top, 'max', mask), 1), some))
    return squeeze(last.forward(one, some), 1)
  }

  #demand(x: Tensor): void {
    const { dimensions, inChannels, channels } = this.#options
    const tile = 2 ** (channels.length - 1)
    const fits = x.rank === dimensions + 3 && sameDimension(x.shape[2] as Dimension, inChannels)
    const even = x.shape.slice(3).every((size) => divideExactly(size, tile) !== undefined)
    if (fits && even) return
    const spatial = ['height', 'width', 'depth'].slice(0, dimensions).map((name) => (tile === 1 ? name : `${tile} ${name}`))
    const odd = x.shape.slice(3).find((size) => typeof size === 'number' && size % tile !== 0)
    const symbolic = even ? undefined : `Declare a symbolic size as times(${tile}, dimension('height')).`
    const remedy =
      typeof odd === 'number' ? `Pad ${odd} to ${Math.ceil(odd / tile) * tile}, or use fewer than ${channels.length} levels.` : symbolic
    throw new ShapeError('DssUNet.forward', `x [batch, set, ${inChannels}, ${spatial.join(', ')}]`, printShape(x.shape), remedy)
  }
}

/** Max pooling by 2 along every spatial axis. */
function halved(x: Tensor): Tensor {
  const y = maxPool(joined(x), { kernel: 2 })
  return reshape(y, [...x.shape.slice(0, 2), ...y.shape.slice(1)])
}

/** Repeats every position twice along every spatial axis. */
function doubled(x: Tensor): Tensor {
  const spatial = x.shape.slice(3)
  const flat = joined(x)
  const front = flat.shape.slice(0, 2)
  const apart = reshape(flat, [...front, ...spatial.flatMap((d) => [d, 1])])
  const repeated = expand(apart, [...front, ...spatial.flatMap((d) => [d, 2])])
  return reshape(repeated, [...x.shape.slice(0, 3), ...spatial.map((d) => times(d, 2))])
}
