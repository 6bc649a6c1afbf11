import { type Dimension, type Node, type Program, printShape, product, sameDimension, type Tensor } from '@equivar/tensor'
import { transpose } from './quirks.ts'
import type { TensorFlow, TfTensor } from './values.ts'

/** How a value lies in memory: its axes from the outermost to the innermost. [0, 2, 3, 1] is an image with its channels last. */
export type Order = readonly number[]

/** A node, and the orders in which its kernel reads and writes. */
export interface Step {
  readonly node: Node
  readonly reads: readonly Order[]
  readonly writes: readonly Order[]
  /** The attributes with axes as they lie in memory. */
  readonly attributes: Node['attributes']
}

type Choice = Omit<Step, 'node'>
/** What is known of the values before a node. */
interface Known {
  /** Orders in which they are at hand. */
  readonly atHand: ReadonlyMap<Tensor, readonly Order[]>
  /** Orders in which matrices are read in the end. */
  readonly wanted: ReadonlyMap<Tensor, Order>
  /** The order that values of a shape had last. */
  readonly habits: ReadonlyMap<string, Order>
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
/** The order of the axes themselves. */
export const natural = (rank: number): Order => range(0, rank)
const same = (a: Order, b: Order): boolean => a.join() === b.join()
const isNatural = (order: Order): boolean => order.every((axis, i) => axis === i)
/** [batch, ...spatial, channels]. */
const channelsLast = (rank: number): Order => [0, ...range(2, rank), 1]

/** The order of a value that is given leading axes of size 1. */
const widened = (order: Order, rank: number): Order => {
  const more = rank - order.length
  return more <= 0 ? order : [...range(0, more), ...order.map((axis) => axis + more)]
}
const ones = (count: number): number[] => new Array<number>(Math.max(0, count)).fill(1)
const wide = (shape: readonly Dimension[], order: Order): Dimension[] => [...ones(order.length - shape.length), ...shape]

/** Whether two orders are the same sequence of numbers: axes of size 1 may lie anywhere. */
function isFree(shape: readonly Dimension[], from: Order, to: Order): boolean {
  // A copy that was given leading axes has no way back.
  if (from.length > to.length) return false
  const sizes = wide(shape, to)
  const long = (order: Order): Order => order.filter((axis) => sizes[axis] !== 1)
  return same(long(widened(from, to.length)), long(to))
}

/** A value in another order; a transpose only where more than axes of size 1 move. */
export function reorder(tf: TensorFlow, x: TfTensor, from: Order, to: Order): TfTensor {
  const given = widened(from, to.length)
  const shape = [...ones(to.length - from.length), ...x.shape]
  const moves = to.map((axis) => given.indexOf(axis))
  const target = moves.map((axis) => shape[axis] as number)
  const long = moves.filter((axis) => shape[axis] !== 1)
  if (long.every((axis, i) => i === 0 || axis > (long[i - 1] as number))) return tf.reshape(x, target)
  return transpose(tf, from.length === to.length ? x : tf.reshape(x, shape), moves)
}

/** Which of the orders at hand is nearest. */
export function nearest<T extends { readonly order: Order }>(found: readonly T[], shape: readonly Dimension[], to: Order): T {
  return (found.find(({ order }) => isFree(shape, order, to)) ?? found[0]) as T
}

/** Axes that a reshape keeps apart: lists of input axes, each beside the output axes that hold the same numbers. */
function blocks(from: readonly Dimension[], to: readonly Dimension[]): { ins: number[]; outs: number[] }[] {
  const found: { ins: number[]; outs: number[] }[] = []
  let [i, j] = [0, 0]
  while (i < from.length && j < to.length) {
    const pairs = range(i + 1, from.length + 1).flatMap((a) => range(j + 1, to.length + 1).map((b) => [a, b] as const))
    pairs.sort((p, q) => p[0] + p[1] - q[0] - q[1])
    const equal = pairs.find(([a, b]) => sameDimension(product(from.slice(i, a)), product(to.slice(j, b))))
    const [a, b] = equal ?? [from.length, to.length]
    found.push({ ins: range(i, a), outs: range(j, b) })
    i = a
    j = b
  }
  const last = found.at(-1)
  last?.ins.push(...range(i, from.length))
  last?.outs.push(...range(j, to.length))
  return found
}

/** The order that a reshaped value has for free, if there is one. */
function reshapedOrder(from: readonly Dimension[], to: readonly Dimension[], order: Order): Order | undefined {
  const groups = blocks(from, to)
  const long = order.filter((axis) => from[axis] !== 1)
  const written: number[] = []
  for (let at = 0; at < long.length; ) {
    const group = groups.find(({ ins }) => ins.includes(long[at] as number))
    const axes = group?.ins.filter((axis) => from[axis] !== 1) ?? []
    if (group === undefined || !same(axes, long.slice(at, at + axes.length))) return undefined
    written.push(...group.outs)
    at += axes.length
  }
  return [...written, ...range(0, to.length).filter((axis) => !written.includes(axis))]
}

/** Attributes that name axes, for values that lie in that order. */
function attributesIn(order: Order, { operator: { name }, attributes }: Node): Node['attributes'] {
  const { axis, axes, pads } = attributes as { axis?: number; axes?: readonly number[]; pads?: readonly Dimension[] }
  const place = (one: number): number => order.indexOf(one)
  return {
    ...attributes,
    ...(axis === undefined ? {} : { axis: place(axis) }),
    ...(axes === undefined ? {} : { axes: axes.map(place) }),
    ...(name === 'Pad' && pads !== undefined ? { pads: [...order, ...order.map((one) => one + order.length)].map((i) => pads[i]) } : {}),
  } as Node['attributes']
}

/** One order for all operands and results: the one that moves the fewest of them. */
function aligned(node: Node, { atHand, wanted, habits }: Known): Choice {
  const [output] = node.outputs as [Tensor]
  const { rank } = output
  const liked = wanted.get(output) ?? habits.get(printShape(output.shape))
  const found = node.inputs.flatMap((x) => (atHand.get(x) ?? []).filter((order) => x.rank === rank && order.length === rank))
  const moved = (order: Order): number =>
    node.inputs.filter((x) => !(atHand.get(x) ?? []).some((at) => isFree(x.shape, at, order) || x.rank === 0)).length
  const cost = (order: Order): number => 2 * moved(order) + ((liked === undefined ? isNatural(order) : !same(order, liked)) ? 1 : 0)
  const order = [...(liked === undefined ? [] : [liked]), natural(rank), ...found].reduce((a, b) => (cost(b) < cost(a) ? b : a))
  const reads = node.inputs.map((x) => (isNatural(order) || x.rank === 0 ? natural(x.rank) : order))
  return { reads, writes: node.outputs.map(() => order), attributes: attributesIn(order, node) }
}

function reduced(node: Node, order: Order): Choice {
  const { axes, keepDims } = node.attributes as { axes: readonly number[]; keepDims: boolean }
  const left = order.filter((axis) => !axes.includes(axis))
  const write = keepDims ? order : left.map((axis) => axis - axes.filter((one) => one < axis).length)
  // Reductions keep the order of the other axes, whatever the order of those that go.
  return { reads: [order], writes: [write], attributes: attributesIn(order, node) }
}

const stays = (node: Node): Choice => ({
  reads: node.inputs.map(({ rank }) => natural(rank)),
  writes: node.outputs.map(({ rank }) => natural(rank)),
  attributes: node.attributes,
})

/** The order of the values that one node reads and writes. */
function choose(node: Node, known: Known): Choice {
  const { name } = node.operator
  const x = node.inputs[0]
  if (x === undefined) return stays(node)
  const found = (known.atHand.get(x) ?? []).filter((order) => order.length === x.rank)
  if (name === 'Conv' || name === 'ConvTranspose') {
    const image = channelsLast(x.rank)
    const weight = [...range(2, x.rank), ...(name === 'Conv' ? [1, 0] : [0, 1])]
    return { ...stays(node), reads: [image, weight, natural(1)].slice(0, node.inputs.length), writes: [image] }
  }
  if (name === 'Transpose') {
    const { permutation } = node.attributes as { permutation: readonly number[] }
    const order = found[0] as Order
    return { ...stays(node), reads: [order], writes: [order.map((axis) => permutation.indexOf(axis))] }
  }
  if (name === 'Reshape' || name === 'Squeeze' || name === 'Unsqueeze') {
    const y = node.outputs[0] as Tensor
    const free = found.flatMap((order) => {
      const write = reshapedOrder(x.shape, y.shape, order)
      return write === undefined ? [] : [{ ...stays(node), reads: [order], writes: [write] }]
    })
    const wanted = known.wanted.get(y)
    if (wanted === undefined) return free[0] ?? stays(node)
    // Better here than later, when it may have been copied many times.
    return free.find(({ writes }) => same(writes[0] as Order, wanted)) ?? (isNatural(wanted) ? stays(node) : (free[0] ?? stays(node)))
  }
  if (node.has('reducing')) return reduced(node, found[0] as Order)
  return node.has('pointwise') || node.has('axiswise') ? aligned(node, known) : stays(node)
}

/** The orders in which matrices are read in the end, as far as they are only cut, joined and turned before. */
function wantedOrders({ nodes }: Program): Map<Tensor, Order> {
  const wanted = new Map<Tensor, Order>()
  for (const { operator, attributes, inputs, outputs } of [...nodes].reverse()) {
    const order = operator.name === 'MatMul' ? natural(2) : wanted.get(outputs[0] as Tensor)
    const { permutation } = attributes as { permutation?: readonly number[] }
    if (order === undefined || !['MatMul', 'Transpose', 'Slice', 'Concat', 'Pad'].includes(operator.name)) continue
    for (const x of inputs)
      if (x.rank === 2) wanted.set(x, permutation === undefined ? order : order.map((axis) => permutation[axis] as number))
  }
  return wanted
}

/**
 * The nodes of a Program with the order in which each reads and writes its values.
 *
 * Convolutions have kernels for channels last only. What follows them stays in that order, through elementwise operators, broadcasts, reductions,
 * concatenations and reshapes that keep the axes apart, until a reader needs another: only there a value is transposed, once for all such readers.
 */
export function layout(program: Program): readonly Step[] {
  const atHand = new Map<Tensor, Order[]>(program.inputs.map(({ tensor }) => [tensor as Tensor, [natural(tensor.rank)]]))
  const habits = new Map<string, Order>()
  const known = { atHand, habits, wanted: wantedOrders(program) }
  return program.nodes.map((node) => {
    const choice = choose(node, known)
    node.inputs.forEach((x, i) => {
      const [found, order] = [atHand.get(x) ?? [], choice.reads[i] as Order]
      if (!found.some((at) => same(at, order))) atHand.set(x, [...found, order])
    })
    node.outputs.forEach((y, i) => {
      const order = choice.writes[i] as Order
      atHand.set(y, [order])
      if (!isNatural(order)) habits.set(printShape(y.shape), order)
    })
    return { node, ...choice }
  })
}
