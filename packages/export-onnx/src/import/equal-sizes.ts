import { type Dimension, plus, product } from '@equivar/tensor'
import { withoutEllipsis } from './einsum-equation.ts'
import type { NodeReader } from './node-reader.ts'
import { broadcastingNames } from './operators/plain.ts'
import type { EqualSizes } from './unnamed-sizes.ts'

/** A size of a node's input, and where it stands. */
interface Place {
  readonly size: Dimension
  readonly where: string
}

type Demand = (node: NodeReader) => EqualSizes[]

const known = (size: Dimension, where: string): Place => ({ size, where })

/** The axes of input i. */
const places = (node: NodeReader, i: number): Place[] =>
  node.has(i) ? node.tensor(i).shape.map((size, axis) => ({ size, where: `axis ${axis} of input ${i} ("${node.node.input[i]}")` })) : []

function equal(a: Place | undefined, b: Place | undefined): EqualSizes[] {
  return a === undefined || b === undefined ? [] : [{ sizes: [a.size, b.size], places: [a.where, b.where] }]
}

/** Every axis of the one with the same axis of the other. */
const aligned = (a: readonly Place[], b: readonly Place[]): EqualSizes[] => a.flatMap((place, i) => equal(place, b[i]))

/** Axes aligned at the last one; a 1 stretches. */
function broadcast(...shapes: readonly (readonly Place[])[]): EqualSizes[] {
  const rank = Math.max(...shapes.map(({ length }) => length))
  return Array.from({ length: rank }, (_, i) => {
    const [first, ...others] = shapes.flatMap((shape) => shape[shape.length - 1 - i] ?? []).filter(({ size }) => size !== 1)
    return others.flatMap((other) => equal(first, other))
  }).flat()
}

const broadcastAll: Demand = (node) => broadcast(...node.inputs.map((_, i) => places(node, i)))

const matMul: Demand = (node) => {
  const [a, b] = [places(node, 0), places(node, 1)]
  return [...equal(a.at(-1), b.at(b.length > 1 ? -2 : -1)), ...broadcast(a.slice(0, -2), b.slice(0, -2))]
}

const gemm: Demand = (node) => {
  const a = node.flag('transA', false) ? places(node, 0).reverse() : places(node, 0)
  const b = node.flag('transB', false) ? places(node, 1).reverse() : places(node, 1)
  return [...equal(a[1], b[0]), ...broadcast([a[0] as Place, b[1] as Place], places(node, 2))]
}

const concat: Demand = (node) => {
  const [first = [], ...others] = node.inputs.map((_, i) => places(node, i))
  const given = node.int('axis', 0)
  const axis = given < 0 ? given + first.length : given
  const except = (list: readonly Place[]): Place[] => list.filter((_, i) => i !== axis)
  return others.flatMap((other) => aligned(except(first), except(other)))
}

const einsum: Demand = (node) => {
  const { operands } = withoutEllipsis(node)
  const byLetter = new Map<string, Place[]>()
  operands.forEach((letters, i) => {
    places(node, i).forEach((place, axis) => {
      const letter = letters[axis] ?? ''
      if (place.size !== 1) byLetter.set(letter, [...(byLetter.get(letter) ?? []), place])
    })
  })
  return [...byLetter.values()].flatMap(([first, ...others]) => others.flatMap((other) => equal(first, other)))
}

const channels: Demand = (node) => {
  const [x, weight, bias] = [places(node, 0), places(node, 1), places(node, 2)]
  const [first, second] = weight as [Place, Place]
  const groups = node.int('group', 1)
  const grouped = known(product([second.size, groups]), `${second.where}${groups === 1 ? '' : ` times ${groups} groups`}`)
  const [read, written] = node.node.opType === 'Conv' ? [grouped, first] : [first, grouped]
  return [...equal(x[1], read), ...equal(written, bias[0])]
}

const reshape: Demand = (node) => {
  const { shape } = node.tensor(0)
  const copied = !node.flag('allowzero', false)
  const target = node.sizes(1).map((d, axis) => (d === 0 && copied ? (shape[axis] as Dimension) : d))
  if (target.some((d) => d === -1 || d === 0)) return []
  return equal(known(product(shape), 'the number of elements of input 0'), known(product(target), 'that of the new shape'))
}

const expand: Demand = (node) =>
  broadcast(
    places(node, 0),
    node.sizes(1).map((size, axis) => known(size, `axis ${axis} of the new shape`)),
  )

/** The axes that are taken away have size 1. */
const squeeze: Demand = (node) => {
  const x = places(node, 0)
  const axes = node.has(1) ? node.integers(1) : node.ints('axes')
  return axes.flatMap((axis) => equal(x.at(axis), known(1, 'an axis to squeeze')))
}

const split: Demand = (node) => {
  const pieces = node.has(1) ? node.sizes(1) : node.ints('split')
  const total = known(pieces.reduce<Dimension>(plus, 0), 'the sum of the pieces')
  return equal(places(node, 0).at(node.int('axis', 0)), total)
}

const scatterND: Demand = (node) => {
  const [data, indices, updates] = [places(node, 0), places(node, 1), places(node, 2)]
  const depth = indices.at(-1)?.size
  return typeof depth === 'number' ? aligned(updates, [...indices.slice(0, -1), ...data.slice(depth)]) : []
}

const batchNormalization: Demand = (node) => [1, 2, 3, 4].flatMap((i) => equal(places(node, 0)[1], places(node, i)[0]))

const instanceNormalization: Demand = (node) => [1, 2].flatMap((i) => equal(places(node, 0)[1], places(node, i)[0]))

/** The batch of the sequence, of its lengths and of the first states; the length of a step, in the sequence and the weights. */
const recurrent: Demand = (node) => {
  const [x, w, lengths, ...states] = [0, 1, 4, 5, 6].map((i) => places(node, i))
  return [...equal(x?.[1], lengths?.[0]), ...states.flatMap((state) => equal(x?.[1], state[1])), ...equal(x?.[2], w?.[2])]
}

const layerNormalization: Demand = (node) => [1, 2].flatMap((i) => broadcast(places(node, 0), places(node, i)))

const demands = (): Readonly<Record<string, Demand>> => ({
  ...Object.fromEntries([...broadcastingNames(), 'PRelu', 'Mod', 'Pow', 'Min', 'Max', 'Sum', 'Mean'].map((name) => [name, broadcastAll])),
  MatMul: matMul,
  Gemm: gemm,
  Concat: concat,
  Einsum: einsum,
  Conv: channels,
  ConvTranspose: channels,
  Reshape: reshape,
  Expand: expand,
  Squeeze: squeeze,
  Split: split,
  ScatterElements: (node) => aligned(places(node, 1), places(node, 2)),
  ScatterND: scatterND,
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  RNN: recurrent,
  GRU: recurrent,
  LSTM: recurrent,
})

let table: ReadonlyMap<string, Demand> | undefined

/** The sizes of a node's inputs that its operator wants equal; none where it is not known to want any. */
export function equalSizes(node: NodeReader): EqualSizes[] {
  table ??= new Map(Object.entries(demands()))
  return table.get(node.node.opType)?.(node) ?? []
}
