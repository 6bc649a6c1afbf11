import { Module } from '@equivar/nn'
import { concat, expand, input, mul, type Random, reduceSum, reshape, slice, type Tensor, unsqueeze } from '@equivar/tensor'
import type { GroupElement, LayerDescription, Values } from '@equivar/verify'
import {
  DepthwiseTensorProduct,
  type EdgeFeatures,
  type Edges,
  Egnn,
  EgnnLayer,
  ElementwiseTensorProduct,
  edgesOf,
  energyAndForces,
  Features,
  FullyConnectedTensorProduct,
  features,
  Gate,
  GatedPointNetwork,
  InteractionBlock,
  type Irreps,
  IrrepsBatchNorm,
  IrrepsLayerNorm,
  IrrepsLinear,
  irreps,
  lengths,
  Mace,
  NormActivation,
  PaiNn,
  PointConvolution,
  ProductBlock,
  radialBasis,
  SchNet,
  SymmetricContraction,
  type SymmetricContractionOptions,
  scalars,
  sphericalHarmonics,
  TensorFieldNetwork,
  TensorProduct,
  VectorBatchNorm,
  VectorInvariants,
  VectorLinearRelu,
  VectorMaxPooling,
  VectorRelu,
} from '../src/index.ts'
import { moved, randomOrthogonal, relabelled, type Turning, VECTORS } from './space.ts'

/** So many nodes, of which the first are at one place, and edges. */
export interface Sizes {
  readonly nodes: number
  readonly edges: number
}

const normals = (shape: readonly number[], random: Random) => ({
  dtype: 'float32' as const,
  shape,
  data: Float64Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => random.normal()),
})

/** Rotations and reflections, each with a translation and a permutation of the nodes. */
function rigidMotions(turnings: Readonly<Record<string, Turning>>, rows: readonly string[], properOnly: boolean) {
  return {
    name: 'rotations, reflections, translations and permutations',
    elements: (inputs: Values, random: Random): GroupElement[] =>
      [true, properOnly, true, properOnly].map((proper, i) => {
        const q = randomOrthogonal(random, proper)
        const shift = [random.normal(), random.normal(), random.normal()]
        const nodes = (Object.entries(inputs).find(([name]) => rows.includes(name))?.[1].shape[0] ?? 0) as number
        const order = Array.from({ length: nodes }, (_, k) => k)
        for (let k = nodes - 1; k > 0; k--) {
          const j = random.integer(k + 1)
          ;[order[k], order[j]] = [order[j] as number, order[k] as number]
        }
        const act = (values: Values): Values => relabelled(moved(values, turnings, q, shift), rows, ['edges'], order)
        return { name: `motion ${i}, ${proper ? 'proper' : 'with a reflection'}`, input: act, output: act }
      }),
  }
}

/** A layer of one or two features of points. */
function pointwise(
  name: string,
  inputs: Readonly<Record<string, string>>,
  layer: { readonly output: Irreps; forward(...x: Features[]): Features },
  options: Partial<LayerDescription<Sizes>> & { readonly properOnly?: boolean } = {},
): LayerDescription<Sizes> {
  const kinds = Object.fromEntries(Object.entries(inputs).map(([key, text]) => [key, irreps(text)]))
  const turnings: Record<string, Turning> = { ...kinds, y: layer.output }
  return {
    name,
    expression: () => {
      const leaves = Object.fromEntries(Object.entries(kinds).map(([key, kind]) => [key, input(key, 'float32', ['nodes', kind.dimension])]))
      const given = Object.entries(kinds).map(([key, kind]) => features(leaves[key] as Tensor, kind))
      return { inputs: leaves, outputs: { y: layer.forward(...given).flat() } }
    },
    feeds: ({ nodes }, random) =>
      Object.fromEntries(Object.entries(kinds).map(([key, kind]) => [key, normals([nodes, kind.dimension], random)])),
    sizes: [1, 5].map((nodes) => ({ nodes, edges: 0 })),
    sizesOf: {
      secondDerivative: [{ nodes: 3, edges: 0 }],
      edges: [{ nodes: 0, edges: 0 }],
      parity: [0, 1, 7].map((nodes) => ({ nodes, edges: 0 })),
    },
    symmetry: () => rigidMotions(turnings, [...Object.keys(kinds), 'y'], options.properOnly ?? false),
    ...options,
  }
}

