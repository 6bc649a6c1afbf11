import { type Dimension, floorDivide, minus, plus, printShape, product, sameDimension, times } from './dimension.ts'
import { add, cast, div, equal, mul, relu } from './elementwise.ts'
import { ShapeError } from './errors.ts'
import { matMul } from './linalg.ts'
import type { OperatorAttributes, WindowAttributes } from './operators.ts'
import { fitted, fromPhases, phases, polyphase } from './polyphase.ts'
import { concat, dilate, flip, full, ones, pad, reshape, slice, swapAxes, transpose, unsqueeze } from './shape.ts'
import { apply, type Operator, type Tensor } from './tensor.ts'

/** Settings of a window that slides over the spatial axes: one number for all of them, or one each. */
export interface WindowOptions {
  readonly strides?: number | readonly number[]
  /** One number, one an axis, or [before..., after...]. */
  readonly pads?: number | readonly number[]
  readonly dilations?: number | readonly number[]
}

/** Settings of a convolution. */
export interface ConvOptions extends WindowOptions {
  readonly groups?: number
  /** [output channels], added after. */
  readonly bias?: Tensor
}

const spread = (value: number | readonly number[], rank: number): number[] =>
  typeof value === 'number' ? Array.from({ length: rank }, () => value) : [...value]

function windowAttributes(
  where: string,
  kernel: readonly number[],
  { strides = 1, pads = 0, dilations = 1 }: WindowOptions,
): WindowAttributes {
  const rank = kernel.length
  const sides = spread(pads, rank)
  const attributes = {
    kernel,
    strides: spread(strides, rank),
    pads: sides.length === rank ? [...sides, ...sides] : sides,
    dilations: spread(dilations, rank),
  }
  const { strides: s, pads: p, dilations: d } = attributes
  const positive = (numbers: readonly number[], length: number, least: number): boolean =>
    numbers.length === length && numbers.every((n) => Number.isInteger(n) && n >= least)
  if (!positive(kernel, rank, 1) || !positive(s, rank, 1) || !positive(d, rank, 1) || !positive(p, 2 * rank, 0)) {
    throw new ShapeError(
      where,
      `positive kernel, strides and dilations and non-negative pads for ${rank} spatial axes`,
      `kernel [${kernel}], strides [${s}], dilations [${d}], pads [${p}]`,
    )
  }
  return attributes
}

const extent = ({ kernel, dilations }: WindowAttributes, i: number): number => (dilations[i] as number) * ((kernel[i] as number) - 1) + 1
const padding = ({ kernel, pads }: WindowAttributes, i: number): number => (pads[i] as number) + (pads[i + kernel.length] as number)

function slidSizes(where: string, spatial: readonly Dimension[], attributes: WindowAttributes): Dimension[] {
  return spatial.map((d, i) => {
    const size = floorDivide(plus(d, padding(attributes, i) - extent(attributes, i)), attributes.strides[i] as number)
    if (typeof size === 'number' && size < 0) {
      throw new ShapeError(
        where,
        `spatial axis ${i} of at least ${extent(attributes, i) - padding(attributes, i)}`,
        `${d}`,
        'Pad more, or use a smaller kernel.',
      )
    }
    return plus(size, 1)
  })
}

const spatialOf = (x: Tensor): readonly Dimension[] => x.shape.slice(2)

function demandChannels(where: string, x: Tensor, weight: Tensor, expected: Dimension, groups: number, outputs: Dimension): void {
  if (x.rank !== weight.rank || x.rank < 3) {
    throw new ShapeError(
      where,
      'x [batch, channels, ...spatial] and a weight of the same rank',
      `${printShape(x.shape)} and ${printShape(weight.shape)}`,
    )
  }
  if (!sameDimension(x.shape[1] as Dimension, expected)) {
    throw new ShapeError(
      where,
      `${expected} channels, as weight ${printShape(weight.shape)} with ${groups} groups takes`,
      `x ${printShape(x.shape)}`,
    )
  }
  if (typeof outputs === 'number' && outputs % groups !== 0)
    throw new ShapeError(where, `channels divisible by ${groups} groups`, `${outputs}`)
}

