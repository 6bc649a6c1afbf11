import { Action, cyclic, dihedral, Permutation, regularAction, symmetric } from '@equivar/groups'
import { EquivariantGraphLinear, GinLayer } from '@equivar/layers-graphs'
import { CyclicConvolution } from '@equivar/layers-grids'
import { DeepSetsLayer } from '@equivar/layers-sets'
import { SharingLinear } from '@equivar/layers-sharing'
import { BatchNorm, Linear, Module, type Parameter, parameter } from '@equivar/nn'
import { type DimensionLike, dimension, input, matMul, maxPool, Random, reduceMean, relu, type Tensor, tanh, times } from '@equivar/tensor'
import type { AxisGroup } from '@equivar/verify'
import {
  AittalaDurand,
  Dss,
  type DssAggregation,
  DssUNet,
  type ElementModule,
  EquivariantHead,
  eachElement,
  edgesOfAll,
  GraphElements,
  IndependentDss,
  InvariantHead,
  type SetLayer,
  SetNetwork,
  Siamese,
  SiameseDeepSets,
  Sridhar,
} from '../src/index.ts'
import { type Family, maskValues, natural, normalValues, onAxes } from './harness.ts'

/** Channels of every input. */
const CHANNELS = 2
const inChannels = CHANNELS

/** Cyclic convolution of signals [channels, length]. */
export const signal = (bias: boolean, settings: { inChannels?: number; outChannels?: number; stride?: number } = {}): CyclicConvolution =>
  new CyclicConvolution({ dimensions: 1, inChannels, outChannels: 3, kernel: 3, bias, ...settings })
/** Cyclic convolution of images. */
export const image = (settings: { inChannels: number; outChannels: number; kernel: number; bias: boolean }): CyclicConvolution =>
  new CyclicConvolution({ dimensions: 2, ...settings })
const cloud = (bias: boolean): DeepSetsLayer => new DeepSetsLayer({ inChannels, outChannels: 3, bias })
const pairs = (bias: boolean): EquivariantGraphLinear =>
  new EquivariantGraphLinear({ inputOrder: 2, outputOrder: 2, inChannels, outChannels: 2, bias })
const pointwise = (bias: boolean): Linear => new Linear({ inChannels, outChannels: 3, bias })
const sixfold = regularAction(symmetric(3))
const groupConvolution = (bias: boolean): SharingLinear =>
  new SharingLinear({ output: sixfold, input: sixfold, inChannels, outChannels: 2, bias })
const messages = (): GraphElements => new GraphElements({ layer: new GinLayer({ inChannels, outChannels: 3, depth: 1 }) })

/** A x W for dense adjacencies. */
class DenseGraphLayer extends Module {
  readonly weight: Parameter = parameter([inChannels, 3])
  forward(x: Tensor, adjacency: Tensor): Tensor {
    return matMul(matMul(adjacency, x), this.weight)
  }
}

/** Features of one signal: convolution, tanh, mean over time. */
class SignalFeatures extends Module {
  readonly layer = signal(true)
  forward(x: Tensor): Tensor {
    return reduceMean(tanh(this.layer.forward(x)), { axis: -1 })
  }
}

type Rest = Omit<Family, 'name' | 'forward'> & Partial<Pick<Family, 'forward'>>
/** Each expression has its own layer. */
const family = (name: string, make: () => SetLayer, rest: Rest): Family => ({
  name,
  forward: (x, mask) => make().forward(x, mask),
  ...rest,
})

const signals: Rest = {
  element: (m) => [CHANNELS, m],
  symmetries: (m) => [natural(cyclic(m), { x: [3], y: [3] })],
  sizes: [1, 2, 5],
}
const images: Rest = {
  element: (m) => [CHANNELS, m, m],
  symmetries: (m) => [natural(cyclic(m), { x: [3], y: [3] }), natural(cyclic(m), { x: [4], y: [4] })],
  sizes: [1, 2, 3],
}
const clouds: Rest = {
  element: (m) => [m, CHANNELS],
  symmetries: (m) => [natural(symmetric(m), { x: [2], y: [2] })],
  sizes: [1, 2, 4],
}
/** Cyclic shifts by multiples of a step on every axis; an axis has m times that step positions. */
export const coarse = (m: number, steps: Readonly<Record<string, Readonly<Record<number, number>>>>): AxisGroup => {
  const group = cyclic(m)
  const shifts = (by: number): Action => {
    const images = group.generators.map(() => Permutation.fromImages(Array.from({ length: m * by }, (_, i) => (i + by) % (m * by))))
    return new Action(group, m * by, images)
  }
  const moves = Object.entries(steps).map(([name, axes]) => [
    name,
    Object.fromEntries(Object.entries(axes).map(([axis, by]) => [axis, shifts(by)])),
  ])
  return onAxes(Object.fromEntries(moves))
}