/** A module from a function of its features. */
class Applied extends Module {
  readonly parts: Module
  readonly output: Irreps
  readonly #run: (...x: Features[]) => Features

  constructor(parts: Module, output: Irreps, run: (...x: Features[]) => Features) {
    super()
    this.parts = parts
    this.output = output
    this.#run = run
  }

  forward(...x: Features[]): Features {
    return this.#run(...x)
  }
}

/** Layers that keep the irreps. */
const keeping = (name: string, kinds: string, layer: Module & { forward(x: Features): Features }): LayerDescription<Sizes> =>
  pointwise(name, { x: kinds }, new Applied(layer, irreps(kinds), (x) => layer.forward(x as Features)))

const MIXED = '3x0e + 2x0o + 2x1o + 1x1e + 1x2e + 2x2o'

function productLayer(name: string, product: TensorProduct, first: string, second: string): LayerDescription<Sizes> {
  return pointwise(
    name,
    { x: first, z: second },
    { output: product.output, forward: (x, z) => product.forward(x as Features, z as Features) },
  )
}

/** A contraction, by kinds that are given as numbers. */
function contraction(name: string, options: SymmetricContractionOptions): LayerDescription<Sizes> {
  const layer = new SymmetricContraction({ ...options, kinds: 2 })
  return pointwise(
    name,
    { x: layer.input.toString(), kinds: '2x0e' },
    new Applied(layer, layer.output, (x, kinds) => layer.forward(x as Features, kinds?.flat())),
  )
}

/** A layer of vectors. */
function vectors(
  name: string,
  layer: Module & { forward(x: Tensor): Tensor },
  [from, to]: readonly [number, number],
): LayerDescription<Sizes> {
  const output = irreps(`${to}x1o`)
  const run = (x: Features | undefined): Features => new Features(output, [layer.forward(x?.blocks[0] as Tensor)])
  return pointwise(name, { x: `${from}x1o` }, new Applied(layer, output, run))
}

const vectorInvariants = new VectorInvariants({ channels: 3, references: 2 })

