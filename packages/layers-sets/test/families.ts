import { type Action, naturalAction, productAction, symmetric, wreathProduct } from '@equivar/groups'
import { initialize, type Module, parametersOf } from '@equivar/nn'
import { input, type Program, program, Random, reshape, type Tensor, type TensorValue } from '@equivar/tensor'
import {
  DeepSets,
  DeepSetsLayer,
  ExchangeableMatrixLayer,
  InducedSetAttentionBlock,
  NestedSetLayer,
  PoolingByAttention,
  PowerSumPooling,
  SetAttentionBlock,
} from '../src/index.ts'

export type Layer = Module & { forward(x: Tensor, mask?: Tensor): Tensor }

/** A layer of the package with the group that it respects, at given sizes of its set axes. */
export interface Family {
  readonly name: string
  readonly layer: Layer
  /** How many set axes its input has. */
  readonly axes: number
  readonly equivariant: boolean
  readonly action: (...sizes: number[]) => Action
}

export const CHANNELS = 3
const inChannels = CHANNELS
const attention = { inChannels, channels: 4, heads: 2 }
const sets = (name: string, layer: Layer, equivariant: boolean): Family => ({
  name,
  layer,
  axes: 1,
  equivariant,
  action: (n) => naturalAction(symmetric(n as number)),
})

export const exchangeable = (n: number, m: number): Action => productAction(symmetric(n), symmetric(m))
export const nested = (n: number, m: number): Action => naturalAction(wreathProduct(symmetric(m), symmetric(n)))

export const families: Family[] = [
  ...(['sum', 'mean', 'max', 'logSumExp'] as const).flatMap((pool) => [
    sets(`DeepSetsLayer ${pool}`, new DeepSetsLayer({ inChannels, outChannels: 2, pool }), true),
    sets(`DeepSetsLayer difference ${pool}`, new DeepSetsLayer({ inChannels, outChannels: 2, pool, difference: true }), true),
    sets(`DeepSets ${pool}`, new DeepSets({ channels: [inChannels, 4, 4], head: [4], outputs: 2, pool }), false),
  ]),
  sets('SetAttentionBlock', new SetAttentionBlock(attention), true),
  sets('SetAttentionBlock with layer norm', new SetAttentionBlock({ ...attention, layerNorm: true }), true),
  sets('InducedSetAttentionBlock', new InducedSetAttentionBlock({ ...attention, inducing: 3 }), true),
  sets('PoolingByAttention', new PoolingByAttention({ ...attention, seeds: 2 }), false),
  sets('PowerSumPooling', new PowerSumPooling({ degree: 3 }), false),
  {
    name: 'ExchangeableMatrixLayer',
    layer: new ExchangeableMatrixLayer({ inChannels, outChannels: 2 }),
    axes: 2,
    equivariant: true,
    action: (n, m) => exchangeable(n as number, m as number),
  },
  {
    name: 'NestedSetLayer',
    layer: new NestedSetLayer({ inChannels, outChannels: 2 }),
    axes: 2,
    equivariant: true,
    action: (n, m) => nested(n as number, m as number),
  },
]

/** The layer with symbolic batch and set sizes. */
export function symbolicProgram({ layer, axes }: Family, masked = true): Program {
  const sizes = ['batch', ...Array.from({ length: axes }, (_, i) => `n${i}`)]
  const x = input('x', 'float32', [...sizes, CHANNELS])
  const mask = input('mask', 'bool', sizes)
  const y = masked ? layer.forward(x, mask) : layer.forward(x)
  return program({ inputs: { x, ...(masked ? { mask } : {}), ...Object.fromEntries(parametersOf(layer)) }, outputs: { y } })
}

/** The layer at fixed sizes, all set axes of input, mask and output in one, on which the group acts. */
export function flatProgram({ layer, equivariant }: Family, batch: number, sizes: number[]): Program {
  const points = sizes.reduce((a, b) => a * b, 1)
  const x = input('x', 'float32', [batch, points, CHANNELS])
  const mask = input('mask', 'bool', [batch, points])
  const y = layer.forward(reshape(x, [batch, ...sizes, CHANNELS]), reshape(mask, [batch, ...sizes]))
  const outputs = { y: equivariant ? reshape(y, [batch, points, y.shape.at(-1) as number]) : y }
  return program({ inputs: { x, mask, ...Object.fromEntries(parametersOf(layer)) }, outputs })
}

/** Values that float32 holds exactly; in a batch of two and more the second set misses elements and the last has none. */
export function feedsOf({ layer }: Family, sizes: readonly number[], seed = 1): Record<string, TensorValue> {
  const random = new Random({ seed, stream: 'families' })
  const count = sizes.reduce((a, b) => a * b, 1)
  const [batch = 1] = sizes
  const each = count / batch
  const exists = Array.from({ length: count }, (_, i) => {
    const set = Math.floor(i / each)
    return set === 0 || (set < batch - 1 && i % 3 !== 1) ? 1 : 0
  })
  return {
    x: { dtype: 'float32', shape: [...sizes, CHANNELS], data: Float32Array.from({ length: count * CHANNELS }, () => random.normal()) },
    mask: { dtype: 'bool', shape: sizes, data: Uint8Array.from(exists) },
    ...initialize(layer, seed),
  }
}