const aggregates: DssAggregation[] = ['sum', 'mean', 'max', 'sumAfter', 'meanAfter', 'maxAfter']
const norm = (channels: number, axis: number): BatchNorm => new BatchNorm({ channels, axis })
const overSignals = [
  ...aggregates.map((aggregate) =>
    family(`Dss ${aggregate}`, () => new Dss({ own: signal(true), shared: signal(false), aggregate }), signals),
  ),
  ...(['max', 'sumAfter', 'maxAfter'] as const).map((aggregate) => {
    const norms = () => ({ ownNorm: norm(3, -2), sharedNorm: norm(3, -2) })
    return family(`Dss ${aggregate} with norms`, () => new Dss({ own: signal(true), shared: signal(true), aggregate, ...norms() }), signals)
  }),
]

const node = (name: string, front: string[]) => (m: DimensionLike) => ({ [name]: input(name, 'bool', [...front, m]) })
const nodeMask: Pick<Family, 'further' | 'feeds'> = {
  further: node('nodes', ['batch']),
  feeds: (batch, _, m) => ({ nodes: maskValues([batch, m], (at) => at % 4 !== 3) }),
}
const entryMask: Pick<Family, 'further' | 'feeds'> = {
  further: node('eachEntry', ['batch', 'set']),
  feeds: (batch, set, m) => ({ eachEntry: maskValues([batch, set, m], (at) => at % 3 !== 2) }),
}

const cycleGraph = (m: number) => {
  const [here, there] = [Array.from({ length: m }, (_, v) => v), Array.from({ length: m }, (_, v) => (v + 1) % m)]
  return { dtype: 'int64', shape: [2, 2 * m], data: BigInt64Array.from([...here, ...there, ...there, ...here], BigInt) } as const
}

const graphDss = () => new Dss({ own: messages(), shared: messages(), aggregate: 'mean' })
const pairDss = () => new Dss({ own: pairs(true), shared: pairs(false) })
const cloudDss = () => new Dss({ own: cloud(true), shared: cloud(false) })
const raggedDss = () => new Dss({ own: cloud(true), shared: cloud(false), aggregate: 'mean' })
const denseDss = () => new Dss({ own: new DenseGraphLayer(), shared: new DenseGraphLayer() })
const overGraphs = [
  family('Dss of point clouds with a mask of points', cloudDss, {
    ...clouds,
    ...nodeMask,
    symmetries: (m) => [natural(symmetric(m), { x: [2], nodes: [1], y: [2] })],
    forward: (x, mask, { nodes }) => cloudDss().forward(x, mask, { set: nodes as Tensor }),
  }),
  family('Dss of point clouds of different sizes', raggedDss, {
    ...clouds,
    ...entryMask,
    symmetries: (m) => [natural(symmetric(m), { x: [2], eachEntry: [2], y: [2] })],
    forward: (x, mask, { eachEntry }) => raggedDss().forward(x, mask, { entries: eachEntry as Tensor }),
  }),
  family('Dss of 2-IGN layers', pairDss, {
    element: (m) => [m, m, CHANNELS],
    ...nodeMask,
    symmetries: (m) => [natural(symmetric(m), { x: [2, 3], nodes: [1], y: [2, 3] })],
    sizes: [1, 3, 4],
    forward: (x, mask, { nodes }) => pairDss().forward(x, mask, { set: nodes as Tensor }),
  }),
  family('Dss of message passing on one graph', graphDss, {
    ...clouds,
    further: () => ({ edge_index: input('edge_index', 'int64', [2, 'edges']) }),
    feeds: (_, __, m) => ({ edge_index: cycleGraph(m) }),
    symmetries: (m) => [natural(dihedral(m), { x: [2], y: [2] })],
    sizes: [3, 4, 5],
    forward: (x, mask, { edge_index }) => graphDss().forward(x, mask, edgesOfAll(edge_index as Tensor, x)),
  }),
  family('Dss of graphs with an adjacency each', denseDss, {
    ...clouds,
    further: (m) => ({ eachAdjacency: input('eachAdjacency', 'float32', ['batch', 'set', m, m]) }),
    feeds: (batch, set, m) => ({ eachAdjacency: normalValues([batch, set, m, m], new Random({ seed: 3 })) }),
    symmetries: (m) => [natural(symmetric(m), { x: [2], eachAdjacency: [2, 3], y: [2] })],
    forward: (x, mask, { eachAdjacency }) => denseDss().forward(x, mask, { element: eachAdjacency as Tensor }),
  }),
  family('Dss of group convolutions', () => new Dss({ own: groupConvolution(true), shared: groupConvolution(false) }), {
    element: () => [6, CHANNELS],
    symmetries: () => [onAxes({ x: { 2: sixfold }, y: { 2: sixfold } })],
    sizes: [6, 6, 6],
  }),
]

const inner = (own: ElementModule, shared: ElementModule): Dss => new Dss({ own, shared, aggregate: 'mean' })
const setsOfSets = () => new Dss({ own: inner(pointwise(true), pointwise(false)), shared: inner(pointwise(false), pointwise(false)) })
const setsOfSignals = () =>
  new Dss({ own: inner(signal(true), signal(false)), shared: inner(signal(false), signal(false)), aggregate: 'max' })