/** All layers of features of single points. */
export const layers: readonly LayerDescription<Sizes>[] = [
  pointwise(
    'IrrepsLinear',
    { x: MIXED },
    new IrrepsLinear({ input: MIXED, output: '2x0e + 1x0o + 3x1o + 1x3e + 2x1e + 2x2o', bias: true }),
    { affine: true },
  ),
  productLayer(
    'FullyConnectedTensorProduct',
    new FullyConnectedTensorProduct({ first: MIXED, second: '2x0e + 1x1o + 2x2e', output: '2x0e + 2x0o + 1x1o + 2x1e + 1x2e + 1x3o' }),
    MIXED,
    '2x0e + 1x1o + 2x2e',
  ),
  productLayer(
    'DepthwiseTensorProduct',
    new DepthwiseTensorProduct({ first: MIXED, second: '0e + 2x1o + 2e', keep: '0e + 1o + 2e + 2o' }),
    MIXED,
    '0e + 2x1o + 2e',
  ),
  productLayer(
    'ElementwiseTensorProduct',
    new ElementwiseTensorProduct({ first: '2x0e + 3x1o + 1x2e', second: '4x1o + 2x2e' }),
    '2x0e + 3x1o + 1x2e',
    '4x1o + 2x2e',
  ),
  productLayer(
    'TensorProduct of chosen paths, of which one has no weights',
    new TensorProduct({
      first: '2x1o + 2x2e',
      second: '2x1o',
      output: '2x1e + 2x1o + 3x0e',
      paths: [
        { first: 0, second: 0, output: 0, mode: 'uuu', weighted: false },
        { first: 1, second: 0, output: 1, mode: 'uvu', weighted: true, weight: 2 },
        { first: 0, second: 0, output: 2, mode: 'uvw', weighted: true },
        { first: 0, second: 0, output: 0, mode: 'uuu', weighted: true },
      ],
    }),
    '2x1o + 2x2e',
    '2x1o',
  ),
  ...[1, 2, 3, 4].map((correlation) =>
    contraction(`SymmetricContraction of degree ${correlation}`, {
      input: correlation > 3 ? '2x0e + 2x1o' : '2x0e + 2x1o + 2x2e',
      output: '2x0e + 2x1o + 2x2e',
      correlation,
    }),
  ),
  contraction('SymmetricContraction of pseudovectors', { input: '1x0o + 1x1e + 1x1o', output: '1x1e + 1x0o + 1x3o' }),
  ...[
    new Gate({ scalars: '2x0e + 2x0o', gated: '2x1o + 1x2e' }),
    new Gate({ scalars: '1x0o', scalarActivations: ['abs'], gates: '2x0e + 1x0o', gated: '3x1o' }),
    new Gate({ scalars: '3x0e', gated: '' }),
  ].map((gate) => pointwise(`Gate to ${gate.output}`, { x: gate.input.toString() }, gate)),
  keeping('NormActivation', MIXED, new NormActivation({ irreps: MIXED, bias: true })),
  keeping('NormActivation without normalization', MIXED, new NormActivation({ irreps: MIXED, normalize: false, activation: 'tanh' })),
  keeping('IrrepsBatchNorm', MIXED, new IrrepsBatchNorm({ irreps: MIXED })),
  keeping('IrrepsLayerNorm', MIXED, new IrrepsLayerNorm({ irreps: MIXED })),
  keeping('IrrepsLayerNorm by norms', MIXED, new IrrepsLayerNorm({ irreps: MIXED, normalization: 'norm', affine: false })),
  vectors('VectorRelu', new VectorRelu({ channels: 3, slope: 0.2 }), [3, 3]),
  vectors('VectorRelu with one direction', new VectorRelu({ channels: 3, sharesDirection: true }), [3, 3]),
  vectors('VectorBatchNorm', new VectorBatchNorm({ channels: 3 }), [3, 3]),
  pointwise(
    'VectorInvariants',
    { x: '3x1o' },
    new Applied(vectorInvariants, irreps('6x0e'), (x) => scalars(reshape(vectorInvariants.forward(x?.blocks[0] as Tensor), ['nodes', 6]))),
  ),
  vectors('VectorLinearRelu', new VectorLinearRelu({ inChannels: 3, channels: 4 }), [3, 4]),
]

/** What a network is fed. */
interface Given {
  readonly x: Tensor
  readonly positions: Tensor
  readonly velocities: Tensor
  readonly edgeIndex: Tensor
}

const CHANNELS = 2

