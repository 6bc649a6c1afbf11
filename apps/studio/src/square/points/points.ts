import { Permutation, planeRotation } from '@equivar/groups'
import { Egnn } from '@equivar/layers-points'
import { Mlp } from '@equivar/nn'
import { concat, constant, input, ones, reshape, slice, sub, zeros } from '@equivar/tensor'
import type { Kind } from '../kind.ts'
import { compile } from '../network.ts'
import { readNumber } from '../number-in-address.ts'
import { moveRows, readOrder, writeOrder } from '../order.ts'

/** A turn of the plane about its origin by degrees counterclockwise, and another order of the points. */
export interface TurnAndOrder {
  readonly angle: number
  readonly order: Permutation
}

/** How many points there are. */
export const COUNT = 5

/** Coordinates in turn; y points up. */
const start: Float64Array = Float64Array.of(-0.7, 0.42, 0.15, 0.85, 0.7, 0.15, -0.1, -0.2, -0.4, -0.8)

const turned = (values: Float64Array, degrees: number): Float64Array => {
  const [a, b, c, d] = planeRotation(1, (degrees * Math.PI) / 180) as unknown as [number, number, number, number]
  return values.map((value, i) => (i % 2 === 0 ? a * value + b * values[i + 1]! : c * values[i - 1]! + d * value))
}

const move = ({ angle, order }: TurnAndOrder, values: Float64Array): Float64Array => moveRows(order, turned(values, angle), 2)

/** Every ordered pair of different points. */
function pairs(): bigint[][] {
  const all = Array.from({ length: COUNT ** 2 }, (_, i) => [Math.floor(i / COUNT), i % COUNT] as const).filter(([a, b]) => a !== b)
  return [all.map(([a]) => BigInt(a)), all.map(([, b]) => BigInt(b))]
}

const feeds = (x: Float64Array) => ({ points: { dtype: 'float32', shape: [COUNT, 2], data: x } as const })

const symmetric = compile(
  () => {
    const points = input('points', 'float32', [COUNT, 2])
    const network = new Egnn({ inChannels: 1, hiddenChannels: 8, layers: 2 })
    const edgeIndex = constant(BigInt64Array.from(pairs().flat()), [2, COUNT * (COUNT - 1)])
    // The plane in space: what moves the points lies in the plane, too.
    const positions = concat([points, zeros([COUNT, 1])], 1)
    const moved = network.forward({ x: ones([COUNT, 1]), positions, edgeIndex }).positions
    return { module: network, inputs: { points }, output: slice(sub(moved, positions), { axis: 1, end: 2 }) }
  },
  feeds,
  start,
)

const plain = compile(
  () => {
    const points = input('points', 'float32', [COUNT, 2])
    const module = new Mlp({ channels: [2 * COUNT, 32, 2 * COUNT], activation: 'tanh' })
    return { module, inputs: { points }, output: module.forward(reshape(points, [1, 2 * COUNT])) }
  },
  feeds,
  start,
)

/** Points in the plane, that turn and change their order, and an arrow at each of them. */
export const points: Omit<Kind<Float64Array, TurnAndOrder>, 'Picture' | 'Controls'> = {
  name: 'points',
  words: {
    hint: 'Drag the points of x, and the handle around g·x. The network puts an arrow at each point.',
    symmetric: 'graph network (EGNN)',
    plain: 'multilayer perceptron (MLP)',
    output: 'an arrow at each point',
    legend: 'thick: g·f(x), thin: f(g·x)',
  },
  start,
  identity: { angle: 0, order: Permutation.identity(COUNT) },
  first: { angle: 60, order: Permutation.identity(COUNT) },
  symmetric,
  plain,
  move,
  moveOutput: move,
  between: (from, to, share) => ({ angle: from.angle + share * (to.angle - from.angle), order: to.order }),
  read: (state) => ({
    angle: readNumber(state, 'angle', 60, { least: 0, most: 360 }),
    order: readOrder(state, Permutation.identity(COUNT)),
  }),
  write: ({ angle, order }) => ({
    angle: String(((Math.round(angle) % 360) + 360) % 360),
    order: order.isIdentity() ? '' : writeOrder(order),
  }),
}
