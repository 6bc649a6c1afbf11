import { Module } from '@equivar/nn'
import { averagePool, constant, conv, type Dimension, maxPool, type PadMode, product, reshape, type Tensor } from '@equivar/tensor'
import { type PointGroupName, pointGroup } from './point-group.ts'
import { SlidingWindow, type SlidingWindowOptions } from './sliding-window.ts'

/** The symmetry that a pooling must keep beside shifts. */
export interface PoolingLaw {
  /** Point group whose rotations and reflections it must commute with; `p1`, none, if left out. */
  readonly group?: PointGroupName
}

const isSymmetric = ({ group = 'p1' }: PoolingLaw): boolean => pointGroup(group).order > 1

/** Works on [batch, all other axes, ...spatial], then unfolds these axes. */
function folded(x: Tensor, dimensions: number, work: (x: Tensor) => Tensor): Tensor {
  const front = x.shape.slice(0, x.rank - dimensions)
  const [batch = 1, ...rest] = front
  const y = work(reshape(x, [batch, product(rest), ...x.shape.slice(x.rank - dimensions)]))
  return reshape(y, [...front, ...y.shape.slice(2)])
}

/** Settings of a SpatialPooling. The stride is the kernel if left out. */
export interface SpatialPoolingOptions extends Omit<SlidingWindowOptions, 'dilation'>, PoolingLaw {
  /** max if left out. */
  readonly pool?: 'max' | 'mean'
}

/**
 * Largest value or mean of each window of the grid.
 *
 * Law: commutes with shifts by multiples of the stride (cyclic ones, with padding `cyclic`), and with the rotations and reflections of `group`.
 * Padding of zeros does not count, neither for max nor for mean.
 *
 * @throws RangeError if the group's reflections would not map windows to windows, whatever the size.
 * @throws ShapeError in `forward` for a known size at which the law cannot hold, naming the nearest at which it does.
 * @example new SpatialPooling({ kernel: 2, group: 'p4' })   // of even sizes
 */
export class SpatialPooling extends Module {
  readonly #window: SlidingWindow
  readonly #dimensions: number
  readonly #pool: 'max' | 'mean'

  constructor(options: SpatialPoolingOptions) {
    super()
    const { pool = 'max', dimensions = 2, kernel, stride = kernel } = options
    this.#window = new SlidingWindow('SpatialPooling', { ...options, stride }, { symmetric: isSymmetric(options) })
    this.#dimensions = dimensions
    this.#pool = pool
  }

  /** @param x - float32 [batch, channels, ..., ...spatial]; further axes, as of a group, are kept. @returns the same with pooled spatial axes. */
  forward(x: Tensor): Tensor {
    return folded(x, this.#dimensions, (signal) =>
      this.#window.slide(signal, (padded, { dilations: _, ...window }) =>
        this.#pool === 'max' ? maxPool(padded, window) : averagePool(padded, { ...window, countIncludePad: false }),
      ),
    )
  }
}

/** Settings of a BlurPool. */
export interface BlurPoolOptions extends Omit<SlidingWindowOptions, 'kernel' | 'dilation'>, PoolingLaw {
  /** Taps of the binomial filter along every axis; 4 if left out. */
  readonly filter?: number
  /** What `same` or a number of positions around the signal hold; mirrored values (`reflect`) if left out. */
  readonly paddingMode?: PadMode
}

/** Row n - 1 of Pascal's triangle over its sum. */
function binomial(n: number): number[] {
  const row = Array.from({ length: n - 1 }).reduce<number[]>((above) => [1, ...above.map((v, i) => v + (above[i + 1] ?? 0))], [1])
  return row.map((v) => v / 2 ** (n - 1))
}

/**
 * Subsampling of what a binomial filter has smoothed, so that little is left of what the coarse grid would alias.
 *
 * y[t] = sum over k of x[stride t + k - before] b_k, b binomial, for each channel; a constant signal stays as it is. Max pooling without aliasing is
 * SpatialPooling with stride 1 before it.
 *
 * Law: commutes with shifts by multiples of the stride (cyclic ones, with padding `cyclic`), and with `group`; other shifts change it less than they change
 * plain subsampling. The stride is 2 and the padding `same` if left out.
 *
 * @throws RangeError, ShapeError as SpatialPooling.
 * @see Zhang 2019, "Making convolutional networks shift-invariant again".
 */
export class BlurPool extends Module {
  readonly #window: SlidingWindow
  readonly #dimensions: number
  readonly #filter: number[]

  constructor(options: BlurPoolOptions = {}) {
    super()
    const { filter = 4, stride = 2, dimensions = 2, padding = 'same', paddingMode = 'reflect' } = options
    const law = { mode: paddingMode, symmetric: isSymmetric(options) }
    this.#window = new SlidingWindow('BlurPool', { ...options, kernel: filter, stride, padding }, law)
    this.#dimensions = dimensions
    const row = binomial(filter)
    this.#filter = Array.from({ length: dimensions }).reduce<number[]>((outer) => outer.flatMap((a) => row.map((b) => a * b)), [1])
  }

  /** @param x - float32 [batch, channels, ..., ...spatial]. @returns the same with spatial axes of size / stride (rounded up where it is not exact). */
  forward(x: Tensor): Tensor {
    const kernel = constant(Float64Array.from(this.#filter), [1, 1, ...this.#window.kernel], 'float32')
    const single = (t: Tensor): Tensor => reshape(t, [product([t.shape[0] as Dimension, t.shape[1] as Dimension]), 1, ...t.shape.slice(2)])
    return folded(x, this.#dimensions, (signal) => {
      const y = this.#window.slide(single(signal), (padded, { kernel: _, ...window }) => conv(padded, kernel, window))
      return reshape(y, [...signal.shape.slice(0, 2), ...y.shape.slice(2)])
    })
  }
}