/** A network of positions, kinds and edges. */
function network(
  name: string,
  outputs: Readonly<Record<string, Turning | undefined>>,
  run: (given: Given) => Record<string, Tensor>,
): LayerDescription<Sizes> {
  const turnings = Object.fromEntries(
    Object.entries({ positions: 'points' as const, velocities: VECTORS, ...outputs }).filter(([, turning]) => turning !== undefined),
  ) as Record<string, Turning>
  return {
    name,
    expression: () => {
      const x = input('x', 'float32', ['nodes', CHANNELS])
      const positions = input('positions', 'float32', ['nodes', 3])
      const velocities = input('velocities', 'float32', ['nodes', 3])
      const edgeIndex = input('edges', 'int64', [2, 'edges'])
      return { inputs: { x, positions, velocities, edges: edgeIndex }, outputs: run({ x, positions, velocities, edgeIndex }) }
    },
    feeds: ({ nodes, edges }, random) => ({
      x: normals([nodes, CHANNELS], random),
      positions: normals([nodes, 3], random),
      velocities: normals([nodes, 3], random),
      edges: {
        dtype: 'int64',
        shape: [2, edges],
        data: BigInt64Array.from({ length: 2 * edges }, (_, i) => BigInt(i < edges ? i % nodes : (i + 1 + Math.floor(i / nodes)) % nodes)),
      },
    }),
    sizes: [
      { nodes: 1, edges: 0 },
      { nodes: 5, edges: 11 },
    ],
    sizesOf: {
      derivative: [{ nodes: 4, edges: 7 }],
      parity: [
        { nodes: 0, edges: 0 },
        { nodes: 3, edges: 0 },
        { nodes: 6, edges: 12 },
      ],
      edges: [{ nodes: 1, edges: 0 }],
    },
    symmetry: () => rigidMotions(turnings, ['x', 'positions', 'velocities', ...Object.keys(outputs)], false),
    tolerances: { derivative: 1e-6 },
  }
}

const egnn = { hiddenChannels: 4, layers: 2, inChannels: CHANNELS }

const interaction = new InteractionBlock({
  input: `${CHANNELS}x0e`,
  output: '2x0e + 1x1o + 1x2e',
  harmonics: '0e + 1o + 2e',
  kinds: `${CHANNELS}x0e`,
  radial: 4,
  neighbours: 2,
})
const convolution = new PointConvolution({
  input: `${CHANNELS}x0e`,
  output: '2x0e + 1x1o',
  harmonics: '0e + 1o + 2e',
  kinds: `${CHANNELS}x0e`,
  radial: 4,
  neighbours: 2,
  mixing: 'fixed',
})
const maxPooling = new VectorMaxPooling({ channels: 2 })
const egnnLayer = new EgnnLayer({ channels: CHANNELS, hiddenChannels: 4 })
const egnnNetwork = new Egnn({
  ...egnn,
  outChannels: 3,
  velocities: true,
  attention: true,
  normalize: 'unit',
  bounded: true,
  aggregation: 'sum',
})
const schnet = new SchNet({ inChannels: CHANNELS, outChannels: 2, channels: 4, gaussians: 5, radius: 5, layers: 2 })
const painn = new PaiNn({ inChannels: CHANNELS, outChannels: 2, channels: 3, radial: 4, radius: 5, layers: 2 })
const tensorField = new TensorFieldNetwork({
  inChannels: CHANNELS,
  hidden: '3x0e + 1x0o + 2x1o + 1x1e + 1x2e',
  output: '1x0e + 1x1o + 1x2e',
  layers: 2,
  radial: 4,
  radius: 5,
  neighbours: 2,
})
const block = new ProductBlock({
  input: `${CHANNELS}x0e`,
  output: '2x0e + 2x1o',
  harmonics: '0e + 1o + 2e',
  kinds: CHANNELS,
  radial: 4,
  radialHidden: [3],
  neighbours: 2,
})
const mace = new Mace({
  inChannels: CHANNELS,
  outChannels: 2,
  channels: 2,
  degree: 2,
  radial: 3,
  radialHidden: [3],
  radius: 5,
  neighbours: 2,
  scale: 2,
  shift: 0.5,
  energies: [-1, 3],
})
const gated = new GatedPointNetwork({
  input: `${CHANNELS}x0e`,
  hidden: '2x0e + 1x0o + 1x1o + 1x1e + 1x2e',
  output: '1x0o + 2x0e + 1x1o',
  harmonics: '0e + 1o + 2e',
  kinds: `${CHANNELS}x0e`,
  layers: 2,
  radial: 4,
  neighbours: 2,
})