const convOperator: Operator<'Conv'> = {
  name: 'Conv',
  infer: (inputs, attributes) => {
    const [x, weight] = inputs as [Tensor, Tensor]
    const outputs = weight.shape[0] as Dimension
    demandChannels('conv', x, weight, times(weight.shape[1] as Dimension, attributes.groups), attributes.groups, outputs)
    return [{ dtype: x.dtype, shape: [x.shape[0] as Dimension, outputs, ...slidSizes('conv', spatialOf(x), attributes)] }]
  },
  derivative: ({ inputs, attributes, gradients: [g] }) => {
    const [x, weight] = inputs as [Tensor, Tensor]
    const signal = { channels: x.shape[1] as Dimension, spatial: spatialOf(x) }
    return [() => convInputGradient(signal, weight, g as Tensor, attributes), () => convWeightGradient(x, g as Tensor, attributes)]
  },
}

/**
 * Cross-correlation of channels-first signals in any number of spatial dimensions.
 *
 * y[b, o, t] = sum over c, k of x[b, c, stride t + dilation k - pad] weight[o, c, k].
 *
 * @param x - [batch, channels, ...spatial].
 * @param weight - [outputs, channels / groups, ...kernel].
 * @returns [batch, outputs, ...floor((size + pads - dilation (kernel - 1) - 1) / stride) + 1].
 * @throws ShapeError if channels do not fit or the window is larger than the padded signal.
 * @see ONNX Conv. Circular: pad with mode wrap first.
 */
export function conv(x: Tensor, weight: Tensor, { groups = 1, bias, ...window }: ConvOptions = {}): Tensor {
  const kernel = spatialOf(weight).map((k) => {
    if (typeof k !== 'number') throw new ShapeError('conv', 'a kernel of known size', printShape(weight.shape))
    return k
  })
  const y = apply(convOperator, [x, weight], { ...windowAttributes('conv', kernel, window), groups })
  return bias === undefined ? y : addChannels(y, bias)
}

const addChannels = (y: Tensor, bias: Tensor): Tensor =>
  add(
    y,
    reshape(
      bias,
      y.shape.slice(1).map((_, i) => (i === 0 ? (y.shape[1] as Dimension) : 1)),
    ),
  )

type ConvAttributes = OperatorAttributes['Conv']

/** A signal that a gradient is taken in, as far as that matters. */
interface Signal {
  readonly channels: Dimension
  readonly spatial: readonly Dimension[]
}

/** The gradient that reaches x: for stride 1 a convolution with the flipped kernel, for others the same in phases, else a transposed convolution. */
function convInputGradient({ channels, spatial }: Signal, weight: Tensor, g: Tensor, attributes: ConvAttributes): Tensor {
  const { kernel, strides, pads, dilations, groups } = attributes
  const rank = kernel.length
  const complement = pads.map((p, i) => (dilations[i % rank] as number) * ((kernel[i % rank] as number) - 1) - p)
  if (groups === 1 && strides.every((s) => s === 1) && complement.every((p) => p >= 0) && typeof channels === 'number' && channels >= 8) {
    const axes = kernel.map((_, i) => i + 2)
    return apply(convOperator, [g, swapAxes(flip(weight, axes), 0, 1)], { kernel, strides, pads: complement, dilations, groups })
  }
  const apart = polyphase(spatial, spatialOf(g), attributes)
  if (apart === undefined) return transposedOnto(g, weight, spatial, attributes)
  const phase = { channels: times(channels, apart.count), spatial: apart.signalPhase }
  const inPhases = convInputGradient(phase, phases(fitted(weight, apart.kernel), strides), g, apart.attributes)
  const ends = spatial.map((d, i) => (d as number) + (pads[i] as number))
  return slice(fitted(fromPhases(inPhases, strides, channels), ends), ...ends.map((_, i) => ({ axis: i + 2, start: pads[i] as number })))
}

