import { initialize, type Module, parametersOf, silu } from '@equivar/nn'
import {
  add,
  concat,
  constant,
  div,
  evaluate,
  input,
  matMul,
  mul,
  program,
  Random,
  reduceSum,
  reshape,
  sigmoid,
  slice,
  sqrt,
  sub,
  type Tensor,
  type TensorValue,
  tanh,
} from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  besselBasis,
  cosineCutoff,
  Egnn,
  EgnnLayer,
  type EgnnLayerOptions,
  edgesOf,
  Features,
  gaussianBasis,
  lengths,
  PaiNn,
  PaiNnMessage,
  PaiNnUpdate,
  SchNet,
  SchNetInteraction,
  shiftedSoftplus,
} from '../src/index.ts'

/** Layers against their formulas, written with dense matrices of the ends of the edges, and random parameters. */
const ends: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 0],
  [2, 0],
  [2, 1],
  [3, 2],
  [0, 3],
  [1, 2],
]
const [NODES, EDGES, CHANNELS, RADIUS] = [5, ends.length, 2, 3]
const random = new Random({ seed: 12, stream: 'formulas' })
const normal = (shape: readonly number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})
const inputs = {
  x: input('x', 'float32', [NODES, CHANNELS]),
  positions: input('positions', 'float32', [NODES, 3]),
  velocities: input('velocities', 'float32', [NODES, 3]),
  attributes: input('attributes', 'float32', [EDGES, 2]),
  edges: input('edges', 'int64', [2, EDGES]),
  vectors: input('vectors', 'float32', [NODES, 3, 3]),
  scalars: input('scalars', 'float32', [NODES, 1, 3]),
}
const { x, positions, velocities, attributes, edges: edgeIndex, vectors, scalars } = inputs
const feeds = {
  x: normal([NODES, CHANNELS]),
  positions: normal([NODES, 3]),
  velocities: normal([NODES, 3]),
  attributes: normal([EDGES, 2]),
  edges: { dtype: 'int64', shape: [2, EDGES], data: BigInt64Array.from([...ends.map(([j]) => j), ...ends.map(([, i]) => i)], BigInt) },
  vectors: normal([NODES, 3, 3]),
  scalars: normal([NODES, 1, 3]),
} satisfies Record<string, TensorValue>

/** Whether pairs of expressions have equal shapes and values, with random parameters. */
function expectEqual(module: Module, ...pairs: readonly (readonly [fast: Tensor, slow: Tensor])[]): void {
  const drawn = Object.fromEntries(Object.entries(initialize(module, 1)).map(([path, { shape }]) => [path, normal(shape)]))
  const outputs = Object.fromEntries(
    pairs.flatMap(
      ([fast, slow], i) =>
        [
          [`fast${i}`, fast],
          [`slow${i}`, slow],
        ] as const,
    ),
  )
  const results = evaluate(program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(module)) }, outputs }), { ...feeds, ...drawn })
  pairs.forEach((_, i) => {
    const [fast, slow] = [results[`fast${i}`], results[`slow${i}`]]
    expect(fast?.shape).toEqual(slow?.shape)
    expect(relativeError(fast?.data ?? [], slow?.data ?? [])).toBeLessThan(1e-11)
  })
}

const matrix = (rows: number, columns: number, at: (i: number, j: number) => number): Tensor =>
  constant(
    Float64Array.from({ length: rows * columns }, (_, k) => at(Math.floor(k / columns), k % columns)),
    [rows, columns],
    'float32',
  )
const fromSource = matrix(EDGES, NODES, (e, j) => Number(ends[e]?.[0] === j))
const fromTarget = matrix(EDGES, NODES, (e, i) => Number(ends[e]?.[1] === i))
const toTarget = matrix(NODES, EDGES, (i, e) => Number(ends[e]?.[1] === i))
const degrees = matrix(NODES, 1, (i) => Math.max(1, ends.filter(([, target]) => target === i).length))
const flatRows = (t: Tensor): Tensor => reshape(t, [NODES, 9])
const atSources = (t: Tensor): Tensor => reshape(matMul(fromSource, flatRows(t)), [EDGES, 3, 3])
const summed = (t: Tensor): Tensor => reshape(matMul(toTarget, reshape(t, [EDGES, 9])), [NODES, 3, 3])
const r = sub(matMul(fromSource, positions), matMul(fromTarget, positions))
const squares = reduceSum(mul(r, r), { axis: 1, keepDims: true })
const d = reshape(sqrt(squares), [EDGES])
const column = (t: Tensor): Tensor => reshape(t, [EDGES, 1])
const edges = edgesOf('test', positions, edgeIndex)
const thirds = (t: Tensor): [Tensor, Tensor, Tensor] =>
  [0, 1, 2].map((k) => slice(t, { axis: -1, start: 3 * k, end: 3 * k + 3 })) as [Tensor, Tensor, Tensor]

