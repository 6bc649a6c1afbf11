import {
  conv,
  type Dimension,
  floorDivide,
  minus,
  type PadMode,
  pad,
  plus,
  printShape,
  ShapeError,
  type Tensor,
  times,
} from '@equivar/tensor'
import { type CircularWindow, circularConvolution, spectrumIsCheaper } from './circular-convolution.ts'

/** One number for all spatial axes, or one per axis. */
export type PerAxis = number | readonly number[]

/**
 * The padding of a signal.
 *
 * `valid`: none, so windows stay inside. A number: this many positions on both sides. `same`: as many as preserve the size (with a stride, size / stride).
 * `cyclic`: like `same`, on the torus, where the signal is periodic.
 */
export type Padding = 'valid' | 'same' | 'cyclic' | PerAxis

/** Options of a window that slides over the spatial axes. */
export interface SlidingWindowOptions {
  /** The number of spatial dimensions; 2 by default. */
  readonly dimensions?: 1 | 2 | 3
  readonly kernel: PerAxis
  /** The distance between successive windows; 1 by default. */
  readonly stride?: PerAxis
  /** The distance between the positions of a window; 1 by default. */
  readonly dilation?: PerAxis
  /** `valid` by default. */
  readonly padding?: Padding
}

/** Properties of the layer that uses the windows. */
export interface WindowLaw {
  /** The values of padded positions; zeros by default. */
  readonly mode?: PadMode
  /** True if reflections of an axis must map windows to windows, as equivariance under rotations and reflections requires. */
  readonly symmetric?: boolean
  /** The name of a group that exchanges the axes and must map windows to windows. */
  readonly turning?: string | undefined
}

interface Side {
  readonly before: number
  readonly after: number
}

/** What is wrong with sizes that differ between axes that a group exchanges. */
const exchanged = (where: string, name: string, group: string, sizes: readonly number[]): string => {
  const remedy = sizes.length === 3 ? 'a cubic window' : 'p1, p2, pm or pmm, or a square window'
  return `${where}: expected ${name} to be the same along all axes, because ${group} exchanges the axes, received [${sizes}]. Use ${remedy}.`
}

/**
 * Windows over the last axes of a signal, which checks that the sizes preserve the symmetries of the grid.
 *
 * With stride s, the result commutes with cyclic shifts by multiples of s if and only if s divides the size, and with reflections of an axis if and only if the
 * last window ends at the border: s divides (size + padding - extent). Known sizes that violate this throw a ShapeError.
 */
export class SlidingWindow {
  readonly kernel: readonly number[]
  readonly #where: string
  readonly #stride: readonly number[]
  readonly #dilation: readonly number[]
  readonly #sides: readonly Side[]
  readonly #mode: PadMode
  readonly #exact: boolean

