import type { Dimension, Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'
import type { NodeReader } from '../node-reader.ts'

/** An axis that gets another size. */
interface ResizedAxis {
  readonly axis: number
  readonly from: Dimension
  readonly to: Dimension
  /** Elements of the result for each one of the input, in float32 as ONNX Runtime counts; undefined if only a run tells. */
  readonly scale: number | undefined
}

/** Where an element of the result stands among those of the input. */
type Place = (i: number, axis: { readonly from: number; readonly to: number; readonly scale: number }) => number

const float = Math.fround

const halfPixel: Place = (i, { scale }) => float(float(float(i + 0.5) / scale) - 0.5)

const coordinates: Readonly<Record<string, Place>> = {
  half_pixel: halfPixel,
  pytorch_half_pixel: (i, axis) => (axis.to > 1 ? halfPixel(i, axis) : 0),
  asymmetric: (i, { scale }) => float(i / scale),
  align_corners: (i, { from, to }) => (to === 1 ? 0 : float(float(i * (from - 1)) / (to - 1))),
}

const roundings: Readonly<Record<string, (at: number) => number>> = {
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
}

/** The size of an axis times a scale; of a symbol if the scale or its inverse is an integer. */
function scaledSize(node: NodeReader, from: Dimension, scale: number): Dimension {
  if (typeof from === 'number') return Math.floor(float(from * scale))
  if (Number.isInteger(scale)) return t.times(from, scale)
  if (Number.isInteger(1 / scale)) return t.floorDivide(from, 1 / scale)
  return node.lacks('a scale that is an integer, or 1 / an integer, for an axis whose size only a run tells', `${scale}`)
}

/** The axes that `sizes` or `scales` of a node change. */
function resizedAxes(node: NodeReader): ResizedAxis[] {
  const x = node.tensor(0)
  const axes = node.ints('axes', [...x.shape.keys()]).map((axis) => (axis < 0 ? axis + x.rank : axis))
  const scales = Array.from(node.value(2)?.data?.data ?? [], Number)
  const sizes = node.has(3) ? node.sizes(3) : []
  if (scales.length === 0 && node.value(2) !== undefined && sizes.length === 0)
    node.lacks('scales that are part of the file', 'computed ones')
  if (!scales.every((scale) => scale > 0 && scale < MOST_ELEMENTS))
    node.refuse(`scales above 0 and below ${MOST_ELEMENTS}`, scales.join(', '))
  const count = sizes.length > 0 ? sizes.length : scales.length
  if (count !== axes.length) node.refuse(`${axes.length} scales or sizes, one an axis`, `${count}`)
  return axes.flatMap((axis, i): ResizedAxis[] => {
    const from = x.shape[axis] ?? node.refuse(`axes of ${t.printShape(x.shape)}`, `${axis}`)
    const scale = scales[i]
    const to = sizes[i] ?? scaledSize(node, from, scale ?? 1)
    if (t.sameDimension(from, to) && (scale ?? 1) === 1) return []
    if (scale !== undefined && sizes.length === 0) return [{ axis, from, to, scale }]
    if (typeof from === 'number' && typeof to === 'number') return [{ axis, from, to, scale: float(to / from) }]
    const ratio = t.divideExactly(to, from)
    if (typeof ratio === 'number') return [{ axis, from, to, scale: ratio }]
    return [{ axis, from, to, scale: undefined }]
  })
}

/** Each element `times` times in a row: what nearest neighbours are where an axis of any size grows by an integer. */
function repeated(x: Tensor, axis: number, times: number): Tensor {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const size = x.shape[axis] ?? 1
  const stretched = t.expand(t.unsqueeze(x, axis + 1), [...before, size, times, ...after])
  return t.reshape(stretched, [...before, t.times(size, times), ...after])
}

/** So many elements an axis may get at most, unless it grows by an integer: a file names each of them. */
const MOST_ELEMENTS = 65_536

/** The places of all elements of an axis of known size, within its bounds. */
function placesOf(node: NodeReader, { from, to, scale }: ResizedAxis): number[] {
  const name = node.string('coordinate_transformation_mode', 'half_pixel')
  const place = t.ownEntry(coordinates, name) ?? node.lacks(`coordinate_transformation_mode ${Object.keys(coordinates).join(', ')}`, name)
  if (scale === undefined) return node.lacks('a size that is a known multiple of the one before', `${to} for ${from}`)
  if (typeof from !== 'number' || typeof to !== 'number') return node.lacks('an axis of known size', `${from}`)
  if (from === 0) node.refuse('an axis of one element or more', '0')
  if (to > MOST_ELEMENTS) node.refuse(`at most ${MOST_ELEMENTS} elements along an axis`, `${to}`)
  return Array.from({ length: to }, (_, i) => Math.min(Math.max(place(i, { from, to, scale }), 0), from - 1))
}

/** Whether nearest neighbours repeat each element equally often, whatever the size of the axis. */
function repeatsEqually(node: NodeReader, scale: number): boolean {
  const [mode, rounding] = [node.string('coordinate_transformation_mode', 'half_pixel'), node.string('nearest_mode', 'round_prefer_floor')]
  const half = mode === 'half_pixel' || mode === 'pytorch_half_pixel'
  return Number.isInteger(scale) && (mode === 'asymmetric' ? rounding === 'floor' : half && rounding.startsWith('round'))
}

function nearest(node: NodeReader, x: Tensor, resized: ResizedAxis): Tensor {
  const name = node.string('nearest_mode', 'round_prefer_floor')
  const rounding = t.ownEntry(roundings, name) ?? node.lacks(`nearest_mode ${Object.keys(roundings).join(', ')}`, name)
  const { scale } = resized
  if (scale !== undefined && repeatsEqually(node, scale)) return repeated(x, resized.axis, scale)
  const indices = placesOf(node, resized).map(rounding)
  return t.gather(x, t.constant(indices, [indices.length], 'int64'), resized.axis)
}

/** The places of all elements of an axis whose size only a run tells, float32 [to]. */
function openPlaces(node: NodeReader, { from, to, scale }: ResizedAxis): Tensor {
  const float32 = (size: Tensor): Tensor => t.cast(size, 'float32')
  const [i, before, after] = [float32(t.range(to)), float32(t.sizeOf(from)), float32(t.sizeOf(to))]
  const by = scale ?? t.div(after, before)
  const half = t.sub(t.div(t.add(i, 0.5), by), 0.5)
  const several = t.greater(after, 1)
  const places: Readonly<Record<string, () => Tensor>> = {
    half_pixel: () => half,
    pytorch_half_pixel: () => t.where(several, half, 0),
    asymmetric: () => t.div(i, by),
    align_corners: () => t.where(several, t.div(t.mul(i, t.sub(before, 1)), t.max(t.sub(after, 1), 1)), 0),
  }
  const name = node.string('coordinate_transformation_mode', 'half_pixel')
  const place = t.ownEntry(places, name) ?? node.lacks(`coordinate_transformation_mode ${Object.keys(places).join(', ')}`, name)
  return t.min(t.max(place(), 0), t.sub(before, 1))
}

/** Between the two neighbours of each place along an axis whose size only a run tells. */
function openLinear(node: NodeReader, x: Tensor, resized: ResizedAxis): Tensor {
  const [places, last] = [openPlaces(node, resized), t.cast(t.sub(t.sizeOf(resized.from), 1), 'float32')]
  const floor = t.floor(places)
  const neighbour = (at: Tensor): Tensor => t.gather(x, t.cast(at, 'int64'), resized.axis)
  const share = t.reshape(t.sub(places, floor), [resized.to, ...x.shape.slice(resized.axis + 1).map(() => 1)])
  const [below, above] = [neighbour(floor), neighbour(t.min(t.add(floor, 1), last))]
  return t.add(below, t.mul(t.sub(above, below), share))
}

function linear(node: NodeReader, x: Tensor, resized: ResizedAxis): Tensor {
  if (typeof resized.from !== 'number' || typeof resized.to !== 'number') return openLinear(node, x, resized)
  const places = placesOf(node, resized)
  const last = Number(resized.from) - 1
  const neighbour = (shift: number): Tensor => {
    const indices = places.map((at) => Math.min(Math.floor(at) + shift, last))
    return t.gather(x, t.constant(indices, [indices.length], 'int64'), resized.axis)
  }
  const shares = places.map((at) => at - Math.floor(at))
  const share = t.constant(Float32Array.from(shares), [shares.length, ...x.shape.slice(resized.axis + 1).map(() => 1)])
  const [below, above] = [neighbour(0), neighbour(1)]
  return t.add(below, t.mul(t.sub(above, below), share))
}

const resize: Builder = (node) => {
  const mode = node.string('mode', 'nearest')
  if (mode !== 'nearest' && mode !== 'linear') return node.lacks('mode nearest or linear', mode)
  if (node.flag('antialias', false)) node.lacks('antialias 0', '1')
  const policy = node.string('keep_aspect_ratio_policy', 'stretch')
  if (policy !== 'stretch') node.lacks('keep_aspect_ratio_policy stretch', policy)
  const along = mode === 'nearest' ? nearest : linear
  return resizedAxes(node).reduce((x, axis) => along(node, x, axis), node.tensor(0))
}

/** Batch, channels, height and width of an image. */
function imageShape(node: NodeReader): [Dimension, Dimension, Dimension, Dimension] {
  const { shape } = node.tensor(0)
  const [batch, channels, height, width] = shape
  if (batch === undefined || channels === undefined || height === undefined || width === undefined || shape.length > 4)
    return node.refuse('an input of rank 4', t.printShape(shape))
  return [batch, channels, height, width]
}

function blockOf(node: NodeReader): number {
  const block = node.int('blocksize', 1)
  return block < 1 ? node.refuse('a blocksize of 1 or more', `${block}`) : block
}

/** A known size over a number that divides it. */
function divided(node: NodeReader, size: Dimension, by: number): number {
  if (typeof size !== 'number' || size % by !== 0) return node.refuse(`a known size that is a multiple of ${by}`, `${size}`)
  return size / by
}

const depthToSpace: Builder = (node) => {
  const [batch, channels, height, width] = imageShape(node)
  const block = blockOf(node)
  const mode = node.string('mode', 'DCR')
  if (mode !== 'DCR' && mode !== 'CRD') return node.refuse('mode DCR or CRD', mode)
  const depth = divided(node, channels, block * block)
  const x = node.tensor(0)
  const moved =
    mode === 'DCR'
      ? t.transpose(t.reshape(x, [batch, block, block, depth, height, width]), [0, 3, 4, 1, 5, 2])
      : t.transpose(t.reshape(x, [batch, depth, block, block, height, width]), [0, 1, 4, 2, 5, 3])
  return t.reshape(moved, [batch, depth, t.times(height, block), t.times(width, block)])
}

const spaceToDepth: Builder = (node) => {
  const [batch, channels, height, width] = imageShape(node)
  const block = blockOf(node)
  const [rows, columns] = [divided(node, height, block), divided(node, width, block)]
  const blocks = t.reshape(node.tensor(0), [batch, channels, rows, block, columns, block])
  return t.reshape(t.transpose(blocks, [0, 3, 5, 1, 2, 4]), [batch, t.times(channels, block * block), rows, columns])
}

/** Operators that change the resolution of images. */
export const resolution: Builders = { Resize: resize, DepthToSpace: depthToSpace, SpaceToDepth: spaceToDepth }
