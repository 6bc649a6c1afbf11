import { initialize, type Module, parametersOf } from '@equivar/nn'
import { add, constant, evaluate, input, matMul, mul, program, Random, reshape, type Tensor, type TensorValue } from '@equivar/tensor'
import { relativeError } from '@equivar/verify'
import { expect, test } from 'vitest'
import {
  besselBasis,
  edgesOf,
  type Features,
  features,
  GatedPointNetwork,
  InteractionBlock,
  lengths,
  PointConvolution,
  polynomialCutoff,
  radialBasis,
  scalars,
  sphericalHarmonics,
  TensorFieldNetwork,
} from '../src/index.ts'

/** Convolutions on points as the sum of their parts, with dense matrices of the ends of the edges, and random parameters. */
const ends: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 0],
  [2, 0],
  [3, 2],
  [0, 3],
  [2, 1],
]
const [NODES, EDGES, NEIGHBOURS] = [4, ends.length, 9]
const random = new Random({ seed: 15, stream: 'convolutions' })
const normal = (shape: readonly number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})
const inputs = {
  h: input('h', 'float32', [NODES, 5]),
  z: input('z', 'float32', [NODES, 2]),
  positions: input('positions', 'float32', [NODES, 3]),
  edges: input('edges', 'int64', [2, EDGES]),
}
const feeds = {
  h: normal([NODES, 5]),
  z: normal([NODES, 2]),
  positions: normal([NODES, 3]),
  edges: { dtype: 'int64', shape: [2, EDGES], data: BigInt64Array.from([...ends.map(([j]) => j), ...ends.map(([, i]) => i)], BigInt) },
} satisfies Record<string, TensorValue>

function expectEqual(module: Module, fast: Features, slow: Features): void {
  const drawn = Object.fromEntries(Object.entries(initialize(module, 1)).map(([path, { shape }]) => [path, normal(shape)]))
  const made = program({
    inputs: { ...inputs, ...Object.fromEntries(parametersOf(module)) },
    outputs: { fast: fast.flat(), slow: slow.flat() },
  })
  const results = evaluate(made, { ...feeds, ...drawn })
  expect(fast.irreps.toString()).toBe(slow.irreps.toString())
  expect(relativeError(results.fast?.data ?? [], results.slow?.data ?? [])).toBeLessThan(1e-11)
}

const matrix = (rows: number, columns: number, at: (i: number, j: number) => number): Tensor =>
  constant(
    Float64Array.from({ length: rows * columns }, (_, k) => at(Math.floor(k / columns), k % columns)),
    [rows, columns],
    'float32',
  )
const fromSource = matrix(EDGES, NODES, (e, j) => Number(ends[e]?.[0] === j))
const toTarget = matrix(NODES, EDGES, (i, e) => Number(ends[e]?.[1] === i))
/** A matrix times the rows of all blocks. */
const times = (by: Tensor, x: Features): Features =>
  x.map((block) => {
    const [rows = 0, ...rest] = block.shape as number[]
    return reshape(matMul(by, reshape(block, [rows, rest.reduce((a, b) => a * b, 1)])), [by.shape[0] as number, ...rest])
  })

const edges = edgesOf('test', inputs.positions, inputs.edges)
const d = lengths(edges.vectors)
const harmonics = sphericalHarmonics(edges.vectors, { degree: 1 })
const radial = radialBasis(d, { basis: 'gaussian', end: 4, count: 3 })
const options = {
  input: '2x0e + 1x1o',
  output: '2x0e + 1x0o + 2x1o',
  harmonics: '0e + 1o',
  kinds: '2x0e',
  radial: 3,
  neighbours: NEIGHBOURS,
}
const x = features(inputs.h, options.input)
const kinds = scalars(inputs.z)

/** The sums over neighbours of products with harmonics, over the root of the number of neighbours. */
const summed = (
  { product, radial: network }: PointConvolution | InteractionBlock,
  entered: Features,
  basis = radial,
  y = harmonics,
): Features => times(mul(toTarget, 1 / Math.sqrt(NEIGHBOURS)), product.forward(times(fromSource, entered), y, network.forward(basis)))

function slowConvolution(layer: PointConvolution, from: Features, isReached: (k: number) => boolean): Features {
  const [own, sums] = [layer.self.forward(from, kinds), summed(layer, layer.enter.forward(from, kinds))]
  const given = layer.leave.forward(sums, kinds)
  const strength = layer.strength?.forward(sums, kinds).blocks[0]
  const [s, c] = [Math.sin(Math.PI / 8), Math.cos(Math.PI / 8)]
  return given.map((block, k) => {
    if (!isReached(k)) return block
    const mine = own.blocks[k] as Tensor
    return strength === undefined ? add(mul(mine, s), mul(block, c)) : add(mine, mul(block, strength))
  })
}

test.each(['fixed', 'learned'] as const)('PointConvolution with %s mixing of what a node has and what it is sent', (mixing) => {
  const layer = new PointConvolution({ ...options, mixing })
  // The input has no pseudoscalars: the second summand of the output is what is sent.
  expectEqual(
    layer,
    layer.forward(x, kinds, edges, { harmonics, radial }),
    slowConvolution(layer, x, (k) => k !== 1),
  )
})

test('GatedPointNetwork: convolutions with gates, and one without', () => {
  const network = new GatedPointNetwork({ ...options, hidden: '2x0e + 1x1o', output: '1x0e + 1x1o', layers: 2 })
  const state = network.convolutions.reduce(
    (h, layer, i) => network.gates[i]?.forward(slowConvolution(layer, h, () => true)) as Features,
    x,
  )
  expectEqual(
    network,
    network.forward(x, kinds, edges, { harmonics, radial }),
    slowConvolution(network.last, state, () => true),
  )
})

const slowInteraction = (block: InteractionBlock, from: Features, basis = radial, y = harmonics): Features =>
  block.gate.forward(block.leave.forward(summed(block, block.enter.forward(from), basis, y)).add(block.self.forward(from, kinds)))

test('InteractionBlock: what is sent and what a node has, through a gate', () => {
  const block = new InteractionBlock(options)
  expectEqual(block, block.forward(x, kinds, edges, { harmonics, radial }), slowInteraction(block, x))
})

test('TensorFieldNetwork: an embedding, interactions with a cut-off Bessel basis, and two linear maps', () => {
  const radius = 3
  const network = new TensorFieldNetwork({
    inChannels: 2,
    hidden: '3x0e + 2x1o',
    output: '1x0e + 1x1o',
    layers: 2,
    radial: 3,
    radius,
    neighbours: NEIGHBOURS,
  })
  const basis = mul(mul(besselBasis(d, { radius, count: 3 }), Math.sqrt(2 / radius)), reshape(polynomialCutoff(d, radius), [EDGES, 1]))
  const state = network.interactions.reduce((h, block) => slowInteraction(block, h, basis), network.embedding.forward(kinds))
  const fast = network.forward({ x: inputs.z, positions: inputs.positions, edgeIndex: inputs.edges })
  expectEqual(network, fast, network.readout.forward(network.readoutHidden.forward(state)))
})
