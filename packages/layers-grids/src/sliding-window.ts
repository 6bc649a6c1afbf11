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

/** One number for every spatial axis, or one each. */
export type PerAxis = number | readonly number[]

/**
 * What lies around a signal.
 *
 * `valid`: nothing, windows stay inside. A number: so many positions on both sides. `same`: as many as keep the size (with a stride, size / stride).
 * `cyclic`: `same` on the torus, where the signal follows itself.
 */
export type Padding = 'valid' | 'same' | 'cyclic' | PerAxis

/** Settings of a window that slides over the spatial axes. */
export interface SlidingWindowOptions {
  /** Spatial dimensions; 2 if left out. */
  readonly dimensions?: 1 | 2 | 3
  readonly kernel: PerAxis
  /** 1 if left out. */
  readonly stride?: PerAxis
  /** 1 if left out. */
  readonly dilation?: PerAxis
  /** `valid` if left out. */
  readonly padding?: Padding
}

/** What must hold beyond sizes that fit. */
export interface WindowLaw {
  /** What fills the padding; zeros if left out. */
  readonly mode?: PadMode
  /** Reflections of an axis must take windows to windows, as they must to commute with rotations. */
  readonly symmetric?: boolean
}

interface Side {
  readonly before: number
  readonly after: number
}

/**
 * Windows over the last axes of a signal, and the sizes for which sliding them commutes with symmetries of the grid.
 *
 * With stride s the result commutes with cyclic shifts by multiples of s exactly where s divides the size, and with reflections of an axis exactly
 * where the last window ends at the border: (size + padding - extent) divisible by s. Sizes that are known and break this are refused.
 */
export class SlidingWindow {
  readonly kernel: readonly number[]
  readonly #where: string
  readonly #stride: readonly number[]
  readonly #dilation: readonly number[]
  readonly #sides: readonly Side[]
  readonly #mode: PadMode
  readonly #exact: boolean

  constructor(where: string, options: SlidingWindowOptions, { mode = 'constant', symmetric = false }: WindowLaw = {}) {
    const { dimensions = 2, padding = 'valid' } = options
    const spread = (name: string, value: PerAxis, least: number): readonly number[] => {
      const each = typeof value === 'number' ? Array.from({ length: dimensions }, () => value) : value
      if (each.length === dimensions && each.every((n) => Number.isInteger(n) && n >= least)) return each
      throw new RangeError(`${where}: expected ${dimensions} integers from ${least} on as ${name}, received [${each}].`)
    }
    this.#where = where
    this.kernel = spread('kernel', options.kernel, 1)
    this.#stride = spread('stride', options.stride ?? 1, 1)
    this.#dilation = spread('dilation', options.dilation ?? 1, 1)
    this.#mode = padding === 'cyclic' ? 'wrap' : mode
    this.#exact = symmetric || padding === 'cyclic'
    const given = typeof padding === 'string' ? undefined : spread('padding', padding, 0)
    this.#sides = this.kernel.map((_, i): Side => {
      if (padding === 'valid') return { before: 0, after: 0 }
      if (given !== undefined) return { before: given[i] as number, after: given[i] as number }
      return symmetric ? this.#centred(i) : this.#aligned(i, padding === 'cyclic')
    })
  }

  #extent(i: number): number {
    return (this.#dilation[i] as number) * ((this.kernel[i] as number) - 1) + 1
  }

  /** The windows of one period lie symmetrically about its middle. */
  #centred(i: number): Side {
    const [extent, stride] = [this.#extent(i), this.#stride[i] as number]
    if (extent < stride || (extent - stride) % 2 !== 0) {
      const remedy = `Take a kernel of ${stride % 2 === 0 ? 'even' : 'odd'} extent from ${stride} on, or padding valid.`
      throw new RangeError(
        `${this.#where}: expected a window that reflections map to itself, of extent ${stride}, ${stride + 2}, ... for stride ${stride} (dilation (kernel - 1) + 1), received ${extent}. ${remedy}`,
      )
    }
    return { before: (extent - stride) / 2, after: (extent - stride) / 2 }
  }

  /** Every window is centred at a multiple of the stride. */
  #aligned(i: number, cyclic: boolean): Side {
    const total = this.#extent(i) - 1
    if (!cyclic) return { before: Math.floor(total / 2), after: Math.ceil(total / 2) }
    const before = (this.#dilation[i] as number) * Math.floor((this.kernel[i] as number) / 2)
    return { before, after: Math.max(0, total + 1 - (this.#stride[i] as number) - before) }
  }

  /** @throws ShapeError naming the nearest sizes that would work, if a size is known and breaks the law. */
  #demand(sizes: readonly Dimension[]): void {
    if (!this.#exact) return
    sizes.forEach((size, i) => {
      const stride = this.#stride[i] as number
      const { before, after } = this.#sides[i] as Side
      const room = this.#mode === 'wrap' ? size : plus(size, before + after - this.#extent(i))
      const left = minus(room, times(floorDivide(room, stride), stride))
      if (typeof left !== 'number' || left === 0 || typeof size !== 'number') return
      const least = this.#mode === 'wrap' ? 1 : this.#extent(i) - before - after
      const fitting = [size - left, size - left + stride].filter((n) => n >= least)
      throw new ShapeError(
        this.#where,
        `a size of ${fitting.join(' or ')} along spatial axis ${i}, for windows of stride ${stride} to ${this.#mode === 'wrap' ? 'come round' : 'lie symmetrically'}`,
        `${size}`,
        'Crop or pad the signal; other sizes would not be equivariant.',
      )
    })
  }

  #padded(x: Tensor): Tensor {
    const front = Array.from({ length: x.rank - this.kernel.length }, () => 0)
    const sides = this.#sides
    return pad(x, [...front, ...sides.map(({ before }) => before), ...front, ...sides.map(({ after }) => after)], { mode: this.#mode })
  }

  /** @throws ShapeError if x has not the axes of the windows, or a size that breaks the law. */
  #check(x: Tensor): void {
    if (x.rank !== this.kernel.length + 2) {
      throw new ShapeError(this.#where, `x [batch, channels, ${this.kernel.length} spatial axes]`, printShape(x.shape))
    }
    this.#demand(x.shape.slice(2))
  }

  /**
   * Hands the signal, padded as far as an operator cannot do it, to that operator.
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
    const own = this.#mode === 'constant'
    const sides = this.#sides.map(({ before, after }) => (own ? { before, after } : { before: 0, after: 0 }))
    return over(own ? x : this.#padded(x), {
      kernel: this.kernel,
      strides: this.#stride,
      dilations: this.#dilation,
      pads: [...sides.map(({ before }) => before), ...sides.map(({ after }) => after)],
    })
  }

  /** What a window of one dimension is on a circle of known size; undefined elsewhere. */
  #circle(size: Dimension | undefined): CircularWindow | undefined {
    const [kernel, stride, dilation, side] = [this.kernel[0], this.#stride[0], this.#dilation[0], this.#sides[0]] as [
      number,
      number,
      number,
      Side,
    ]
    if (this.#mode !== 'wrap' || this.kernel.length > 1 || typeof size !== 'number') return undefined
    // A window that comes round to itself is refused where the signal is padded.
    if (side.before + side.after === 0 || Math.max(side.before, side.after) > size) return undefined
    const room = size + side.before + side.after - this.#extent(0)
    return { length: size, kernel, stride, dilation, before: side.before, outputs: Math.floor(room / stride) + 1 }
  }

  /** Cross-correlation with a weight [out, in / groups, ...kernel]; on a circle through the spectrum, where that takes fewer multiplications. */
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
