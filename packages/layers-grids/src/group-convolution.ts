import { fanInUniform, Module, type Parameter, parameter } from '@equivar/nn'
import {
  constant,
  type Dimension,
  expand,
  gather,
  printShape,
  reshape,
  ShapeError,
  type Tensor,
  transpose,
  unsqueeze,
} from '@equivar/tensor'
import { addChannels, requireChannels } from './convolution.ts'
import { type PointGroup, type PointGroupName, pointGroup, spatialAxes, windowLaw } from './point-group.ts'
import { type PerAxis, SlidingWindow, type SlidingWindowOptions } from './sliding-window.ts'

/** Options of LiftingConvolution and GroupConvolution. */
export interface GroupConvolutionOptions extends Pick<SlidingWindowOptions, 'padding'> {
  readonly group: PointGroupName
  readonly inChannels: number
  readonly outChannels: number
  /** The size of the kernel, one for all axes or one per axis. For p4, p4m and the groups of space, which exchange the axes, this and the other sizes are equal. */
  readonly kernel: PerAxis
  /** The distance between successive windows; 1 by default. */
  readonly stride?: PerAxis
  /** The distance between the positions that a kernel reads; 1 by default. */
  readonly dilation?: PerAxis
  /** True (the default) for a bias per output channel, shared over the group. */
  readonly bias?: boolean
}

/**
 * The index into the weight [orientations, ...kernel] for each output orientation g, input orientation h and kernel position p of the filter bank.
 *
 * The filter bank contains psi(g^-1 h, g^-1 p), the filter transformed by g.
 */
function bankIndex(group: PointGroup, orientations: number, kernel: readonly number[]): Float64Array {
  const taps = kernel.reduce((a, b) => a * b, 1)
  const index = new Float64Array(group.order * orientations * taps)
  for (let g = 0; g < group.order; g++) {
    const back = group.inverse(g)
    const from = group.images(back, ...kernel)
    for (let h = 0; h < orientations; h++) {
      const orientation = orientations === 1 ? 0 : group.multiply(back, h)
      for (let p = 0; p < taps; p++) index[(g * orientations + h) * taps + p] = orientation * taps + (from[p] as number)
    }
  }
  return index
}

