import { Module } from '@equivar/nn'
import { averagePool, constant, conv, type Dimension, maxPool, type PadMode, product, reshape, type Tensor } from '@equivar/tensor'
import { type PointGroupName, pointGroup, windowLaw } from './point-group.ts'
import { SlidingWindow, type SlidingWindowOptions, type WindowLaw } from './sliding-window.ts'

/** The symmetry that a pooling must preserve in addition to shifts. */
export interface PoolingLaw {
  /** The point group with which the pooling must commute, `p1`, the trivial group, by default. For a group of space there are three spatial dimensions by default. */
  readonly group?: PointGroupName
}

/** The law of a pooling, and its number of dimensions: that of the group by default. */
const lawOf = ({
  group = 'p1',
  dimensions,
}: PoolingLaw & Pick<SlidingWindowOptions, 'dimensions'>): { law: WindowLaw; dimensions: 1 | 2 | 3 } => {
  const known = pointGroup(group)
  return { law: windowLaw(known), dimensions: dimensions ?? known.dimensions }
}

/** Merges all axes between batch and the spatial axes, applies `work`, and restores these axes. */
function folded(x: Tensor, dimensions: number, work: (x: Tensor) => Tensor): Tensor {
  const front = x.shape.slice(0, x.rank - dimensions)
  const [batch = 1, ...rest] = front
  const y = work(reshape(x, [batch, product(rest), ...x.shape.slice(x.rank - dimensions)]))
  return reshape(y, [...front, ...y.shape.slice(2)])
}

/** Options of SpatialPooling. The default stride is the kernel size. */
export interface SpatialPoolingOptions extends Omit<SlidingWindowOptions, 'dilation'>, PoolingLaw {
  /** `max` by default. */
  readonly pool?: 'max' | 'mean'
}

/**
 * The maximum or mean of each window of the grid.
 *
 * Law: commutes with shifts by multiples of the stride (cyclic shifts with padding `cyclic`), and with the rotations and reflections of `group`.
 * Padded positions are ignored, both by max and by mean.
 *
 * @throws RangeError if the reflections of the group map windows to windows for no size, or its quarter turns meet sizes that differ between the axes.
 * @throws ShapeError in `forward` if a known size breaks the law; the error names the nearest valid sizes.
 * @example new SpatialPooling({ kernel: 2, group: 'p4' })   // for even sizes
 */
export class SpatialPooling extends Module {
  readonly #window: SlidingWindow
  readonly #dimensions: number
  readonly #pool: 'max' | 'mean'

  constructor(options: SpatialPoolingOptions) {
    super()
    const { pool = 'max', kernel, stride = kernel } = options
    const { law, dimensions } = lawOf(options)
    this.#window = new SlidingWindow('SpatialPooling', { ...options, dimensions, stride }, law)
    this.#dimensions = dimensions
    this.#pool = pool
  }

  /**
   * @param x - float32 [batch, channels, ..., ...spatial]; additional axes, such as that of a group, are preserved.
   * @returns the same axes, with pooled spatial axes.
   */
  forward(x: Tensor): Tensor {
    return folded(x, this.#dimensions, (signal) =>
      this.#window.slide(signal, (padded, { dilations: _, ...window }) =>
        this.#pool === 'max' ? maxPool(padded, window) : averagePool(padded, { ...window, countIncludePad: false }),
      ),
    )
  }
}

/** Options of BlurPool. */
export interface BlurPoolOptions extends Omit<SlidingWindowOptions, 'kernel' | 'dilation'>, PoolingLaw {
  /** The number of taps of the binomial filter along each axis; 4 by default. */
  readonly filter?: number
  /** The values of padded positions, for padding `same` or a number; mirrored values (`reflect`) by default. */
  readonly paddingMode?: PadMode
}

/** Row n - 1 of Pascal's triangle, divided by its sum. */
function binomial(n: number): number[] {
  const row = Array.from({ length: n - 1 }).reduce<number[]>((above) => [1, ...above.map((v, i) => v + (above[i + 1] ?? 0))], [1])
  return row.map((v) => v / 2 ** (n - 1))
}

/**
 * Smooths with a binomial filter and subsamples, which reduces aliasing.
 *
 * y[t] = sum over k of x[stride t + k - before] b_k for each channel, with binomial coefficients b. Constant signals are unchanged. For max pooling with little
 * aliasing, put SpatialPooling with stride 1 before it.
 *
 * Law: commutes with shifts by multiples of the stride (cyclic shifts with padding `cyclic`), and with `group`. Other shifts change the result less than that of
 * plain subsampling. By default the stride is 2 and the padding `same`.
 *
 * @throws RangeError or ShapeError as SpatialPooling.
 * @see Zhang 2019, "Making convolutional networks shift-invariant again".
 */
export class BlurPool extends Module {
  readonly #window: SlidingWindow
  readonly #dimensions: number
  readonly #filter: number[]

  constructor(options: BlurPoolOptions = {}) {
    super()
    const { filter = 4, stride = 2, padding = 'same', paddingMode = 'reflect' } = options
    const { law, dimensions } = lawOf(options)
    this.#window = new SlidingWindow('BlurPool', { ...options, dimensions, kernel: filter, stride, padding }, { mode: paddingMode, ...law })
    this.#dimensions = dimensions
    const row = binomial(filter)
    this.#filter = Array.from({ length: dimensions }).reduce<number[]>((outer) => outer.flatMap((a) => row.map((b) => a * b)), [1])
  }

  /**
   * @param x - float32 [batch, channels, ..., ...spatial].
   * @returns the same axes, with spatial sizes divided by the stride and rounded up.
   */
  forward(x: Tensor): Tensor {
    const kernel = constant(Float64Array.from(this.#filter), [1, 1, ...this.#window.kernel], 'float32')
    const single = (t: Tensor): Tensor => reshape(t, [product([t.shape[0] as Dimension, t.shape[1] as Dimension]), 1, ...t.shape.slice(2)])
    return folded(x, this.#dimensions, (signal) => {
      const y = this.#window.slide(single(signal), (padded, { kernel: _, ...window }) => conv(padded, kernel, window))
      return reshape(y, [...signal.shape.slice(0, 2), ...y.shape.slice(2)])
    })
  }
}