/** The layer by its formula, with x_i - x_j for target i and source j. */
function slowEgnn(layer: EgnnLayer, options: Partial<EgnnLayerOptions>, h: Tensor, at: Tensor): { x: Tensor; positions: Tensor } {
  const step = sub(matMul(fromTarget, at), matMul(fromSource, at))
  const square = reduceSum(mul(step, step), { axis: 1, keepDims: true })
  const extra = options.edgeChannels === undefined ? [] : [attributes]
  const plain = layer.edgeMlp.forward(concat([matMul(fromTarget, h), matMul(fromSource, h), square, ...extra], 1))
  const messages = layer.attention === undefined ? plain : mul(plain, sigmoid(layer.attention.forward(plain)))
  const update = layer.nodeMlp.forward(concat([h, matMul(toTarget, messages)], 1))
  const next = options.residual === false || options.outChannels !== undefined ? update : add(h, update)
  if (layer.stepHidden === undefined || layer.stepOut === undefined) return { x: next, positions: at }
  const length = options.normalize === 'unit' ? sqrt(square) : options.normalize === 'detached' ? add(sqrt(square), 1e-8) : constant(1)
  const size = layer.stepOut.forward(silu(layer.stepHidden.forward(messages)))
  const total = matMul(toTarget, mul(div(step, length), options.bounded ? tanh(size) : size))
  const moved = add(at, options.aggregation === 'sum' ? total : div(total, degrees))
  return { x: next, positions: layer.velocityMlp === undefined ? moved : add(moved, mul(layer.velocityMlp.forward(h), velocities)) }
}

describe('EgnnLayer', () => {
  const options: Partial<EgnnLayerOptions>[] = [
    {},
    { outChannels: 3 },
    { residual: false },
    { edgeChannels: 2, attention: true },
    { movesPoints: false },
    { velocities: true },
    { normalize: 'unit', bounded: true },
    { normalize: 'detached', aggregation: 'sum' },
  ]
  test.each(options.map((each) => [JSON.stringify(each), each] as const))('%s', (_, each) => {
    const layer = new EgnnLayer({ channels: CHANNELS, hiddenChannels: 4, ...each })
    const given = {
      x,
      positions,
      edgeIndex,
      ...(each.edgeChannels === undefined ? {} : { edgeAttributes: attributes }),
      ...(each.velocities ? { velocities } : {}),
    }
    const [fast, slow] = [layer.forward(given), slowEgnn(layer, each, x, positions)]
    expectEqual(layer, [fast.x, slow.x], [fast.positions, slow.positions])
  })
  test('Egnn: an embedding, layers one after the other, a readout', () => {
    for (const outChannels of [undefined, 3]) {
      const network = new Egnn({
        inChannels: CHANNELS,
        hiddenChannels: 4,
        layers: 2,
        velocities: true,
        ...(outChannels && { outChannels }),
      })
      const fast = network.forward({ x, positions, edgeIndex, velocities })
      const start = { x: network.embedding.forward(x), positions: positions as Tensor }
      const slow = network.layers.reduce((state, layer) => slowEgnn(layer, {}, state.x, state.positions), start)
      expectEqual(network, [fast.x, network.readout?.forward(slow.x) ?? slow.x], [fast.positions, slow.positions])
    }
  })
})

const slowSchnet = (layer: SchNetInteraction, h: Tensor): Tensor => {
  const filter = layer.filterOut.forward(shiftedSoftplus(layer.filterHidden.forward(gaussianBasis(d, { radius: RADIUS, count: 5 }))))
  const weights = mul(filter, column(cosineCutoff(d, RADIUS)))
  const sums = matMul(toTarget, mul(matMul(fromSource, layer.enter.forward(h)), weights))
  return layer.mix.forward(shiftedSoftplus(layer.leave.forward(sums)))
}

