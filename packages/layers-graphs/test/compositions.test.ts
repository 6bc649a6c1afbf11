import { initialize, type Linear, type Module, parametersOf } from '@equivar/nn'
import {
  add,
  concat,
  constant,
  div,
  elu,
  evaluate,
  type Input,
  input,
  matMul,
  moveAxis,
  mul,
  neg,
  program,
  Random,
  relu,
  reshape,
  sqrt,
  sub,
  type Tensor,
  type TensorValue,
  targetsOf,
  toNumbers,
  transpose,
} from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { expect, test } from 'vitest'
import {
  AttentionReadout,
  aggregate,
  diagonalOffDiagonal,
  EdgeNetworkLayer,
  Gat,
  GatLayer,
  Gcn,
  GcnLayer,
  Gin,
  GinLayer,
  GraphNorm,
  HypergraphLayer,
  InvariantGraphNetwork,
  type PpgnBlock,
  ProvablyPowerfulGraphNetwork,
  Readout,
  SignNet,
  segmentAttention,
} from '../src/index.ts'

/** Two graphs: one with one-way edges, a loop, a double edge and a node without edges, and one with a single edge. */
const edges: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 0],
  [1, 2],
  [2, 0],
  [2, 2],
  [0, 1],
  [4, 5],
]
const batch = [0, 0, 0, 0, 1, 1]
const [NODES, EDGES, GRAPHS, IN] = [batch.length, edges.length, 2, 3]
const random = new Random({ seed: 17, stream: 'compositions' })
const normal = (shape: readonly number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})
const whole = (shape: number[], data: readonly number[]): TensorValue => ({ dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) })
const inputs = {
  x: input('x', 'float32', [NODES, IN]),
  edge_index: input('edge_index', 'int64', [2, EDGES]),
  batch: input('batch', 'int64', [NODES]),
  attributes: input('attributes', 'float32', [EDGES, 2]),
  pairs: input('pairs', 'float32', [2, 4, 4, IN]),
  mask: input('mask', 'bool', [2, 4]),
}
const { x, edge_index: edgeIndex, batch: graphOf, attributes, pairs, mask } = inputs
const feeds = {
  x: normal([NODES, IN]),
  edge_index: whole([2, EDGES], [...edges.map(([u]) => u), ...edges.map(([, v]) => v)]),
  batch: whole([NODES], batch),
  attributes: normal([EDGES, 2]),
  pairs: normal([2, 4, 4, IN]),
  mask: { dtype: 'bool', shape: [2, 4], data: Uint8Array.of(1, 1, 1, 1, 1, 0, 1, 0) },
} satisfies Record<string, TensorValue>

/** Every parameter random, those that start as 0 or 1 too; variances positive. */
const drawn = (module: Module): Record<string, TensorValue> =>
  Object.fromEntries(
    Object.entries(initialize(module, 1)).map(([path, { shape }]) => {
      const { data } = normal(shape)
      return [path, { dtype: 'float32', shape, data: /variance/i.test(path) ? (data as Float64Array).map((v) => 0.5 + v * v) : data }]
    }),
  )

/** Whether two expressions have equal shapes and values, with random parameters. */
function expectEqual(module: Module, fast: Tensor, slow: Tensor, others: Record<string, TensorValue> = {}): void {
  const all: Record<string, Input> = { ...inputs, ...Object.fromEntries(parametersOf(module)) }
  const { fast: a, slow: b } = evaluate(program({ inputs: all, outputs: { fast, slow } }), { ...feeds, ...drawn(module), ...others })
  expect(a?.shape).toEqual(b?.shape)
  expect(relativeError(a?.data ?? [], b?.data ?? [])).toBeLessThan(1e-12)
}

const matrix = (rows: number, columns: number, at: (i: number, j: number) => number): Tensor =>
  constant(
    Float64Array.from({ length: rows * columns }, (_, k) => at(Math.floor(k / columns), k % columns)),
    [rows, columns],
    'float32',
  )
/** The number of edges u -> v. */
const count = (v: number, u: number): number => edges.filter(([a, b]) => a === u && b === v).length
const adjacency = matrix(NODES, NODES, count)
/** Row g marks the nodes of graph g. */
const members = matrix(GRAPHS, NODES, (g, v) => Number(batch[v] === g))
const sizes = matrix(GRAPHS, 1, (g) => batch.filter((b) => b === g).length)
const swapped = (t: Tensor): Tensor => transpose(t, [1, 0])
const sumOf = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b))
type Forward = { forward(h: Tensor): Tensor }
const biased = (y: Tensor, bias: Tensor | undefined): Tensor => (bias === undefined ? y : add(y, bias))
const chain =
  (...layers: readonly { forward(h: Tensor, edges: Tensor): Tensor }[]) =>
  (between: (h: Tensor) => Tensor): Tensor =>
    layers.reduce((h, layer, i) => layer.forward(i === 0 ? h : between(h), edgeIndex), x as Tensor)