/** A transposed convolution whose result has exactly those spatial sizes; positions that no window read get 0. */
function transposedOnto(g: Tensor, weight: Tensor, spatial: readonly Dimension[], attributes: ConvAttributes): Tensor {
  const rank = spatial.length
  const reached = transposedSizes(
    spatialOf(g),
    attributes,
    attributes.kernel.map(() => 0),
  )
  const missing = spatial.map((d, i) => minus(d, reached[i] as Dimension))
  const small = missing.every((m, i) => typeof m === 'number' && m >= 0 && m < (attributes.strides[i] as number))
  if (small) return apply(convTransposeOperator, [g, weight], { ...attributes, outputPadding: missing as number[] })
  // Unknown remainders: keep everything that the windows touched, then cut the pads away and fill up to the size.
  const whole = apply(convTransposeOperator, [g, weight], {
    ...attributes,
    pads: attributes.pads.map(() => 0),
    outputPadding: spatial.map(() => 0),
  })
  const before = attributes.pads.slice(0, rank)
  const fill = spatial.map((d, i) => minus(plus(d, padding(attributes, i)), whole.shape[i + 2] as Dimension))
  const filled = pad(whole, [0, 0, ...spatial.map(() => 0), 0, 0, ...fill])
  return slice(filled, ...spatial.map((d, i) => ({ axis: i + 2, start: before[i] as number, end: plus(d, before[i] as number) })))
}

/**
 * The gradient that reaches the weight: [outputs, channels / groups, ...kernel].
 *
 * For each position of the kernel it is one matrix product between the output's gradient and the signal as that position sees it. With
 * stride 1, or in phases, these views are contiguous slices of one flat, padded signal [channels, batch * positions] (four times as fast on
 * ONNX Runtime as a convolution with batch and channels exchanged).
 */
function convWeightGradient(x: Tensor, g: Tensor, attributes: ConvAttributes): Tensor {
  const { groups } = attributes
  if (groups > 1) {
    const parts = (t: Tensor): Tensor[] => splitChannels(t, groups)
    const gs = parts(g)
    return concat(
      parts(x).map((part, i) => convWeightGradient(part, gs[i] as Tensor, { ...attributes, groups: 1 })),
      0,
    )
  }
  const { kernel, pads, strides } = attributes
  const padded = pad(x, [0, 0, ...pads.slice(0, kernel.length), 0, 0, ...pads.slice(kernel.length)])
  const apart = polyphase(spatialOf(x), spatialOf(g), attributes)
  if (apart !== undefined) {
    const inPhases = convWeightGradient(phases(fitted(padded, apart.signal), strides), g, apart.attributes)
    return fitted(fromPhases(inPhases, strides, x.shape[1] as Dimension), kernel)
  }
  const columns = strides.every((s) => s === 1) ? flatTaps(padded, g, attributes) : stridedTaps(padded, g, attributes)
  const taps = kernel.reduce((n, k) => n * k, 1)
  // [taps * channels, outputs] -> [outputs, channels, ...kernel]
  const channels = x.shape[1] as Dimension
  const outputs = g.shape[1] as Dimension
  return reshape(transpose(reshape(columns, [taps, channels, outputs]), [2, 1, 0]), [outputs, channels, ...kernel])
}

function splitChannels(t: Tensor, groups: number): Tensor[] {
  const size = t.shape[1] as number
  const each = size / groups
  return Array.from({ length: groups }, (_, i) => slice(t, { axis: 1, start: i * each, end: (i + 1) * each }))
}

/** All positions of a kernel, in row-major order. */
function positions(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>((found, k) => found.flatMap((p) => Array.from({ length: k }, (_, i) => [...p, i])), [[]])
}

const channelsFirst = (t: Tensor): Tensor => {
  const front = swapAxes(t, 0, 1)
  return reshape(front, [front.shape[0] as Dimension, product(front.shape.slice(1))])
}

/** How many columns side by side make a matrix product run at full speed. */
const WIDE_PRODUCT = 128

function flatTaps(padded: Tensor, g: Tensor, { kernel, dilations }: ConvAttributes): Tensor {
  const sizes = spatialOf(padded)
  const fill = sizes.map((d, i) => minus(d, spatialOf(g)[i] as Dimension))
  const signal = channelsFirst(padded)
  const gradient = channelsFirst(pad(g, [0, 0, ...sizes.map(() => 0), 0, 0, ...fill]))
  const offsets = positions(kernel).map((p) =>
    p.reduce<Dimension>((offset, k, i) => plus(offset, times(product(sizes.slice(i + 1)), k * (dilations[i] as number))), 0),
  )
  const last = offsets[offsets.length - 1] as Dimension
  const length = minus(signal.shape[1] as Dimension, last)
  const right = swapAxes(slice(gradient, { axis: 1, end: length }), 0, 1)
  const views = offsets.map((offset) => slice(signal, { axis: 1, start: offset, end: plus(offset, length) }))
  const channels = padded.shape[1] as Dimension
  const together = typeof channels === 'number' ? Math.max(1, Math.floor(WIDE_PRODUCT / Math.max(1, channels))) : 1
  return productsOf(views, right, together)
}

