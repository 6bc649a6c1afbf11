import { relu, reshape, type Tensor } from '@equivar/tensor'
import { DeepSetsBlock } from './deep-sets-block.ts'
import type { DssAggregation } from './dss.ts'
import type { ElementModule } from './elements.ts'
import { InvariantHead } from './heads.ts'
import { type ElementLayerSettings, type SetLayerKind, setLayer } from './set-layer.ts'
import { SetMlp, SetNetwork } from './set-network.ts'

/** The networks of the paper's signal classification. */
export type SignalNetworkName = SetLayerKind | 'siameseDeepSets' | 'deepSets' | 'mlp'

/** Settings of signalNetwork. */
export interface SignalNetworkOptions {
  /**
   * Makes a convolution on the circle, [batch, in, length] to [batch, out, ceil(length / 2)]. Lengths
   * that are odd on the way, as 25 of the published 100, are no symmetric case: a layer that refuses them takes a `length` divisible by 8.
   */
  readonly convolution: (settings: ElementLayerSettings & { readonly kernel: number; readonly stride: 2 }) => ElementModule
  /** Of the signals; 100 if left out. */
  readonly length?: number
  /** Signals of a set, which only `mlp` needs; 25 if left out. */
  readonly set?: number
  readonly classes?: number
  /** Of every convolution; as long as the signal that it sees if left out, as published. */
  readonly kernel?: number
  /** Channels of the first two layers, the third has half of them; as published if left out. */
  readonly width?: number
  /**
   * Over time and set, before the last layer; `sum` if left out, as published. Means are the same functions of sets of one size, and train at the usual
   * rates; with sums a step of Adam moves the answers by as many times more as there are numbers in a sum.
   */
  readonly pool?: 'sum' | 'mean'
  /** Of `dss`; sumAfter if left out: norm in each branch, then the sum. */
  readonly aggregate?: DssAggregation
}

/** Published widths, which make all networks about 3.1 million parameters large. */
const widths: Readonly<Record<SignalNetworkName, number>> = {
  dss: 160,
  siamese: 220,
  sridhar: 220,
  aittalaDurand: 320,
  siameseDeepSets: 200,
  deepSets: 1000,
  mlp: 840,
}

const flatten = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, 2), -1])

/**
 * A network of the paper's signal classification: three layers with batch norm in every branch and relu, sums over time and set, one linear layer.
 *
 * dss, siamese, sridhar and aittalaDurand are of convolutions as long as the signal, its half and its quarter, with stride 2;
 * siameseDeepSets has two of these and deep sets (max) over the flattened features; deepSets takes signals as vectors; mlp takes whole sets so.
 * Counts of parameters are the published ones; biases in front of a norm, which add nothing, are kept for that. First values differ, and
 * logits come out instead of their log-softmax. Lengths go 100, 50, 25, 13: shifts are respected exactly only where 8 divides the length.
 *
 * @returns a module with `forward(x, mask?)`: x float32 [batch, set, 1, length], logits float32 [batch, classes].
 * @throws RangeError if there is no such network.
 * @see Maron et al. 2020, section 5 and its code, synthetic_exp.
 */
export function signalNetwork(name: SignalNetworkName, options: SignalNetworkOptions): SetNetwork | SetMlp {
  const { convolution, length = 100, set = 25, classes = 3, kernel, pool = 'sum', aggregate = 'sumAfter' } = options
  if (!Object.hasOwn(widths, name))
    throw new RangeError(`signalNetwork: expected one of ${Object.keys(widths).join(', ')}, received "${name}".`)
  const width = options.width ?? widths[name]
  const half = Math.floor(width / 2)
  if (name === 'mlp') return new SetMlp({ channels: [set * length, width, width, half, classes], norm: true })
  const head = new InvariantHead({
    channels: [half, classes],
    axes: name.endsWith('eepSets') ? [] : [-1],
    elementPool: pool,
    setPool: pool,
  })
  const block = { norm: true, finalActivation: true, sharedBias: true }
  if (name === 'deepSets') {
    const sets = new DeepSetsBlock({ ...block, channels: [length, width, width, half], aggregate: 'sumAfter' })
    return new SetNetwork({ layers: [flatten, sets], head })
  }
  const kind = name === 'siameseDeepSets' ? 'siamese' : name
  const layer = (inChannels: number, outChannels: number, longest: number) =>
    setLayer(kind, {
      make: (settings) => convolution({ ...settings, kernel: kernel ?? longest, stride: 2 }),
      inChannels,
      outChannels,
      aggregate,
      norm: true,
      axis: -2,
      sharedBias: true,
    })
  const [first, second] = [layer(1, width, length), layer(width, width, Math.floor(length / 2))]
  if (name === 'siameseDeepSets') {
    const sets = new DeepSetsBlock({ ...block, channels: [width * Math.ceil(Math.ceil(length / 2) / 2), half], aggregate: 'max' })
    return new SetNetwork({ layers: [first, relu, second, relu, flatten, sets], head })
  }
  const third = layer(width, half, Math.floor(length / 4))
  return new SetNetwork({ layers: [first, relu, second, relu, third, relu], head })
}
