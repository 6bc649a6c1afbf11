import { type Action, naturalAction, PermutationGroup, productAction, symmetric, wreathProduct } from '@equivar/groups'
import { initialize, type Module, parametersOf } from '@equivar/nn'
import { type Input, input, type Program, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import { axisSymmetry, type LayerDescription } from '@equivar/verify'
import {
  DeepSets,
  DeepSetsLayer,
  ElementarySymmetricPooling,
  ExchangeableMatrixLayer,
  InducedSetAttentionBlock,
  JanossyPooling,
  NestedSetLayer,
  PointNet,
  PolarizedPowerSumPooling,
  PoolingByAttention,
  PowerSumPooling,
  type Segments,
  SetAttentionBlock,
  SetTransformer,
  segments,
} from '../src/index.ts'

export type Feeds = Record<string, TensorValue>
export type SetFeeds = Feeds & Record<'x' | 'mask', TensorValue>
/** Every layer takes a mask or segments; with several set axes, one Segments for each family of pooled axes. */
export type Layer = Module & { forward(x: Tensor, members?: Tensor | (Segments & readonly Segments[])): Tensor }

/** A layer of the package and its symmetry group for given sizes of the set axes. */
export interface Family {
  readonly name: string
  /** Makes the layer: each test has its own. */
  readonly make: () => Layer
  /** Number of set axes of its input. */
  readonly axes: number
  readonly equivariant: boolean
  readonly action: (...sizes: number[]) => Action
  /** The families of pooled axes, for ragged input. */
  readonly pooled: readonly (readonly number[])[]
}

export const CHANNELS = 3
const BATCH = 3
const inChannels = CHANNELS
const attention = { inChannels, channels: 4, heads: 2 }
const sets = (name: string, make: () => Layer, equivariant: boolean): Family => ({
  name,
  make,
  axes: 1,
  equivariant,
  action: (n) => naturalAction(symmetric(n as number)),
  pooled: [[1]],
})
const arrays = (name: string, make: () => Layer, pooled: number[][], action: Family['action'], axes = 2): Family => ({
  name,
  make,
  axes,
  equivariant: true,
  action,
  pooled,
})

export const exchangeable = (...sizes: number[]): Action =>
  sizes
    .slice(1)
    .reduce(
      (a: Action, n) => productAction(new PermutationGroup(a.degree, a.generators), symmetric(n)),
      naturalAction(symmetric(sizes[0] as number)),
    )
export const nested = (n: number, m: number): Action => naturalAction(wreathProduct(symmetric(m), symmetric(n)))

const deepSets = { channels: [inChannels, 4, 4], head: [4], outputs: 2 }
const transformer = { inChannels, outputs: 2, channels: 4, heads: 2, inducing: 3 }
const pointNet = { inChannels, outputs: 2, local: [4], global: [4, 5], head: [4], transforms: { local: [4], head: [3] } }
const several = ['sum', 'max', 'logSumExp', { powerSums: 2 }] as const

export const families: Family[] = [
  ...(['sum', 'mean', 'max', 'logSumExp'] as const).flatMap((pool) => [
    sets(`DeepSetsLayer ${pool}`, () => new DeepSetsLayer({ inChannels, outChannels: 2, pool }), true),
    sets(
      `DeepSetsLayer difference ${pool}`,
      () => new DeepSetsLayer({ inChannels, outChannels: 2, pool, difference: true, bias: false }),
      true,
    ),
    sets(`DeepSets ${pool}`, () => new DeepSets({ ...deepSets, pool }), false),
  ]),
  sets('DeepSetsLayer, several poolings', () => new DeepSetsLayer({ inChannels, outChannels: 2, pool: several }), true),
  sets('DeepSets without context, several poolings', () => new DeepSets({ ...deepSets, pool: [], readout: several }), false),
  sets(
    'DeepSets as published',
    () => new DeepSets({ ...deepSets, pool: 'max', difference: true, activation: 'tanh', dropout: 0.5 }),
    false,
  ),
  sets('SetAttentionBlock', () => new SetAttentionBlock(attention), true),
  sets('SetAttentionBlock with layer norm', () => new SetAttentionBlock({ ...attention, layerNorm: true }), true),
  sets('InducedSetAttentionBlock', () => new InducedSetAttentionBlock({ ...attention, inducing: 3 }), true),
  sets('PoolingByAttention', () => new PoolingByAttention({ ...attention, seeds: 2 }), false),
  sets('SetTransformer', () => new SetTransformer({ ...transformer, seeds: 2 }), false),
  sets('SetTransformer of SABs', () => new SetTransformer({ ...transformer, inducing: 0, layerNorm: true, decoder: 1 }), false),
  sets('PointNet', () => new PointNet(pointNet), false),
  sets('PointNet without transforms', () => new PointNet({ ...pointNet, transforms: false }), false),
  sets('PointNet, segmentation', () => new PointNet({ ...pointNet, segmentation: true }), true),
  ...[1, 2, 3].map((order) =>
    sets(`JanossyPooling of order ${order}`, () => new JanossyPooling({ channels: [inChannels, 4, 2], order, activation: 'tanh' }), false),
  ),
  sets('PowerSumPooling', () => new PowerSumPooling({ degree: 3 }), false),
  sets('PowerSumPooling, normalized', () => new PowerSumPooling({ degree: 3, normalize: true }), false),
  sets('ElementarySymmetricPooling', () => new ElementarySymmetricPooling({ degree: 3 }), false),
  sets('PolarizedPowerSumPooling', () => new PolarizedPowerSumPooling({ inChannels, degree: 3 }), false),
  arrays(
    'ExchangeableMatrixLayer',
    () => new ExchangeableMatrixLayer({ inChannels, outChannels: 2 }),
    [[1], [2], [1, 2]],
    (n, m) => exchangeable(n as number, m as number),
  ),
  arrays(
    'ExchangeableMatrixLayer of three axes',
    () => new ExchangeableMatrixLayer({ inChannels, outChannels: 2, axes: 3 }),
    [[1], [2], [1, 2], [3], [1, 3], [2, 3], [1, 2, 3]],
    exchangeable,
    3,
  ),
  arrays(
    'NestedSetLayer',
    () => new NestedSetLayer({ inChannels, outChannels: 2 }),
    [[2], [1, 2]],
    (n, m) => nested(n as number, m as number),
  ),
]

/** The layer with symbolic batch and set sizes. */
export function symbolicProgram({ make, axes }: Family, masked = true): Program {
  const layer = make()
  const { inputs, outputs } = symbolic(layer, axes, masked)
  return program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(layer)) }, outputs })
}