function stridedTaps(padded: Tensor, g: Tensor, { kernel, dilations, strides }: ConvAttributes): Tensor {
  const right = swapAxes(channelsFirst(g), 0, 1)
  const views = positions(kernel).map((p) =>
    channelsFirst(
      slice(
        padded,
        ...p.map((k, i) => {
          const start = k * (dilations[i] as number)
          const step = strides[i] as number
          return { axis: i + 2, start, end: plus(start + 1, times(plus(spatialOf(g)[i] as Dimension, -1), step)), step }
        }),
      ),
    ),
  )
  return productsOf(views, right, views.length)
}

const productsOf = (views: readonly Tensor[], right: Tensor, together: number): Tensor =>
  concat(
    Array.from({ length: Math.ceil(views.length / together) }, (_, i) =>
      matMul(concat(views.slice(i * together, (i + 1) * together), 0), right),
    ),
    0,
  )

function transposedSizes(spatial: readonly Dimension[], attributes: WindowAttributes, outputPadding: readonly number[]): Dimension[] {
  return spatial.map((d, i) => {
    const stride = attributes.strides[i] as number
    return plus(times(stride, plus(d, -1)), extent(attributes, i) - padding(attributes, i) + (outputPadding[i] as number))
  })
}

const convTransposeOperator: Operator<'ConvTranspose'> = {
  name: 'ConvTranspose',
  infer: (inputs, attributes) => {
    const [x, weight] = inputs as [Tensor, Tensor]
    const channels = weight.shape[0] as Dimension
    demandChannels('convTranspose', x, weight, channels, attributes.groups, channels)
    const outputs = times(weight.shape[1] as Dimension, attributes.groups)
    const sizes = transposedSizes(spatialOf(x), attributes, attributes.outputPadding)
    return [{ dtype: x.dtype, shape: [x.shape[0] as Dimension, outputs, ...sizes] }]
  },
  derivative: ({ inputs, attributes, gradients: [g] }) => {
    const [x, weight] = inputs as [Tensor, Tensor]
    const { outputPadding: _, ...window } = attributes
    const spatial = spatialOf(x)
    return [() => cutTo(apply(convOperator, [g as Tensor, weight], window), spatial), () => convWeightGradient(g as Tensor, x, window)]
  },
}

const cutTo = (y: Tensor, spatial: readonly Dimension[]): Tensor => slice(y, ...spatial.map((d, i) => ({ axis: i + 2, end: d })))

/**
 * The adjoint of `conv` in its first argument: what a strided convolution shrinks, this grows.
 *
 * @param x - [batch, channels, ...spatial].
 * @param weight - [channels, outputs / groups, ...kernel].
 * @returns [batch, outputs, ...stride (size - 1) + dilation (kernel - 1) + 1 - pads + outputPadding].
 * @see ONNX ConvTranspose.
 */
export function convTranspose(
  x: Tensor,
  weight: Tensor,
  { groups = 1, bias, outputPadding = 0, ...window }: ConvOptions & { readonly outputPadding?: number | readonly number[] } = {},
): Tensor {
  const kernel = spatialOf(weight).map((k) => {
    if (typeof k !== 'number') throw new ShapeError('convTranspose', 'a kernel of known size', printShape(weight.shape))
    return k
  })
  const attributes = windowAttributes('convTranspose', kernel, window)
  const added = spread(outputPadding, kernel.length)
  if (added.some((p, i) => p < 0 || p >= Math.max(attributes.strides[i] as number, attributes.dilations[i] as number))) {
    throw new ShapeError('convTranspose', 'outputPadding smaller than the stride or the dilation', `[${added}]`)
  }
  const y = apply(convTransposeOperator, [x, weight], { ...attributes, groups, outputPadding: added })
  return bias === undefined ? y : addChannels(y, bias)
}

