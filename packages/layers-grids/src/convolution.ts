import { fanInUniform, Module, type Parameter, parameter } from '@equivar/nn'
import { add, type PadMode, reshape, type Tensor } from '@equivar/tensor'
import { type Padding, type PerAxis, SlidingWindow, type WindowLaw } from './sliding-window.ts'

/** Options of CyclicConvolution, and common options of all convolutions. */
export interface CyclicConvolutionOptions {
  /** The number of spatial dimensions. */
  readonly dimensions: 1 | 2 | 3
  readonly inChannels: number
  readonly outChannels: number
  /** The size of the kernel, one for all axes or one per axis. */
  readonly kernel: PerAxis
  /** The distance between successive windows; 1 by default. */
  readonly stride?: PerAxis
  /** The distance between the positions that a kernel reads; 1 by default. */
  readonly dilation?: PerAxis
  /** The number of groups into which the channels are split, each with separate inputs and outputs; it must divide both channel numbers. 1 by default. */
  readonly groups?: number
  /** True (the default) for a bias per output channel. */
  readonly bias?: boolean
}

/** Options of Convolution. */
export interface ConvolutionOptions extends CyclicConvolutionOptions {
  /** The number of positions to add on both sides, 0 by default; `same` preserves the size (with a stride: ceil(size / stride)). */
  readonly padding?: PerAxis | 'same'
  /** The values of these positions: zeros (`constant`, the default), the mirrored signal, its last value, or the signal from the other end. */
  readonly paddingMode?: PadMode
}

/** Adds a bias [channels] to a signal with channels on axis 1. */
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
export function requireChannels(where: string, channels: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(channels))
    if (!Number.isInteger(value) || value < 0)
      throw new RangeError(`${where}: expected ${name} to be an integer of at least 0, received ${value}.`)
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
    requireChannels(where, { inChannels, outChannels })
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

  /**
   * @param x - float32 [batch, in, ...spatial].
   * @returns float32 [batch, out, ...windows], with one position per window.
   */
  forward(x: Tensor): Tensor {
    return addChannels(this.#window.convolve(x, this.weight, this.#groups), this.bias)
  }
}

/**
 * Convolution (cross-correlation) of a signal with borders, in 1, 2 or 3 dimensions.
 *
 * Law: f(T_s x) = T_s f(x) for shifts s by multiples of the stride, at every position whose window lies inside the signal before and after the shift. The other
 * positions, fewer than dilation (kernel - 1) / stride + 1 on each side, depend on the padding.
 *
 * y[o, t] = b_o + sum over c, k of x[c, stride t + dilation k - padding] weight[o, c, k].
 *
 * @throws RangeError if a size is not a positive integer, or groups does not divide the channel numbers.
 */
export class Convolution extends KernelModule {
  constructor({ paddingMode = 'constant', ...options }: ConvolutionOptions) {
    super('Convolution', options, { mode: paddingMode })
  }
}

/**
 * Convolution (cross-correlation) on the torus, in 1, 2 or 3 dimensions.
 *
 * Law: f(T_s x) = T_(s / stride) f(x) for every cyclic shift s by multiples of the stride. With stride 1 and a kernel as large as the torus these are
 * all linear maps that commute with cyclic shifts.
 *
 * y[o, t] = b_o + sum over c, k of x[c, stride t + dilation (k - floor(kernel / 2))] weight[o, c, k], positions modulo the size.
 *
 * @remarks The result has size / stride positions along each axis; dilation floor(kernel / 2) must not exceed the size.
 * @throws ShapeError in `forward` if a known size is not a multiple of the stride, because the law would not hold; the error names the nearest multiples.
 * Symbolic sizes are assumed to be multiples. `Convolution` with paddingMode `wrap` accepts any size, without the law.
 */
export class CyclicConvolution extends KernelModule {
  constructor(options: CyclicConvolutionOptions) {
    super('CyclicConvolution', { ...options, padding: 'cyclic' }, {})
  }
}