  constructor(where: string, options: SlidingWindowOptions, { mode = 'constant', symmetric = false, turning }: WindowLaw = {}) {
    const { dimensions = 2, padding = 'valid' } = options
    const perAxis = (name: string, value: PerAxis, least: number): readonly number[] => {
      const each = Array.isArray(value) ? value : Array.from({ length: dimensions }, () => value)
      if (each.length !== dimensions || !each.every((n) => Number.isInteger(n) && n >= least))
        throw new RangeError(`${where}: expected ${name} to be ${dimensions} integers of at least ${least}, received [${each}].`)
      if (turning !== undefined && new Set(each).size > 1) throw new RangeError(exchanged(where, name, turning, each))
      return each
    }
    this.#where = where
    this.kernel = perAxis('kernel', options.kernel, 1)
    this.#stride = perAxis('stride', options.stride ?? 1, 1)
    this.#dilation = perAxis('dilation', options.dilation ?? 1, 1)
    this.#mode = padding === 'cyclic' ? 'wrap' : mode
    this.#exact = symmetric || padding === 'cyclic'
    const given = typeof padding === 'string' ? undefined : perAxis('padding', padding, 0)
    this.#sides = this.kernel.map((_, i): Side => {
      if (padding === 'valid') return { before: 0, after: 0 }
      if (given !== undefined) return { before: given[i] as number, after: given[i] as number }
      return symmetric ? this.#centred(i) : this.#aligned(i, padding === 'cyclic')
    })
  }

  #extent(i: number): number {
    return (this.#dilation[i] as number) * ((this.kernel[i] as number) - 1) + 1
  }

  /** The padding for which windows lie symmetrically about the centre of the signal. */
  #centred(i: number): Side {
    const [extent, stride] = [this.#extent(i), this.#stride[i] as number]
    if (extent < stride || (extent - stride) % 2 !== 0) {
      const remedy = `Use a kernel of ${stride % 2 === 0 ? 'even' : 'odd'} extent of at least ${stride}, or padding valid.`
      throw new RangeError(
        `${this.#where}: expected a window that reflections map to itself, of extent ${stride}, ${stride + 2}, ... for stride ${stride} (dilation (kernel - 1) + 1), received ${extent}. ${remedy}`,
      )
    }
    return { before: (extent - stride) / 2, after: (extent - stride) / 2 }
  }

  /** The padding for which each window is centred at a multiple of the stride. */
  #aligned(i: number, cyclic: boolean): Side {
    const total = this.#extent(i) - 1
    if (!cyclic) return { before: Math.floor(total / 2), after: Math.ceil(total / 2) }
    const before = (this.#dilation[i] as number) * Math.floor((this.kernel[i] as number) / 2)
    return { before, after: Math.max(0, total + 1 - (this.#stride[i] as number) - before) }
  }

  /** @throws ShapeError that names the nearest valid sizes, if a known size breaks the law. */
  #requireSizes(sizes: readonly Dimension[]): void {
    if (!this.#exact) return
    sizes.forEach((size, i) => {
      const stride = this.#stride[i] as number
      const { before, after } = this.#sides[i] as Side
      const room = this.#mode === 'wrap' ? size : plus(size, before + after - this.#extent(i))
      const left = minus(room, times(floorDivide(room, stride), stride))
      if (typeof left !== 'number' || left === 0 || typeof size !== 'number') return
      const least = this.#mode === 'wrap' ? 1 : Math.max(1, this.#extent(i) - before - after)
      const fitting = [size - left, size - left + stride].filter((n) => n >= least)
      throw new ShapeError(
        this.#where,
        `a size of ${fitting.join(' or ')} along spatial axis ${i}, for which windows of stride ${stride} ${this.#mode === 'wrap' ? 'fit the torus' : 'lie symmetrically'}`,
        `${size}`,
        'Crop or pad the signal, because other sizes would break equivariance.',
      )
    })
  }

  #padded(x: Tensor): Tensor {
    const front = Array.from({ length: x.rank - this.kernel.length }, () => 0)
    const sides = this.#sides
    return pad(x, [...front, ...sides.map(({ before }) => before), ...front, ...sides.map(({ after }) => after)], { mode: this.#mode })
  }

  /** @throws ShapeError if x has the wrong rank, or a size that breaks the law. */
  #check(x: Tensor): void {
    if (x.rank !== this.kernel.length + 2) {
      throw new ShapeError(this.#where, `x [batch, channels, ${this.kernel.length} spatial axes]`, printShape(x.shape))
    }
    this.#requireSizes(x.shape.slice(2))
  }

  /**
   * Applies an operator to the signal. Zero padding is left to the operator; all other padding is applied first.
   *
   * @param x - [batch, channels, ...spatial].
   */
  slide(
    x: Tensor,
    over: (
      x: Tensor,
      window: { kernel: readonly number[]; strides: readonly number[]; dilations: readonly number[]; pads: readonly number[] },
    ) => Tensor,
  ): Tensor {
    this.#check(x)
    const isZero = this.#mode === 'constant'
    const sides = this.#sides.map(({ before, after }) => (isZero ? { before, after } : { before: 0, after: 0 }))
    return over(isZero ? x : this.#padded(x), {
      kernel: this.kernel,
      strides: this.#stride,
      dilations: this.#dilation,
      pads: [...sides.map(({ before }) => before), ...sides.map(({ after }) => after)],
    })
  }

  /** The windows as circular windows, for a cyclic signal of one dimension and known size; otherwise undefined. */
  #circle(size: Dimension | undefined): CircularWindow | undefined {
    const [kernel, stride, dilation, side] = [this.kernel[0], this.#stride[0], this.#dilation[0], this.#sides[0]] as [
      number,
      number,
      number,
      Side,
    ]
    if (this.#mode !== 'wrap' || this.kernel.length > 1 || typeof size !== 'number') return undefined
    // Windows that overlap themselves are left to `pad`, which refuses them.
    if (side.before + side.after === 0 || Math.max(side.before, side.after) > size) return undefined
    const room = size + side.before + side.after - this.#extent(0)
    return { length: size, kernel, stride, dilation, before: side.before, outputs: Math.floor(room / stride) + 1 }
  }

  /** Cross-correlation with a weight [out, in / groups, ...kernel]. On a circle it uses the Fourier transform if that takes fewer multiplications. */
  convolve(x: Tensor, weight: Tensor, groups = 1): Tensor {
    const circle = groups === 1 ? this.#circle(x.shape[2]) : undefined
    const [outChannels, inChannels] = weight.shape as [number, number]
    if (circle !== undefined && spectrumIsCheaper(circle, inChannels, outChannels)) {
      this.#check(x)
      return circularConvolution(x, weight, circle)
    }
    return this.slide(x, (signal, { kernel: _, ...window }) => conv(signal, weight, { ...window, groups }))
  }
}