test('SchNet: filters of the distance, residual interactions, a readout', () => {
  const layer = new SchNetInteraction({ channels: CHANNELS, filters: 3, gaussians: 5, radius: RADIUS })
  expectEqual(layer, [layer.forward(x, positions, edgeIndex), slowSchnet(layer, x)])
  const network = new SchNet({ inChannels: CHANNELS, outChannels: 2, channels: 4, gaussians: 5, radius: RADIUS, layers: 2 })
  const h = network.interactions.reduce((state, each) => add(state, slowSchnet(each, state)), network.embedding.forward(x))
  const y = network.readout.forward(shiftedSoftplus(network.readoutHidden.forward(h)))
  expectEqual(network, [network.forward({ x, positions, edgeIndex }), y])
  expect(network.readoutHidden.weight.shape).toEqual([4, 2])
})

const shifted = (t: Tensor): Tensor => reshape(t, [EDGES, 3, 1])
function slowMessage(message: PaiNnMessage, q: Tensor, v: Tensor, radial: number): [Tensor, Tensor] {
  const basis = besselBasis(d, { radius: RADIUS, count: radial })
  const filter = mul(message.filter.forward(basis), column(cosineCutoff(d, RADIUS)))
  const context = message.context.forward(reshape(q, [NODES, 3]))
  const [a, b, c] = thirds(mul(matMul(fromSource, context), filter))
  const dv = add(mul(shifted(div(r, column(d))), reshape(b, [EDGES, 1, 3])), mul(atSources(v), reshape(c, [EDGES, 1, 3])))
  return [add(q, reshape(matMul(toTarget, a), [NODES, 1, 3])), add(v, summed(dv))]
}
function slowUpdate(update: PaiNnUpdate, q: Tensor, v: Tensor, epsilon = 1e-8): [Tensor, Tensor] {
  const mixed = update.mix.forward(v)
  const [u, w] = [slice(mixed, { axis: 2, end: 3 }), slice(mixed, { axis: 2, start: 3, end: 6 })]
  const along = (t: Tensor): Tensor => reduceSum(t, { axis: 1, keepDims: true })
  const [a, b, c] = thirds(update.context.forward(concat([q, sqrt(add(along(mul(u, u)), epsilon))], 2)))
  return [add(q, add(a, mul(c, along(mul(u, w))))), add(v, mul(b, w))]
}

test('PaiNN: messages, updates, and both one after the other', () => {
  const state = new Features('3x0e + 3x1o', [scalars, vectors])
  const pairs = (fast: Features, slow: readonly Tensor[]) => fast.blocks.map((block, i) => [block, slow[i] as Tensor] as const)
  const message = new PaiNnMessage({ channels: 3, radial: 4, radius: RADIUS })
  expectEqual(message, ...pairs(message.forward(state, edges), slowMessage(message, scalars, vectors, 4)))
  const update = new PaiNnUpdate({ channels: 3, epsilon: 0.1 })
  expectEqual(update, ...pairs(update.forward(state), slowUpdate(update, scalars, vectors, 0.1)))
  const network = new PaiNn({ inChannels: CHANNELS, outChannels: 2, channels: 3, radial: 4, radius: RADIUS, layers: 2 })
  let [q, v]: [Tensor, Tensor] = [reshape(network.embedding.forward(x), [NODES, 1, 3]), mul(vectors, 0)]
  network.messages.forEach((each, i) => {
    ;[q, v] = slowUpdate(network.updates[i] as PaiNnUpdate, ...slowMessage(each, q, v, 4))
  })
  const fast = network.forward({ x, positions, edgeIndex })
  expectEqual(network, [fast.y, network.readout.forward(reshape(q, [NODES, 3]))], [fast.vectors, v])
  expect(network.readout.layers.map(({ weight }) => weight.shape)).toEqual([
    [3, 1],
    [1, 2],
  ])
})

test('shifts of periodic edges are added to the positions of the sources', () => {
  const shifts = matrix(EDGES, 3, (e, c) => e + 10 * c)
  expectEqual(
    new SchNetInteraction({ channels: 1, radius: 1 }),
    [edgesOf('test', positions, edgeIndex, shifts).vectors, add(r, shifts)],
    [lengths(edges.vectors), d],
  )
})