test.each([
  [true, true, true],
  [true, true, false],
  [true, false, true],
  [false, true, true],
  [false, false, false],
])('GcnLayer with self loops %s, normalization %s, bias %s', (selfLoops, normalize, bias) => {
  const entry = (v: number, u: number): number => count(v, u) + Number(selfLoops && v === u && count(v, v) === 0)
  const degree = (v: number): number => batch.reduce((total, _, u) => total + entry(v, u), 0)
  const root = (v: number): number => (normalize ? (degree(v) === 0 ? 0 : degree(v) ** -0.5) : 1)
  const a = matrix(NODES, NODES, (v, u) => root(v) * entry(v, u) * root(u))
  for (const outChannels of [2, 3, 4]) {
    const layer = new GcnLayer({ inChannels: IN, outChannels, selfLoops, normalize, bias })
    expectEqual(layer, layer.forward(x, edgeIndex), biased(matMul(a, matMul(x, layer.linear.weight)), layer.bias))
  }
})

test('Gcn and Gat have relu and elu between their layers only', () => {
  const gcn = new Gcn({ inChannels: IN, outputs: 2, hidden: 5, layers: 3 })
  expectEqual(gcn, gcn.forward(x, edgeIndex), chain(...gcn.layers)(relu))
  const gat = new Gat({ inChannels: IN, outputs: 2, hidden: 2, heads: 3, outputHeads: 2 })
  expectEqual(gat, gat.forward(x, edgeIndex), chain(...gat.layers)(elu))
})

test('GatLayer: `mean` averages what `concat` concatenates, and the bias is added last', () => {
  const [heads, outChannels] = [3, 2]
  const mean = new GatLayer({ inChannels: IN, outChannels, heads, combine: 'mean' })
  const { linear, source, target } = mean
  const concatenated = Object.assign(new GatLayer({ inChannels: IN, outChannels, heads, bias: false }), { linear, source, target })
  const each = reshape(concatenated.forward(x, edgeIndex), [NODES, heads, outChannels])
  const averaged = matMul(
    matrix(1, heads, () => 1 / heads),
    each,
  )
  expectEqual(mean, mean.forward(x, edgeIndex), add(reshape(averaged, [NODES, outChannels]), mean.bias as Tensor))
})

test('GatLayer: scores of any size, also of a node that only sees itself', () => {
  const layer = new GatLayer({ inChannels: IN, outChannels: 2 })
  const y = layer.forward(mul(x, 1e5), edgeIndex)
  // Nodes 3 and 4 have no incoming edge.
  const lonely = matrix(2, NODES, (i, v) => Number(v === 3 + i))
  const own = add(matMul(matMul(lonely, mul(x, 1e5)), layer.linear.weight), layer.bias as Tensor)
  for (const sign of [1, -1]) {
    expectEqual(layer, matMul(lonely, y), own, { x: { ...feeds.x, data: toNumbers(feeds.x.data).map((v) => sign * v) } })
  }
})

test.each([true, false])('GinLayer: the MLP of (1 + epsilon) x + A x, with learned epsilon %s', (learnEpsilon) => {
  const layer = new GinLayer({ inChannels: IN, outChannels: 4, hidden: 5, learnEpsilon })
  const own = learnEpsilon ? add(x, mul(x, layer.epsilon as Tensor)) : x
  expectEqual(layer, layer.forward(x, edgeIndex), layer.mlp.forward(add(own, matMul(adjacency, x))))
})

test('Gin: the sum of the heads of the sums over nodes, of the input and of each layer', () => {
  const gin = new Gin({ inChannels: IN, outputs: 2, hidden: 4, layers: 2, learnEpsilon: true })
  const [first, second] = gin.layers as [GinLayer, GinLayer]
  const h = relu((gin.norms[0] as Forward).forward(first.forward(x, edgeIndex)))
  const k = relu((gin.norms[1] as Forward).forward(second.forward(h, edgeIndex)))
  const logits = [x, h, k].map((features, i) => (gin.heads[i] as Forward).forward(matMul(members, features)))
  expectEqual(gin, gin.forward(x, edgeIndex, graphOf, GRAPHS), sumOf(logits))
})

test('GraphNorm: with z = x - meanScale mean(x), scale z / sqrt(mean(z^2) + epsilon) + offset', () => {
  for (const epsilon of [undefined, 0.3]) {
    const norm = new GraphNorm(epsilon === undefined ? { channels: IN } : { channels: IN, epsilon })
    const mean = (h: Tensor): Tensor => matMul(swapped(members), div(matMul(members, h), sizes))
    const z = sub(x, mul(mean(x), norm.meanScale))
    const slow = add(div(mul(norm.scale, z), sqrt(add(mean(mul(z, z)), epsilon ?? 1e-5))), norm.offset)
    expectEqual(norm, norm.forward(x, graphOf, GRAPHS), slow)
  }
})