const nested = [
  family('sets of sets with missing entries', setsOfSets, {
    ...clouds,
    ...entryMask,
    symmetries: (m) => [natural(symmetric(m), { x: [2], eachEntry: [2], y: [2] })],
    forward: (x, mask, { eachEntry }) => setsOfSets().forward(x, mask, { entries: eachEntry as Tensor }),
  }),
  family('sets of sets of signals', setsOfSignals, {
    element: (m) => [m, CHANNELS, 4],
    symmetries: (m) => [natural(symmetric(m), { x: [2], y: [2] }), natural(cyclic(4), { x: [4], y: [4] })],
    sizes: [1, 2, 3],
  }),
]

const unet = (kind: 'dss' | 'aittalaDurand', output: 'set' | 'one'): DssUNet =>
  new DssUNet({ convolution: image, dimensions: 2, inChannels, outChannels: 2, channels: [2, 4], kind, output, activation: 'tanh' })
const pixels = (m: DimensionLike): DimensionLike => times(dimension(m), 2)
const unets = (['dss', 'aittalaDurand'] as const).map((kind) =>
  family(`DssUNet ${kind}`, () => unet(kind, 'set'), {
    element: (m) => [CHANNELS, pixels(m), pixels(m)],
    symmetries: (m) => [coarse(m, { x: { 3: 2 }, y: { 3: 2 } }), coarse(m, { x: { 4: 2 }, y: { 4: 2 } })],
    sizes: [1, 2, 2],
  }),
)

const trunk = (): (SetLayer | ((x: Tensor) => Tensor))[] => [
  new Dss({ own: signal(true), shared: signal(false), aggregate: 'mean' }),
  relu,
  (x) => eachElement({ forward: (signals) => maxPool(signals, { kernel: 2 }) }, x),
  new AittalaDurand({ own: signal(true, { inChannels: 3, outChannels: 2 }), axis: -2 }),
]
const evenSignals: Rest = { element: (m) => [CHANNELS, pixels(m)], symmetries: (m) => [coarse(m, { x: { 3: 2 } })], sizes: [1, 2, 3] }
const networks = [
  family(
    'SetNetwork with an invariant head',
    () => new SetNetwork({ layers: trunk(), head: new InvariantHead({ channels: [4, 3, 2], axes: [-1] }) }),
    {
      ...evenSignals,
      equivariant: false,
      seed: 3,
    },
  ),
  family(
    'SetNetwork with an equivariant head',
    () =>
      new SetNetwork({
        layers: trunk(),
        head: new EquivariantHead({ channels: [4, 3, 1], axes: [-1], elementPool: 'max', activation: 'tanh' }),
      }),
    evenSignals,
  ),
  family('SiameseDeepSets', () => new SiameseDeepSets({ own: new SignalFeatures(), channels: [3, 4, 2], activation: 'tanh' }), {
    ...signals,
    symmetries: (m) => [natural(cyclic(m), { x: [3] })],
  }),
  family('DssUNet to one image', () => unet('dss', 'one'), {
    element: (m) => [CHANNELS, pixels(m), pixels(m)],
    symmetries: (m) => [coarse(m, { x: { 3: 2 }, y: { 2: 2 } }), coarse(m, { x: { 4: 2 }, y: { 3: 2 } })],
    sizes: [1, 2, 2],
    equivariant: false,
  }),
]

export const families: Family[] = [
  ...overSignals,
  family('Dss of signals, stride 2', () => new Dss({ own: signal(true, { stride: 2 }), shared: signal(false, { stride: 2 }) }), {
    ...evenSignals,
    symmetries: (m) => [coarse(m, { x: { 3: 2 }, y: { 3: 1 } })],
  }),
  family(
    'Dss of images',
    () =>
      new Dss({
        own: image({ inChannels, outChannels: 2, kernel: 3, bias: true }),
        shared: image({ inChannels, outChannels: 2, kernel: 3, bias: false }),
      }),
    images,
  ),
  family('Dss of points, pointwise', () => new Dss({ own: pointwise(true), shared: pointwise(false), aggregate: 'max' }), clouds),
  family('Siamese', () => new Siamese({ own: signal(true), ownNorm: norm(3, -2) }), signals),
  family('AittalaDurand', () => new AittalaDurand({ own: signal(true), ownNorm: norm(3, -2), axis: -2 }), signals),
  family('Sridhar', () => new Sridhar({ own: signal(true), ownNorm: norm(3, -2) }), signals),
  family(
    'IndependentDss of signals',
    () => new IndependentDss({ own: signal(true), shared: pointwise(false), invariants: [-1], aggregate: 'max' }),
    signals,
  ),
  family(
    'IndependentDss of points',
    () => new IndependentDss({ own: cloud(true), shared: pointwise(false), invariants: [-2], sharedNorm: norm(3, -1) }),
    clouds,
  ),
  ...overGraphs,
  ...nested,
  ...unets,
  ...networks,
]