/** Settings of a pooling. The stride is the kernel if left out. */
export interface PoolOptions extends WindowOptions {
  readonly kernel: number | readonly number[]
}

function poolAttributes(where: string, x: Tensor, { kernel, strides, ...rest }: PoolOptions): WindowAttributes {
  if (x.rank < 3) throw new ShapeError(where, 'x [batch, channels, ...spatial]', printShape(x.shape))
  const sizes = spread(kernel, x.rank - 2)
  if (where === 'averagePool' && rest.dilations !== undefined) throw new ShapeError(where, 'no dilations', `${rest.dilations}`)
  const attributes = windowAttributes(where, sizes, { strides: strides ?? sizes, ...rest })
  const wide = attributes.pads.findIndex((p, i) => p >= extent(attributes, i % sizes.length))
  if (wide >= 0) throw new ShapeError(where, 'pads smaller than the kernel', `[${attributes.pads}]`)
  return attributes
}

const poolInfer =
  (where: string) =>
  (inputs: readonly Tensor[], attributes: WindowAttributes): [{ dtype: Tensor['dtype']; shape: Dimension[] }] => {
    const x = inputs[0] as Tensor
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...slidSizes(where, spatialOf(x), attributes)] }]
  }

const maxPoolOperator: Operator<'MaxPool'> = {
  name: 'MaxPool',
  infer: poolInfer('maxPool'),
  derivative: ({ inputs: [x], outputs: [y], attributes, gradients: [g] }) => [
    () => maxPoolGradient(x as Tensor, y as Tensor, g as Tensor, attributes),
  ],
}

const isTiling = (x: Tensor, { kernel, strides, pads, dilations }: WindowAttributes): boolean =>
  kernel.every((k, i) => {
    const size = x.shape[i + 2] as Dimension
    return k === strides[i] && dilations[i] === 1 && sameDimension(times(floorDivide(size, k), k), size)
  }) && pads.every((p) => p === 0)

/** Where window position `at` of every output lies in the padded signal. */
function windowIntervals(
  at: readonly number[],
  y: Tensor,
  { strides, dilations }: WindowAttributes,
): { axis: number; start: number; end: Dimension; step: number }[] {
  return at.map((k, i) => {
    const start = k * (dilations[i] as number)
    const step = strides[i] as number
    return { axis: i + 2, start, end: plus(start + 1, times(plus(y.shape[i + 2] as Dimension, -1), step)), step }
  })
}

/** Puts values of one window position back into a signal of the padded size. */
function scatterWindow(values: Tensor, intervals: ReturnType<typeof windowIntervals>, sizes: readonly Dimension[]): Tensor {
  const dilated = intervals.reduce(
    (t, { axis, step, start, end }) => slice(dilate(t, axis, step), { axis, end: minus(end, start) }),
    values,
  )
  const after = sizes.map((d, i) => minus(d, (intervals[i] as { end: Dimension }).end))
  return pad(dilated, [0, 0, ...intervals.map(({ start }) => start), 0, 0, ...after])
}

/** A value for each window, at every place of the signal that the windows tile: the last axis as it is in the signal, the others [count, 1]. */
function repeated(t: Tensor, kernel: readonly number[]): Tensor {
  const last = kernel[kernel.length - 1] as number
  const alongLast =
    last === 1
      ? t
      : concat(
          Array.from({ length: last }, () => unsqueeze(t, -1)),
          -1,
        )
  const [batch, channels, ...counts] = t.shape as [Dimension, Dimension, ...Dimension[]]
  return reshape(alongLast, [
    batch,
    channels,
    ...counts.slice(0, -1).flatMap((n) => [n, 1]),
    times(counts[counts.length - 1] as Dimension, last),
  ])
}

