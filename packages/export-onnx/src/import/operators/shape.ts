import type { Dimension } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'
import type { NodeReader } from '../node-reader.ts'

const reshape: Builder = (node) => {
  const x = node.tensor(0)
  if (node.flag('allowzero', false)) return t.reshape(x, node.sizes(1))
  const copied = (axis: number): Dimension => x.shape[axis] ?? node.refuse(`an axis ${axis} to copy`, t.printShape(x.shape))
  return t.reshape(
    x,
    node.sizes(1).map((d, i) => (d === 0 ? copied(i) : d)),
  )
}

const flatten: Builder = (node) => {
  const x = node.tensor(0)
  const axis = node.int('axis', 1)
  const at = axis < 0 ? axis + x.rank : axis
  if (at < 0 || at > x.rank) node.refuse(`an axis from ${-x.rank} to ${x.rank}`, `${axis}`)
  return t.reshape(x, [t.product(x.shape.slice(0, at)), t.product(x.shape.slice(at))])
}

const squeeze: Builder = (node) => {
  const x = node.tensor(0)
  const single = x.shape.flatMap((d, i) => (d === 1 ? [i] : []))
  return t.squeeze(x, node.has(1) ? node.integers(1) : node.ints('axes', single))
}

/** From this number on an end means the end of the axis. */
const BEYOND = 2 ** 31 - 1

interface SliceOfAxis {
  readonly axis: number
  readonly start: Dimension
  readonly end: Dimension
  readonly step: number
}

/** Where slices start or end. Bounds that are computed may count from the end, or lie beyond it: they are brought within the axis before they are sizes. */
function boundsOf(node: NodeReader, i: number, axes: readonly number[]): readonly Dimension[] {
  if (node.value(i)?.sizes !== undefined) return node.sizes(i)
  const [x, given] = [node.tensor(0), t.cast(node.tensor(i), 'int64')]
  const lengths = t.concat(
    axes.map((axis) => t.reshape(t.sizeOf(x.size(axis)), [1])),
    0,
  )
  const fromStart = t.where(t.less(given, 0), t.add(given, lengths), given)
  return node.asSizes(t.min(t.max(fromStart, 0), lengths), `input ${i}`)
}

const slice: Builder = (node) => {
  const x = node.tensor(0)
  const axes = node.has(3) ? node.integers(3) : [...Array(Number(node.tensor(1).shape[0])).keys()]
  const [starts, ends] = [1, 2].map((i) => boundsOf(node, i, axes)) as [readonly Dimension[], readonly Dimension[]]
  const steps = node.has(4) ? node.integers(4) : starts.map(() => 1)
  const slices = axes.map((axis, i): SliceOfAxis => {
    const [start, end, step] = [starts[i], ends[i], steps[i]]
    if (start === undefined || end === undefined || step === undefined)
      return node.refuse(`${axes.length} starts, ends and steps, one an axis`, `${starts.length}, ${ends.length} and ${steps.length}`)
    return { axis, start, end, step }
  })
  const reversed = slices.filter(({ step }) => step < 0)
  for (const { start, end, step } of reversed) {
    const whole = step === -1 && start === -1 && typeof end === 'number' && end <= -BEYOND
    if (!whole) node.lacks('a negative step to reverse the whole axis', `[${start}:${end}:${step}]`)
  }
  const forward = slices.filter(({ step }) => step >= 0)
  const cut = t.slice(
    x,
    ...forward.map(({ axis, start, end, step }) => ({ axis, start, step, ...(typeof end === 'number' && end >= BEYOND ? {} : { end }) })),
  )
  return t.flip(
    cut,
    reversed.map(({ axis }) => axis),
  )
}

const split: Builder = (node) => {
  const x = node.tensor(0)
  const axis = node.int('axis', 0)
  const given = node.has(1) ? node.sizes(1) : node.ints('split')
  if (given.length > 0) return t.split(x, given, axis)
  const count = node.node.output.length
  const size = x.shape.at(axis)
  if (typeof size !== 'number') return node.lacks('the sizes of the pieces, or an axis of known size', `axis ${axis} of size ${size}`)
  const piece = Math.ceil(size / count)
  return t.split(
    x,
    Array.from({ length: count }, (_, i) => Math.max(0, Math.min(piece, size - i * piece))),
    axis,
  )
}

const pad: Builder = (node) => {
  const x = node.tensor(0)
  const mode = node.string('mode', 'constant')
  if (mode !== 'constant' && mode !== 'reflect' && mode !== 'edge' && mode !== 'wrap')
    return node.refuse('mode constant, reflect, edge or wrap', mode)
  const given = node.sizes(1)
  const axes = node.has(3) ? node.integers(3) : [...x.shape.keys()]
  if (given.length !== 2 * axes.length) node.refuse(`${2 * axes.length} pads, two an axis`, `${given.length}`)
  const pads: Dimension[] = Array.from({ length: 2 * x.rank }, () => 0)
  axes.forEach((each, i) => {
    const axis = each < 0 ? each + x.rank : each
    if (axis < 0 || axis >= x.rank) node.refuse(`axes of ${t.printShape(x.shape)}`, `${each}`)
    pads[axis] = given[i] ?? 0
    pads[axis + x.rank] = given[i + axes.length] ?? 0
  })
  return t.pad(x, pads, { mode, value: node.number(2, 0) })
}

/** A computed size may be 1 where the axis is larger: the axis is as large as the larger of both. */
function expandedSizes(node: NodeReader): readonly Dimension[] {
  const [x, to] = [node.tensor(0), node.tensor(1)]
  const length = to.shape[0]
  if (node.value(1)?.sizes !== undefined || typeof length !== 'number' || length < x.rank) return node.sizes(1)
  const own: readonly Dimension[] = [...Array<number>(length - x.rank).fill(1), ...x.shape]
  if (own.every((d) => d === 1)) return node.sizes(1)
  const size = (d: Dimension): t.Tensor => t.reshape(t.sizeOf(d), [1])
  const parts = t.nodeOf(to, 'Concat')?.inputs
  if (parts?.length !== length) return node.asSizes(t.max(to, t.concat(own.map(size), 0)), 'input 1')
  // Numbers among them stay what they are.
  const larger = parts.map((part, i) => {
    const d = own[i] as Dimension
    return d === 1 || t.constantData(part) !== undefined ? part : t.max(part, size(d))
  })
  return node.asSizes(t.concat(larger, 0), 'input 1')
}

const expand: Builder = (node) => {
  const x = node.tensor(0)
  return t.expand(x, t.broadcastShapes('Expand', x.shape, expandedSizes(node)))
}

/** Operators that move elements or tell how many there are. */
export const shape: Builders = {
  Shape: (node) => {
    const sizes = node.tensor(0).shape
    return { sizes: sizes.slice(node.int('start', 0), node.int('end', sizes.length)) }
  },
  Size: (node) => ({ sizes: [t.product(node.tensor(0).shape)], scalar: true }),
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: (node) => t.unsqueeze(node.tensor(0), node.has(1) ? node.integers(1) : node.ints('axes')),
  Transpose: (node) => t.transpose(node.tensor(0), node.hasAttribute('perm') ? node.ints('perm') : undefined),
  Expand: expand,
  Concat: (node) => t.concat(node.tensors(), node.int('axis', 0)),
  Slice: slice,
  Split: split,
  Pad: pad,
  Tile: (node) => t.tile(node.tensor(0), node.sizes(1)),
  Trilu: (node) => t.trilu(node.tensor(0), { upper: node.flag('upper', true), k: node.number(1, 0) }),
}
