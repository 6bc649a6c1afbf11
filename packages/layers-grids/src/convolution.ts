import { fanInUniform, Module, type Parameter, parameter } from '@equivar/nn'
import { add, type PadMode, reshape, type Tensor } from '@equivar/tensor'
import { type Padding, type PerAxis, SlidingWindow, type WindowLaw } from './sliding-window.ts'

/** Settings of every convolution. */
export interface CyclicConvolutionOptions {
  /** Spatial dimensions. */
  readonly dimensions: 1 | 2 | 3
  readonly inChannels: number
  readonly outChannels: number
  /** Size of the kernel along every axis, or one size each. */
  readonly kernel: PerAxis
  readonly stride?: PerAxis
  /** Distance of the positions that a kernel reads. */
  readonly dilation?: PerAxis
  /** Channels are split in so many groups, each of which reads and writes its own; a divisor of both channel numbers. */
  readonly groups?: number
  readonly bias?: boolean
}

/** Settings of a convolution with borders. */
export interface ConvolutionOptions extends CyclicConvolutionOptions {
  /** Positions added on both sides, 0 if left out; `same` keeps the size (with a stride: ceil(size / stride)). */
  readonly padding?: PerAxis | 'same'
  /** What they hold: zeros (`constant`, if left out), the mirrored signal, its last value, or the signal from the other end. */
  readonly paddingMode?: PadMode
}

/** Adds a bias [channels] to a signal whose channels are axis 1. */
export function addChannels(y: Tensor, bias: Tensor | undefined): Tensor {
  if (bias === undefined) return y
  return add(
    y,
    reshape(
      bias,
      y.shape.slice(1).map((_, i) => (i === 0 ? -1 : 1)),
    ),
  )
}

/** @throws RangeError unless the channel numbers are non-negative integers. */
export function demandChannels(where: string, channels: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(channels))
    if (!Number.isInteger(value) || value < 0) throw new RangeError(`${where}: expected ${name} of 0 or more, received ${value}.`)
}

abstract class KernelModule extends Module {
  /** [out, in / groups, ...kernel]. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #window: SlidingWindow
  readonly #groups: number

  constructor(where: string, options: CyclicConvolutionOptions & { readonly padding?: Padding }, law: WindowLaw) {
    super()
    const { inChannels, outChannels, groups = 1, bias = true, padding = 0 } = options
    demandChannels(where, { inChannels, outChannels })
    if (!Number.isInteger(groups) || groups < 1 || inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(`${where}: expected groups that divide ${inChannels} and ${outChannels} channels, received ${groups}.`)
    }
    this.#window = new SlidingWindow(where, { ...options, padding }, law)
    this.#groups = groups
    const { kernel } = this.#window
    const fanIn = (inChannels / groups) * kernel.reduce((n, k) => n * k, 1)
    this.weight = parameter([outChannels, inChannels / groups, ...kernel], { initializer: fanInUniform({ fanIn }) })
    this.bias = bias ? parameter([outChannels], { initializer: fanInUniform({ fanIn }) }) : undefined
  }

  /** @param x - float32 [batch, in, ...spatial]. @returns float32 [batch, out, ...spatial of the windows]. */
  forward(x: Tensor): Tensor {
    return addChannels(this.#window.convolve(x, this.weight, this.#groups), this.bias)
  }
}

/**
 * Cross-correlation of a signal with borders, in 1, 2 or 3 dimensions.
 *
 * Law: f(T_s x) = T_s f(x) for shifts s by multiples of the stride, at every position whose window, before and after, lies inside the signal. At the
 * others, fewer than dilation (kernel - 1) / stride + 1 on each side, it depends on what the padding holds.
 *
 * y[o, t] = b_o + sum over c, k of x[c, stride t + dilation k - padding] weight[o, c, k].
 *
 * @throws RangeError for sizes that are no positive integers, or groups that do not divide the channels.
 */
export class Convolution extends KernelModule {
  constructor({ paddingMode = 'constant', ...options }: ConvolutionOptions) {
    super('Convolution', options, { mode: paddingMode })
  }
}

/**
 * Cross-correlation on the torus, in 1, 2 or 3 dimensions.
 *
 * Law: f(T_s x) = T_(s / stride) f(x) for every cyclic shift s by multiples of the stride. With stride 1 and a kernel as large as the torus these are
 * all linear maps that commute with shifts.
 *
 * y[o, t] = b_o + sum over c, k of x[c, stride t + dilation (k - floor(kernel / 2))] weight[o, c, k], positions modulo the size.
 *
 * @remarks The result has size / stride positions along every axis; dilation floor(kernel / 2) must not be larger than the size.
 * @throws ShapeError in `forward` if a known size is no multiple of the stride, naming the nearest that are: the law could not hold. Of symbolic sizes
 * multiples are expected. `Convolution` with paddingMode `wrap` takes any size, without the law.
 */
export class CyclicConvolution extends KernelModule {
  constructor(options: CyclicConvolutionOptions) {
    super('CyclicConvolution', { ...options, padding: 'cyclic' }, {})
  }
}
