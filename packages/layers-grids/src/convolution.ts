import { fanInUniform, Module, type Parameter, parameter } from '@equivar/nn'
import { conv, pad, type Tensor } from '@equivar/tensor'

/** Settings of a convolution. */
export interface ConvolutionOptions {
  /** Spatial dimensions. */
  readonly dimensions: 1 | 2 | 3
  readonly inChannels: number
  readonly outChannels: number
  /** Size of the kernel along every axis, or one size each. */
  readonly kernel: number | readonly number[]
  readonly stride?: number
  readonly bias?: boolean
}

const sizesOf = ({ kernel, dimensions }: ConvolutionOptions): number[] =>
  typeof kernel === 'number' ? Array.from({ length: dimensions }, () => kernel) : [...kernel]

abstract class KernelModule extends Module {
  /** [out, in, ...kernel]. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined
  protected readonly stride: number

  constructor(options: ConvolutionOptions) {
    super()
    const { inChannels, outChannels, stride = 1, bias = true } = options
    const kernel = sizesOf(options)
    if (kernel.length !== options.dimensions)
      throw new RangeError(`Convolution: expected ${options.dimensions} kernel sizes, received [${kernel}].`)
    const fanIn = inChannels * kernel.reduce((n, k) => n * k, 1)
    this.weight = parameter([outChannels, inChannels, ...kernel], { initializer: fanInUniform({ fanIn }) })
    this.bias = bias ? parameter([outChannels], { initializer: fanInUniform({ fanIn }) }) : undefined
    this.stride = stride
  }

  protected convolve(x: Tensor, pads: number): Tensor {
    const options = { strides: this.stride, pads }
    return conv(x, this.weight, this.bias === undefined ? options : { ...options, bias: this.bias })
  }
}

/**
 * Cross-correlation with zeros outside: equivariant to translations of a signal whose support stays away from the border.
 */
export class Convolution extends KernelModule {
  readonly #pads: number

  constructor({ padding = 0, ...options }: ConvolutionOptions & { readonly padding?: number }) {
    super(options)
    this.#pads = padding
  }

  /** @param x - float32 [batch, in, ...spatial]. @returns float32 [batch, out, ...spatial]. */
  forward(x: Tensor): Tensor {
    return this.convolve(x, this.#pads)
  }
}

/**
 * Cross-correlation on the torus.
 *
 * Law: f(T_s x) = T_s f(x) for every cyclic shift s; with a stride, for every shift by a multiple of the stride where the stride divides the size.
 * y[t] = sum over k of x[stride t + k - floor(kernel / 2)] weight[k], positions modulo the size.
 *
 * @remarks The result has ceil(size / stride) positions along every axis. The kernel must not be larger than twice the size plus one.
 */
export class CyclicConvolution extends KernelModule {
  /** @param x - float32 [batch, in, ...spatial]. @returns float32 [batch, out, ...ceil(spatial / stride)]. */
  forward(x: Tensor): Tensor {
    const kernel = this.weight.sizes.slice(2)
    const before = kernel.map((k) => Math.floor(k / 2))
    const after = kernel.map((k) => k - 1 - Math.floor(k / 2))
    return this.convolve(pad(x, [0, 0, ...before, 0, 0, ...after], { mode: 'wrap' }), 0)
  }
}