test('HypergraphLayer without weights: the mean over the hyperedges of a node of the means over their nodes', () => {
  // Sources are nodes, targets hyperedges.
  const has = (v: number, e: number): number => count(e, v)
  const degree = (v: number): number => batch.reduce((total, _, e) => total + has(v, e), 0)
  const size = (e: number): number => batch.reduce((total, _, v) => total + has(v, e), 0)
  const to = matrix(NODES, NODES, (e, v) => has(v, e) / Math.max(1, size(e)))
  const back = matrix(NODES, NODES, (v, e) => has(v, e) / Math.max(1, degree(v)))
  for (const outChannels of [2, 3, 4]) {
    const layer = new HypergraphLayer({ inChannels: IN, outChannels })
    const slow = add(matMul(back, matMul(to, matMul(x, layer.linear.weight))), layer.bias as Tensor)
    expectEqual(layer, layer.forward(x, edgeIndex, NODES), slow)
  }
})

test.each(['sum', 'mean', 'max'] as const)(
  'EdgeNetworkLayer with aggregation %s multiplies each source by the matrix of its edge',
  (aggregation) => {
    const layer = new EdgeNetworkLayer({ inChannels: IN, outChannels: 2, edgeChannels: 2, hidden: [4, 5], aggregation })
    const matrices = reshape(layer.network.forward((layer.features as Forward).forward(attributes)), [EDGES, IN, 2])
    const sent = matMul(
      matrix(EDGES, NODES, (e, u) => Number(edges[e]?.[0] === u)),
      x,
    )
    const messages = reshape(matMul(reshape(sent, [EDGES, 1, IN]), matrices), [EDGES, 2])
    const aggregated = aggregate(messages, targetsOf(edgeIndex), NODES, aggregation)
    const slow = sumOf([aggregated, matMul(x, (layer.root as Linear).weight), layer.bias])
    expectEqual(layer, layer.forward(x, edgeIndex, attributes), slow)
  },
)

test('several aggregations are concatenated in their order', () => {
  const all = ['median', 'sum', 'softmax', 'var', 'max', 'std', 'min', 'mean'] as const
  const parts = all.map((how) => aggregate(x, graphOf, GRAPHS, how))
  expectEqual(new Readout({ aggregation: all }), new Readout({ aggregation: all }).forward(x, graphOf, GRAPHS), concat(parts, 1))
})

test('AttentionReadout reads the gate of x and the value of x', () => {
  const readout = new AttentionReadout({ inChannels: IN, hidden: [4], outChannels: 2 })
  const slow = segmentAttention((readout.value as Linear).forward(x), readout.gate.forward(x), graphOf, GRAPHS)
  expectEqual(readout, readout.forward(x, graphOf, GRAPHS), slow)
})

test('SignNet: rho of the features phi(v) + phi(-v) of all eigenvectors', () => {
  const net = new SignNet({ vectors: IN, hidden: 4, outChannels: 2, layers: 2 })
  const phi = (v: Tensor): Tensor => net.phi.reduce((h, layer) => layer.forward(h, edgeIndex), v)
  const columns = Array.from({ length: IN }, (_, j) =>
    matMul(
      x,
      matrix(IN, 1, (i) => Number(i === j)),
    ),
  )
  const features = concat(
    columns.map((v) => add(phi(v), phi(neg(v)))),
    1,
  )
  expectEqual(net, net.forward(x, edgeIndex), net.rho.forward(features))
})

test.each([undefined, mask])('networks of pairs, with mask %s', (existing) => {
  const small = { inChannels: IN, channels: [3, 4], outputs: 2, head: [5] }
  const ign = new InvariantGraphNetwork(small)
  const features = ign.layers.reduce((h, layer) => relu(layer.forward(h, existing)), pairs as Tensor)
  expectEqual(ign, ign.forward(pairs, existing), ign.head.forward(diagonalOffDiagonal(features, 'max', { mask: existing })))
  const linear = new InvariantGraphNetwork({ ...small, readout: 'linear' })
  const last = linear.layers.reduce((h, layer) => relu(layer.forward(h, existing)), pairs as Tensor)
  expectEqual(
    linear,
    linear.forward(pairs, existing),
    linear.head.forward((linear.readout as NonNullable<typeof linear.readout>).forward(last, existing)),
  )
  for (const pool of ['max', 'sum', 'mean'] as const) {
    const ppgn = new ProvablyPowerfulGraphNetwork({ ...small, pool, depth: 1, degree: 3 })
    const [first, second] = ppgn.blocks as [PpgnBlock, PpgnBlock]
    const h = first.forward(moveAxis(pairs, 3, 1), existing)
    const read = (y: Tensor): Tensor => diagonalOffDiagonal(moveAxis(y, 1, 3), pool, { mask: existing })
    const logits = [h, second.forward(h, existing)].map((y, i) => (ppgn.heads[i] as Linear).forward(read(y)))
    expectEqual(ppgn, ppgn.forward(pairs, existing), sumOf(logits))
  }
})