function symbolic(layer: Layer, axes: number, masked: boolean): { inputs: Record<string, Input>; outputs: { y: Tensor } } {
  const sizes = ['batch', ...Array.from({ length: axes }, (_, i) => `n${i}`)]
  const x = input('x', 'float32', [...sizes, CHANNELS])
  const mask = input('mask', 'bool', sizes)
  return { inputs: masked ? { x, mask } : { x }, outputs: { y: masked ? layer.forward(x, mask) : layer.forward(x) } }
}

/** The layer on ragged sets with symbolic sizes. */
export function raggedProgram(family: Family, { largest = true } = {}): Program {
  const layer = family.make()
  const { inputs, outputs } = ragged(family, layer, largest)
  return program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(layer)) }, outputs })
}

/** The expression of `raggedProgram`. */
function ragged({ axes, pooled }: Family, layer: Layer, largest: boolean): { inputs: Record<string, Input>; outputs: { y: Tensor } } {
  const x = input('x', 'float32', ['elements', CHANNELS])
  const scalar = (name: string): Input => input(name, 'int64', [], { binds: name })
  const inputs: Record<string, Input> = { x, largest: scalar('largest') }
  const members = pooled.map((_, k) => {
    const batch = input(`batch${k}`, 'int64', ['elements'])
    inputs[batch.name] = batch
    inputs[`sets${k}`] = scalar(`sets${k}`)
    return segments(batch, `sets${k}`, largest ? { largest: 'largest' } : {})
  })
  return { inputs, outputs: { y: layer.forward(x, (axes === 1 ? members[0] : members) as Segments & readonly Segments[]) } }
}

/** The sizes of the sets; with `none`, no element exists. */
interface RaggedSizes {
  readonly sizes: readonly number[]
  readonly none?: boolean
}

/** The description of a layer on ragged sets, for `layerChecks`. */
export function describedRagged(family: Family, largest = true): LayerDescription<RaggedSizes> {
  const along = (...sizes: number[]): readonly number[] => sizes.slice(0, family.axes + 1)
  const drawn: RaggedSizes = { sizes: along(4, 5, 2, 2) }
  return {
    name: `${family.name}, ragged${largest ? '' : ', without the size of the largest set'}`,
    expression: () => ragged(family, family.make(), largest),
    feeds: ({ sizes, none = false }, random) => {
      const dense = inputsOf(sizes, random)
      const mask = none ? { ...dense.mask, data: new Uint8Array(dense.mask.data.length) } : dense.mask
      return raggedFeeds(family, { ...dense, mask }, 9).feeds
    },
    sizes: [drawn],
    sizesOf: { parity: [drawn, { sizes: along(3, 7, 2, 3) }], edges: [drawn, { ...drawn, none: true }] },
  }
}