/** A convolution from functions on the grid (one orientation) or on its group (|G| orientations) to functions on the group. */
abstract class FilterBank extends Module {
  /** [out, in, |G|, ...kernel], or [out, in, ...kernel] for a lifting convolution. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  readonly #where: string
  readonly #group: PointGroup
  readonly #window: SlidingWindow
  readonly #options: GroupConvolutionOptions
  readonly #lifts: boolean

  constructor(where: string, options: GroupConvolutionOptions, lifts: boolean) {
    super()
    const { inChannels, outChannels, bias = true } = options
    requireChannels(where, { inChannels, outChannels })
    this.#group = pointGroup(options.group)
    this.#window = new SlidingWindow(where, { ...options, dimensions: this.#group.dimensions }, windowLaw(this.#group))
    this.#where = where
    this.#options = options
    this.#lifts = lifts
    const orientations = lifts ? [] : [this.#group.order]
    const { kernel } = this.#window
    const initializer = fanInUniform({ fanIn: kernel.reduce((n, k) => n * k, inChannels * (orientations[0] ?? 1)) })
    this.weight = parameter([outChannels, inChannels, ...orientations, ...kernel], { initializer })
    this.bias = bias ? parameter([outChannels], { initializer }) : undefined
  }

  /** Every filter transformed by every group element, by one gather: [out |G|, in orientations, ...kernel]. */
  #bank(): Tensor {
    const { inChannels, outChannels } = this.#options
    const { order } = this.#group
    const orientations = this.#lifts ? 1 : order
    const { kernel } = this.#window
    const taps = kernel.reduce((a, b) => a * b, 1)
    const index = constant(bankIndex(this.#group, orientations, kernel), [order, orientations * taps], 'int64')
    const moved = gather(reshape(this.weight, [outChannels, inChannels, orientations * taps]), index, 2)
    return reshape(transpose(moved, [0, 2, 1, 3]), [outChannels * order, inChannels * orientations, ...kernel])
  }

  protected convolve(x: Tensor): Tensor {
    const { inChannels, outChannels } = this.#options
    const { order, name, dimensions } = this.#group
    const orientations = this.#lifts ? [] : [order]
    const front = [inChannels, ...orientations]
    if (x.rank !== front.length + 1 + dimensions || front.some((size, i) => x.shape[i + 1] !== size)) {
      throw new ShapeError(
        `${this.#where}.forward`,
        `x of shape [batch, ${[...front, ...spatialAxes(dimensions)].join(', ')}] (inChannels ${inChannels}${this.#lifts ? '' : `, ${name} has ${order} elements`})`,
        printShape(x.shape),
      )
    }
    const batch = x.shape[0] as Dimension
    const flat = reshape(x, [batch, front.reduce((a, b) => a * b), ...x.shape.slice(-dimensions)])
    // Added while channels and orientations share one axis, so that it is the bias of the convolution.
    const bias = this.bias && reshape(expand(unsqueeze(this.bias, 1), [outChannels, order]), [-1])
    const y = addChannels(this.#window.convolve(flat, this.#bank()), bias)
    return reshape(y, [batch, outChannels, order, ...y.shape.slice(2)])
  }
}

/**
 * Correlation of an image or volume with every transformed copy of a filter: the first layer of a group-equivariant network.
 *
 * Law: f(g x) = g f(x) for every shift by multiples of the stride, and every g of the point group G about the centre. On an image or volume, g moves the
 * points. On a feature map, g takes orientation h to g h and moves the positions.
 *
 * [f * psi](t, g) = b + sum over s, c of f_c(s) psi_c(g^-1 (s - t)): one filter per pair of channels, |G| output orientations, one bias per output channel.
 *
 * @throws RangeError if a group that exchanges the axes meets a kernel, stride, dilation or padding that differs between the axes; or if reflections do not map windows
 * to windows: with padding `same` or `cyclic`, the kernel must be odd for stride 1 and even for stride 2.
 * Use even kernels with stride 1, whose centre is a corner of four pixels, with padding `valid` or a number.
 * @throws ShapeError in `forward` if a known size and the stride break the law; the error names the nearest valid sizes. Symbolic sizes are assumed to be valid.
 * @remarks Cost: one gather of |G| x in x out x taps numbers, then a convolution from `in` to |G| x out channels.
 * @see Cohen, Welling 2016, "Group equivariant convolutional networks", equation 10.
 */
export class LiftingConvolution extends FilterBank {
  constructor(options: GroupConvolutionOptions) {
    super('LiftingConvolution', options, true)
  }

  /**
   * @param x - float32 [batch, in, ...spatial], with two or three spatial axes as the group has.
   * @returns float32 [batch, out, |G|, ...spatial'].
   */
  forward(x: Tensor): Tensor {
    return this.convolve(x)
  }
}

/**
 * Correlation of a feature map with a filter; both are functions on the group of shifts and G.
 *
 * Law: f(g x) = g f(x), where g acts on feature maps as in LiftingConvolution. On a torus no larger than the kernel, these are all linear maps with this property.
 *
 * [f * psi](t, g) = b + sum over s, h, c of f_c(s, h) psi_c(g^-1 (s - t), g^-1 h): |G| taps weights per pair of channels, one bias per output channel.
 *
 * @throws RangeError or ShapeError as LiftingConvolution.
 * @remarks Cost: one gather of |G|^2 x in x out x taps numbers, then a convolution from |G| x in to |G| x out channels.
 * @see Cohen, Welling 2016, "Group equivariant convolutional networks", equation 11.
 */
export class GroupConvolution extends FilterBank {
  constructor(options: GroupConvolutionOptions) {
    super('GroupConvolution', options, false)
  }

  /**
   * @param x - float32 [batch, in, |G|, ...spatial].
   * @returns float32 [batch, out, |G|, ...spatial'].
   */
  forward(x: Tensor): Tensor {
    return this.convolve(x)
  }
}
