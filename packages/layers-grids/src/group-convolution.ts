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
import { addChannels, demandChannels } from './convolution.ts'
import { type PointGroup, type PointGroupName, pointGroup } from './point-group.ts'
import { SlidingWindow, type SlidingWindowOptions } from './sliding-window.ts'

/** Settings of a convolution over a plane group. */
export interface GroupConvolutionOptions extends Pick<SlidingWindowOptions, 'padding'> {
  readonly group: PointGroupName
  readonly inChannels: number
  readonly outChannels: number
  /** Side of the square kernel. */
  readonly kernel: number
  readonly stride?: number
  readonly dilation?: number
  /** One number an output channel, shared over the group; true if left out. */
  readonly bias?: boolean
}

/**
 * For each output sheet g, input sheet h and position p of the kernel: where the weight [sheets, kernel, kernel] that stands there is stored.
 *
 * The bank is psi(g^-1 h, g^-1 p): the filter, moved by g.
 */
function bankIndex(group: PointGroup, sheets: number, kernel: number): Float64Array {
  const taps = kernel * kernel
  const index = new Float64Array(group.order * sheets * taps)
  for (let g = 0; g < group.order; g++) {
    const back = group.inverse(g)
    const from = group.images(back, kernel)
    for (let h = 0; h < sheets; h++) {
      const sheet = sheets === 1 ? 0 : group.multiply(back, h)
      for (let p = 0; p < taps; p++) index[(g * sheets + h) * taps + p] = sheet * taps + (from[p] as number)
    }
  }
  return index
}

/** A convolution from functions on the plane (1 sheet) or on the plane group (|G| sheets) to functions on the plane group. */
abstract class FilterBank extends Module {
  /** [out, in, sheets of the input, kernel, kernel]; without the sheets for a lifting convolution. */
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
    const { inChannels, outChannels, kernel, bias = true } = options
    demandChannels(where, { inChannels, outChannels })
    this.#group = pointGroup(options.group)
    this.#window = new SlidingWindow(where, options, { symmetric: this.#group.order > 1 })
    this.#where = where
    this.#options = options
    this.#lifts = lifts
    const sheets = lifts ? [] : [this.#group.order]
    const initializer = fanInUniform({ fanIn: inChannels * (sheets[0] ?? 1) * kernel * kernel })
    this.weight = parameter([outChannels, inChannels, ...sheets, kernel, kernel], { initializer })
    this.bias = bias ? parameter([outChannels], { initializer }) : undefined
  }

  /** Every filter under every element: [out |G|, in sheets, kernel, kernel], by one gather. */
  #bank(): Tensor {
    const { inChannels, outChannels, kernel } = this.#options
    const { order } = this.#group
    const sheets = this.#lifts ? 1 : order
    const taps = kernel * kernel
    const index = constant(bankIndex(this.#group, sheets, kernel), [order, sheets * taps], 'int64')
    const moved = gather(reshape(this.weight, [outChannels, inChannels, sheets * taps]), index, 2)
    return reshape(transpose(moved, [0, 2, 1, 3]), [outChannels * order, inChannels * sheets, kernel, kernel])
  }

  protected convolve(x: Tensor): Tensor {
    const { inChannels, outChannels } = this.#options
    const { order, name } = this.#group
    const sheets = this.#lifts ? [] : [order]
    const front = [inChannels, ...sheets]
    if (x.rank !== front.length + 3 || front.some((size, i) => x.shape[i + 1] !== size)) {
      throw new ShapeError(
        `${this.#where}.forward`,
        `x of shape [batch, ${front.join(', ')}, height, width] (inChannels ${inChannels}${this.#lifts ? '' : `, ${name} has ${order} elements`})`,
        printShape(x.shape),
      )
    }
    const [batch, height, width] = [x.shape[0], x.shape.at(-2), x.shape.at(-1)] as [Dimension, Dimension, Dimension]
    const flat = reshape(x, [batch, front.reduce((a, b) => a * b), height, width])
    // Added before the sheets are told apart, where runtimes know it as the convolution's own.
    const bias = this.bias && reshape(expand(unsqueeze(this.bias, 1), [outChannels, order]), [-1])
    const y = addChannels(this.#window.convolve(flat, this.#bank()), bias)
    return reshape(y, [batch, outChannels, order, ...y.shape.slice(2)])
  }
}

/**
 * Correlation of an image with a filter in every pose: the first layer of a group-equivariant network.
 *
 * Law: f(g x) = g f(x) for every g of the plane group (shifts by multiples of the stride, and the point group G about the centre): g moves an image's pixels,
 * and takes sheet h of a feature map to sheet g h, its positions moved by g.
 *
 * [f * psi](t, g) = b + sum over s, c of f_c(s) psi_c(g^-1 (s - t)): one filter a pair of channels, |G| output sheets, one bias an output channel.
 *
 * @throws RangeError if the windows cannot lie symmetrically: with padding `same` or `cyclic` the kernel must be odd for stride 1, even for stride 2.
 * Even kernels, which turn about a corner of four pixels, go with padding `valid` or a number.
 * @throws ShapeError in `forward` for a known size at which a stride breaks the law, naming the nearest at which it holds. Of symbolic sizes such are expected.
 * @remarks Cost: one gather of |G| in out kernel^2 numbers, then a convolution from in to |G| out channels.
 * @see Cohen, Welling 2016, "Group equivariant convolutional networks", equation 10.
 */
export class LiftingConvolution extends FilterBank {
  constructor(options: GroupConvolutionOptions) {
    super('LiftingConvolution', options, true)
  }

  /** @param x - float32 [batch, in, height, width]. @returns float32 [batch, out, |G|, height', width']. */
  forward(x: Tensor): Tensor {
    return this.convolve(x)
  }
}

/**
 * Correlation of a feature map with a filter, both functions on the plane group.
 *
 * Law: f(g x) = g f(x), g as in LiftingConvolution on input and output. On a torus no larger than the kernel these are all linear maps that do.
 *
 * [f * psi](t, g) = b + sum over s, h, c of f_c(s, h) psi_c(g^-1 (s - t), g^-1 h): |G| kernel^2 weights a pair of channels, one bias an output channel.
 *
 * @throws RangeError, ShapeError as LiftingConvolution.
 * @remarks Cost: one gather of |G|^2 in out kernel^2 numbers, then a convolution from |G| in to |G| out channels.
 * @see Cohen, Welling 2016, "Group equivariant convolutional networks", equation 11.
 */
export class GroupConvolution extends FilterBank {
  constructor(options: GroupConvolutionOptions) {
    super('GroupConvolution', options, false)
  }

  /** @param x - float32 [batch, in, |G|, height, width]. @returns float32 [batch, out, |G|, height', width']. */
  forward(x: Tensor): Tensor {
    return this.convolve(x)
  }
}
