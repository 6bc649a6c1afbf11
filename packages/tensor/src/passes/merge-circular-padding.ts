import { Node, type Tensor } from '../expression/tensor.ts'
import { substitute, topological } from '../expression/traverse.ts'
import { pad } from '../operators/padding.ts'
import { isNode, type NodeOf, nodeOf } from '../operators/signatures.ts'
import { slice } from '../operators/slicing.ts'
import type { Pass } from './pass.ts'
import { readersOf } from './readers.ts'
import { graphPass } from './rewrite.ts'

/** Largest share of a signal that circular padding may add, over all its spatial axes. */
const LARGEST_SHARE = 1 / 8

/** A signal on a circle with so many of its last elements before it and of its first ones behind. */
interface Wrap {
  readonly signal: Tensor
  readonly axis: number
  readonly before: number
  readonly after: number
}

/** How many elements at the start or at the end of the signal this is, if it is a slice of them alone. */
function sliceFrom(part: Tensor | undefined, signal: Tensor, axis: number, at: 'start' | 'end'): number | undefined {
  const node = part && nodeOf(part, 'Slice')
  if (node === undefined || node.inputs[0] !== signal) return undefined
  const { axes, starts, ends, steps } = node.attributes
  const [start, end, size] = [starts[0], ends[0], signal.shape[axis]]
  if (axes.length !== 1 || axes[0] !== axis || steps[0] !== 1 || typeof start !== 'number' || typeof end !== 'number') return undefined
  return (at === 'start' ? start === 0 : end === size) ? end - start : undefined
}

/** What `pad` with mode `wrap` made along one axis of known size. */
function wrapOf({ node }: Tensor): Wrap | undefined {
  if (!isNode(node, 'Concat')) return undefined
  const { axis } = node.attributes
  for (const [at, signal] of node.inputs.slice(0, 2).entries()) {
    const before = at === 0 ? 0 : sliceFrom(node.inputs[0], signal, axis, 'end')
    const after = at + 1 === node.inputs.length ? 0 : sliceFrom(node.inputs[at + 1], signal, axis, 'start')
    if (before !== undefined && after !== undefined && node.inputs.length <= at + 2 && before + after > 0)
      return { signal, axis, before, after }
  }
  return undefined
}

const wrapped = (x: Tensor, axis: number, before: number, after: number): Tensor =>
  pad(x, [...x.shape.map((_, i) => (i === axis ? before : 0)), ...x.shape.map((_, i) => (i === axis ? after : 0))], { mode: 'wrap' })

/** A wrapped signal with more of it on both sides; undefined if it is not wrapped along that axis, or that would be too much. */
function grown(x: Tensor, axis: number, before: number, after: number): Tensor | undefined {
  const wrap = wrapOf(x)
  if (wrap === undefined) return undefined
  const { signal } = wrap
  if (wrap.axis !== axis) {
    const inner = grown(signal, axis, before, after)
    return inner && wrapped(inner, wrap.axis, wrap.before, wrap.after)
  }
  const sides = [wrap.before + before, wrap.after + after] as const
  const most = ((signal.shape[axis] as number) * LARGEST_SHARE) / (signal.rank - 2)
  return sides[0] + sides[1] <= most ? wrapped(signal, axis, ...sides) : undefined
}

/** Counted from the end, so that axes that come and go before it do not matter. */
const axisOf = (x: Tensor, fromEnd: number): number => x.rank - fromEnd

/** Whether x differs along the axis; if not, it fits a longer one as it is. */
const runsAlong = (x: Tensor, fromEnd: number): boolean => x.rank >= fromEnd && x.shape[axisOf(x, fromEnd)] !== 1

/** Whether what a node does at an element is the same all along the axis, and depends on no other element of it. */
function commutes(node: Node, fromEnd: number): boolean {
  const [x, y] = [node.inputs[0] as Tensor, node.output]
  const before = (axes: readonly number[], of: Tensor): boolean => axes.every((axis) => axis < axisOf(of, fromEnd))
  if (node.has('pointwise')) return true
  if (isNode(node, 'Reshape')) {
    const [from, to] = [x.shape.slice(-fromEnd), y.shape.slice(-fromEnd)]
    return from.length === fromEnd && to.length === fromEnd && from.every((d, i) => d === to[i])
  }
  if (isNode(node, 'Concat')) return before([node.attributes.axis], y)
  if (isNode(node, 'Unsqueeze')) return before(node.attributes.axes, y)
  if (isNode(node, 'Squeeze') || isNode(node, 'Slice')) return before(node.attributes.axes, x)
  return node.has('reducing') && before((node as NodeOf<'ReduceSum'>).attributes.axes, x)
}

/** What is wrapped along an axis wherever it is read, from the convolutions that make it on. */
interface Region {
  readonly tensors: ReadonlySet<Tensor>
  /** The wrapped tensors. */
  readonly wraps: ReadonlyMap<Tensor, Wrap>
}

interface Graph {
  readonly outputs: ReadonlySet<Tensor>
  readonly readers: ReadonlyMap<Tensor, readonly Node[]>
}

