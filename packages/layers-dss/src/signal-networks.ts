import { relu, reshape, type Tensor } from '@equivar/tensor'
import { DeepSetsBlock } from './deep-sets-block.ts'
import type { DssAggregation } from './dss.ts'
import type { ElementModule } from './elements.ts'
import { InvariantHead } from './heads.ts'
import { type ElementLayerSettings, type SetLayerKind, setLayer } from './set-layer.ts'
import { SetMlp, SetNetwork } from './set-network.ts'

/** The networks of the paper's experiment on signal classification. */
export type SignalNetworkName = SetLayerKind | 'siameseDeepSets' | 'deepSets' | 'mlp'

/** Options of signalNetwork. */
export interface SignalNetworkOptions {
  /**
   * Builds a cyclic convolution from [batch, in, length] to [batch, out, ceil(length / 2)]. With the published length of 100, a layer gets the odd length
   * 25, where stride 2 does not respect shifts. If your layer rejects odd lengths, use a `length` divisible by 8.
   */
  readonly convolution: (settings: ElementLayerSettings & { readonly kernel: number; readonly stride: 2 }) => ElementModule
  /** Length of the signals; default 100. */
  readonly length?: number
  /** Number of signals in a set, which only `mlp` needs; default 25. */
  readonly set?: number
  readonly classes?: number
  /** Kernel size of every convolution; default: as long as its input, as published. */
  readonly kernel?: number
  /** Channels of the first two layers; the third has half of them. Default: as published. */
  readonly width?: number
  /**
   * Pooling over time and set before the last layer; default `sum`, as published. For sets of one size, means give the same class of functions and train at
   * the usual learning rates. With sums, a step of Adam changes the outputs by a factor more, which is the number of summed values.
   */
  readonly pool?: 'sum' | 'mean'
  /** Aggregation of `dss`; default sumAfter: a norm in each branch, then the sum. */
  readonly aggregate?: DssAggregation
}

/** The published widths, which give all networks about 3.1 million parameters. */
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
 * A network of the paper's experiment on signal classification: three layers with relu and batch norm in every branch, sums over time and set, and a
 * linear layer.
 *
 * dss, siamese, sridhar and aittalaDurand use convolutions of stride 2 with kernels as long as their inputs. siameseDeepSets uses two of these, followed
 * by deep sets (max) of the flattened features. deepSets treats each signal as a vector, mlp each set. The numbers of parameters are the published ones,
 * including biases before a norm, which are redundant. Initial values differ from the paper, and the output is logits instead of their log-softmax.
 * Lengths are 100, 50, 25, 13; shifts are respected exactly only if the length is divisible by 8.
 *
 * @returns a module with `forward(x, mask?)`: x float32 [batch, set, 1, length], logits float32 [batch, classes].
 * @throws RangeError if the network does not exist.
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