/** Harmonics up to degree 2 and a smooth basis. */
const edgeFeatures = ({ vectors: r }: Edges): EdgeFeatures => ({
  harmonics: sphericalHarmonics(r, { degree: 2 }),
  radial: radialBasis(lengths(r), { basis: 'smoothFinite', end: 6, count: 4 }),
})

/** All networks of points and their edges. */
export const networks: readonly LayerDescription<Sizes>[] = [
  network('EgnnLayer', { y: undefined, moved: 'points' }, ({ x, positions, edgeIndex }) => {
    const result = egnnLayer.forward({ x, positions, edgeIndex })
    return { y: result.x, moved: result.positions }
  }),
  network('Egnn with velocities, attention, unit vectors', { y: undefined, moved: 'points' }, ({ x, positions, velocities, edgeIndex }) => {
    const result = egnnNetwork.forward({ x, positions, velocities, edgeIndex })
    return { y: result.x, moved: result.positions }
  }),
  network('InteractionBlock', { y: interaction.output }, ({ x, positions, edgeIndex }) => {
    const edges = edgesOf('test', positions, edgeIndex)
    return { y: interaction.forward(scalars(x), scalars(x), edges, edgeFeatures(edges)).flat() }
  }),
  network('PointConvolution', { y: convolution.output }, ({ x, positions, edgeIndex }) => {
    const edges = edgesOf('test', positions, edgeIndex)
    return { y: convolution.forward(scalars(x), scalars(x), edges, edgeFeatures(edges)).flat() }
  }),
  network('VectorMaxPooling over a vector and the sum of all', { y: irreps('2x1o') }, ({ velocities }) => {
    const total = expand(reduceSum(velocities, { axis: 0, keepDims: true }), velocities.shape)
    const vectors = concat([unsqueeze(velocities, 1), unsqueeze(total, 1)], 1)
    const channels = concat([unsqueeze(vectors, 3), mul(unsqueeze(vectors, 3), -0.5)], 3)
    return { y: new Features('2x1o', [maxPooling.forward(channels)]).flat() }
  }),
  network('SchNet', { y: undefined }, ({ x, positions, edgeIndex }) => ({ y: schnet.forward({ x, positions, edgeIndex }) })),
  network('PaiNn', { y: undefined, v: irreps('3x1o') }, ({ x, positions, edgeIndex }) => {
    const result = painn.forward({ x, positions, edgeIndex })
    return { y: result.y, v: new Features('3x1o', [result.vectors]).flat() }
  }),
  network('TensorFieldNetwork', { y: irreps('1x0e + 1x1o + 1x2e') }, ({ x, positions, edgeIndex }) => ({
    y: tensorField.forward({ x, positions, edgeIndex }).flat(),
  })),
  network('GatedPointNetwork', { y: irreps('1x0o + 2x0e + 1x1o') }, ({ x, positions, edgeIndex }) => {
    const edges = edgesOf('test', positions, edgeIndex)
    const kinds = scalars(x)
    return { y: gated.forward(kinds, kinds, edges, edgeFeatures(edges)).flat() }
  }),
  network('ProductBlock', { y: block.output }, ({ x, positions, edgeIndex }) => {
    const edges = edgesOf('test', positions, edgeIndex)
    return { y: block.forward(scalars(x), scalars(x), edges, edgeFeatures(edges)).flat() }
  }),
  network('Mace', { y: undefined }, ({ x, positions, edgeIndex }) => ({ y: mace.forward({ x, positions, edgeIndex }) })),
  // Their derivatives are second derivatives of the energy.
  network('energyAndForces of SchNet', { forces: VECTORS }, ({ x, positions, edgeIndex }) => {
    const { energy, forces } = energyAndForces(slice(schnet.forward({ x, positions, edgeIndex }), { axis: 1, start: 0, end: 1 }), {
      positions,
    })
    return { energy, forces }
  }),
]