/** The description of a layer on padded sets, for `layerChecks`; sizes are the batch and the set axes. */
export function described(family: Family): LayerDescription<readonly number[]> {
  const { name, make, axes, equivariant, action } = family
  const along = (...sizes: number[]): readonly number[] => sizes.slice(0, axes + 1)
  const all = [Array.from({ length: axes + 1 }, (_, axis) => axis)]
  return {
    name,
    expression: (_, masked) => symbolic(make(), axes, masked),
    feeds: (sizes, random) => inputsOf(sizes, random),
    sizes: (axes > 2 ? [1, 3] : [1, 2, 3, 6]).map((n) => along(BATCH, n, 3, 2)),
    sizesOf: {
      devices: [along(BATCH, 6, 3, 2)],
      derivative: [along(BATCH, 4, 3, 2)],
      parity: [along(1, 1, 2, 1), along(4, 9, 5, 2)],
      // Non-empty sizes first: a kernel that leaves its output unwritten then shows stale values.
      edges: [along(2, 5, 2, 2), along(2, 0, 2, 2), along(0, 3, 2, 2)],
      masks: [along(3, 4, 2, 2), along(2, 4, 3, 3)],
    },
    symmetry: ([, ...sizes]) => {
      const moved = { 1: action(...sizes) }
      return axisSymmetry({ inputs: { x: moved, mask: moved }, outputs: equivariant ? { y: moved } : {} })
    },
    masks: [{ name: 'mask', optional: true, covers: { x: all, y: equivariant ? all : [[0]] } }],
    mayVanish: ([, n = 0]) => n <= 2,
    seed: 3,
  }
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

/** Initial values plus noise, so that no parameter is zero. */
export function parametersFor(layer: Module, seed: number): Feeds {
  const random = new Random({ seed, stream: 'noise' })
  return Object.fromEntries(
    Object.entries(initialize(layer, seed)).map(([path, value]) => [
      path,
      { ...value, data: Float32Array.from(value.data as Float32Array, (v) => v + 0.2 * random.uniform()) },
    ]),
  )
}

/** Inputs that float32 represents exactly. In a batch of two or more, the last set is empty; in one of three or more, the second lacks elements. */
function inputsOf(sizes: readonly number[], random: Random): Pick<SetFeeds, 'x' | 'mask'> {
  const count = product(sizes)
  const [batch = 1] = sizes
  const exists = Array.from({ length: count }, (_, i) => {
    const set = Math.floor((i * batch) / count)
    return set === 0 || (set < batch - 1 && i % 3 !== 1) ? 1 : 0
  })
  return {
    x: { dtype: 'float32', shape: [...sizes, CHANNELS], data: Float32Array.from({ length: count * CHANNELS }, () => random.normal()) },
    mask: { dtype: 'bool', shape: sizes, data: Uint8Array.from(exists) },
  }
}

/** Inputs and parameter values. */
export function feedsOf({ make }: Family, sizes: readonly number[], seed = 1): SetFeeds {
  return { ...parametersFor(make(), seed), ...inputsOf(sizes, new Random({ seed, stream: 'families' })) }
}

/** The existing entries in random order. @returns the feeds of a ragged Program, and the position of each row in the padded form. */
export function raggedFeeds({ pooled }: Family, { x, mask, ...rest }: SetFeeds, seed = 1): { feeds: Feeds; places: number[] } {
  const { shape: sizes, data: exists } = mask
  const entries = Array.from({ length: exists.length }, (_, at) => (exists[at] === 1 ? [at] : [])).flat()
  const places = Array.from(new Random({ seed }).permutation(entries.length), (i) => entries[i] as number)
  const coordinates = (place: number): number[] => {
    let left = place
    return [...sizes]
      .reverse()
      .map((size) => {
        const at = left % size
        left = (left - at) / size
        return at
      })
      .reverse()
  }
  const scalar = (value: number): TensorValue => ({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(value)) })
  const feeds: Feeds = {
    ...rest,
    x: {
      dtype: 'float32',
      shape: [places.length, CHANNELS],
      data: Float32Array.from(places.flatMap((place) => Array.from(x.data.slice(place * CHANNELS, (place + 1) * CHANNELS), Number))),
    },
    largest: scalar(product(sizes.slice(1))),
  }
  pooled.forEach((axes, k) => {
    const kept = sizes.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
    const set = (place: number): number => {
      const at = coordinates(place)
      return kept.reduce((number, axis) => number * (sizes[axis] as number) + (at[axis] as number), 0)
    }
    feeds[`batch${k}`] = { dtype: 'int64', shape: [places.length], data: BigInt64Array.from(places, (place) => BigInt(set(place))) }
    feeds[`sets${k}`] = scalar(product(kept.map((axis) => sizes[axis] as number)))
  })
  return { feeds, places }
}

/** The rows of a value [rows, ...] at these places. */
export function rowsAt(data: ArrayLike<number>, places: readonly number[], width: number): number[] {
  return places.flatMap((place) => Array.from({ length: width }, (_, c) => data[place * width + c] as number))
}