/** The gradient where windows tile the signal, without taking it apart: ties are counted by the mean over each window. */
function tiledMaxPoolGradient(x: Tensor, y: Tensor, g: Tensor, { kernel, ...window }: WindowAttributes): Tensor {
  const [batch, channels, ...sizes] = x.shape as [Dimension, Dimension, ...Dimension[]]
  const rows = y.shape.slice(2, -1).flatMap((n, i) => [n, kernel[i] as number])
  const tie = cast(equal(reshape(x, [batch, channels, ...rows, sizes[sizes.length - 1] as Dimension]), repeated(y, kernel)), g.dtype)
  const single = reshape(tie, [times(batch, channels), 1, ...sizes])
  const share = reshape(apply(averagePoolOperator, [single], { kernel, ...window }), y.shape)
  return reshape(mul(tie, repeated(div(g, mul(share, product(kernel) as number)), kernel)), x.shape)
}

function maxPoolGradient(x: Tensor, y: Tensor, g: Tensor, attributes: WindowAttributes): Tensor {
  if (isTiling(x, attributes)) return tiledMaxPoolGradient(x, y, g, attributes)
  const { kernel, pads } = attributes
  const rank = kernel.length
  const padded = pad(x, [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)], { value: -Infinity })
  const windows = positions(kernel).map((at) => windowIntervals(at, y, attributes))
  const ties = windows.map((intervals) => cast(equal(slice(padded, ...intervals), y), g.dtype))
  const share = div(
    g,
    ties.reduce((a, b) => add(a, b)),
  )
  const parts = ties.map((tie) => mul(tie, share))
  const sum = windows.map((intervals, i) => scatterWindow(parts[i] as Tensor, intervals, spatialOf(padded))).reduce((a, b) => add(a, b))
  return slice(
    sum,
    ...kernel.map((_, i) => ({ axis: i + 2, start: pads[i] as number, end: plus(pads[i] as number, x.shape[i + 2] as Dimension) })),
  )
}

/** The tensor that x is max(., 0) of, perhaps in another shape. */
function beforeRelu({ node: { operator, inputs }, shape }: Tensor): Tensor | undefined {
  const [given] = inputs
  if (operator.name === 'Relu') return given
  const inner = operator.name === 'Reshape' ? beforeRelu(given as Tensor) : undefined
  return inner && reshape(inner, shape)
}

/**
 * Largest in each window; what is padded does not count.
 *
 * @param x - [batch, channels, ...spatial].
 * @remarks Elements of a window that tie share the gradient equally (frameworks that return indices pick the first).
 * @see ONNX MaxPool.
 */
export function maxPool(x: Tensor, options: PoolOptions): Tensor {
  const attributes = poolAttributes('maxPool', x, options)
  // The largest of max(x, 0) is max(the largest x, 0): fewer numbers, in the derivative too.
  const rectified = beforeRelu(x)
  return rectified === undefined ? apply(maxPoolOperator, [x], attributes) : relu(apply(maxPoolOperator, [rectified], attributes))
}

const averagePoolOperator: Operator<'AveragePool'> = {
  name: 'AveragePool',
  infer: poolInfer('averagePool'),
  derivative: ({ inputs: [x], attributes, gradients: [g] }) => [() => averagePoolGradient(x as Tensor, g as Tensor, attributes)],
}

/** One kernel of equal weights, channels taken as batch. */
function averagePoolGradient(x: Tensor, g: Tensor, attributes: WindowAttributes): Tensor {
  const { kernel } = attributes
  const single = (t: Tensor): Tensor => reshape(t, [times(t.shape[0] as Dimension, t.shape[1] as Dimension), 1, ...spatialOf(t)])
  const weight = full(1 / kernel.reduce((n, k) => n * k, 1), [1, 1, ...kernel], g.dtype)
  return reshape(transposedOnto(single(g), weight, spatialOf(x), { ...attributes, groups: 1 }), x.shape)
}

/**
 * Mean of each window.
 *
 * @param options - `countIncludePad`: whether padded zeros count as elements (true if left out, as in PyTorch).
 * @see ONNX AveragePool.
 */
export function averagePool(
  x: Tensor,
  { countIncludePad = true, ...options }: PoolOptions & { readonly countIncludePad?: boolean },
): Tensor {
  const attributes = poolAttributes('averagePool', x, options)
  const y = apply(averagePoolOperator, [x], attributes)
  if (countIncludePad || attributes.pads.every((p) => p === 0)) return y
  const share = apply(averagePoolOperator, [ones([1, 1, ...spatialOf(x)], x.dtype)], attributes)
  return div(y, share)
}