/** Everything around a wrapped signal that must become longer with it; undefined if something of it is needed as it is. */
function regionAround({ signal, axis }: Wrap, { outputs, readers }: Graph): Region | undefined {
  const fromEnd = signal.rank - axis
  const size = signal.shape[axis]
  const tensors = new Set<Tensor>()
  const wraps = new Map<Tensor, Wrap>()
  const isWrapOf = (node: Node, x: Tensor): Wrap | undefined => {
    const wrap = wrapOf(node.output)
    return wrap?.signal === x && wrap.axis === axisOf(x, fromEnd) ? wrap : undefined
  }
  const queue = [signal]
  for (let x = queue.pop(); x !== undefined; x = queue.pop()) {
    if (tensors.has(x)) continue
    if (outputs.has(x) || x.rank < fromEnd || x.shape[axisOf(x, fromEnd)] !== size || x.node.outputs.length > 1) return undefined
    tensors.add(x)
    if (!isNode(x.node, 'Conv')) {
      if (!commutes(x.node, fromEnd)) return undefined
      queue.push(...x.node.inputs.filter((given) => runsAlong(given, fromEnd)))
    } else if (!isCircular(x, axisOf(x, fromEnd))) return undefined
    for (const reader of readers.get(x) ?? []) {
      const y = reader.output
      const wrap = isWrapOf(reader, x)
      const isEnd = isNode(reader, 'Slice') && !outputs.has(y) && (readers.get(y) ?? []).every((node) => isWrapOf(node, x) !== undefined)
      if (wrap !== undefined) wraps.set(y, wrap)
      else if (isEnd) continue
      else if (commutes(reader, fromEnd)) queue.push(y)
      else return undefined
    }
  }
  return { tensors, wraps }
}

/** Whether a convolution goes around the circle along that axis, and is as long as it. */
function isCircular(y: Tensor, axis: number): boolean {
  const node = nodeOf(y, 'Conv')
  if (node === undefined) return false
  const { strides, pads, kernel } = node.attributes
  const spatial = axis - 2
  if (spatial < 0 || strides[spatial] !== 1 || pads[spatial] !== 0 || pads[spatial + kernel.length] !== 0) return false
  const sizeOfSignal = (x: Tensor): unknown => {
    const wrap = wrapOf(x)
    return wrap === undefined || wrap.axis === axis ? wrap?.signal.shape[axis] : sizeOfSignal(wrap.signal)
  }
  return sizeOfSignal(node.inputs[0]) === y.shape[axis]
}

/** The wrapped tensors of a region, made of longer ones; undefined if a signal that is wrapped before had to be continued too far. */
function replacements({ tensors, wraps }: Region): Map<Tensor, Tensor> | undefined {
  const before = Math.max(...[...wraps.values()].map((wrap) => wrap.before))
  const after = Math.max(...[...wraps.values()].map((wrap) => wrap.after))
  const [{ signal, axis }] = [...wraps.values()] as [Wrap]
  const fromEnd = signal.rank - axis
  const length = (signal.shape[axis] as number) + before + after
  const longer = new Map<Tensor, Tensor>()
  for (const node of topological([...tensors])) {
    const { operator, inputs, attributes, output: y } = node
    if (!tensors.has(y)) continue
    const at = axisOf(y, fromEnd)
    const [x] = inputs as readonly [Tensor]
    const first = isNode(node, 'Conv') ? grown(x, at, before, after) : (longer.get(x) ?? x)
    if (first === undefined) return undefined
    const rest = inputs.slice(1).map((other) => longer.get(other) ?? other)
    const changed = isNode(node, 'Reshape') ? { shape: node.attributes.shape.with(at, length) } : attributes
    longer.set(y, new Node(operator, [first, ...rest], changed).output)
  }
  return new Map(
    [...wraps].map(([y, wrap]) => [
      y,
      slice(longer.get(wrap.signal) as Tensor, {
        axis: wrap.axis,
        start: before - wrap.before,
        end: length - (after - wrap.after),
      }),
    ]),
  )
}

/**
 * Circular convolutions in a row pad their signal once: wrap(conv(wrap(x))) = conv(wrap(wrap(x))), and what is done to each element, as activations,
 * sums with others and means over other axes, may come before or after. A copy of all features between two convolutions is saved for a few elements
 * that are computed twice.
 *
 * It is done where nothing reads the features as they are (a training step does), and the size along the axis is known and eight times (per
 * spatial axis) what is added.
 *
 * Law: equal for every input, but for the order of additions.
 * Cost: linear in the graph for each padding that goes, and nothing but a look at its nodes where there are fewer than two.
 */
export const mergeCircularPadding: Pass = /* @__PURE__ */ graphPass('merge-circular-padding', ({ outputs, nodes }) => {
  const tensors = outputs.map(({ tensor }) => tensor)
  const wraps = nodes.flatMap(({ output }) => wrapOf(output) ?? [])
  if (wraps.length < 2) return tensors
  const graph = { outputs: new Set(tensors), readers: readersOf(nodes) }
  for (const wrap of wraps.reverse()) {
    const region = regionAround(wrap, graph)
    const found = region && replacements(region)
    if (found !== undefined) return substitute(tensors, found)
  }
  return tensors
})
