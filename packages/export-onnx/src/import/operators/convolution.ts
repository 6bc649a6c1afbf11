import type { Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import { type Builder, type Builders, unary } from '../builder.ts'
import type { NodeReader } from '../node-reader.ts'

interface Steps {
  readonly strides: number[]
  readonly dilations: number[]
}

interface Window extends Steps {
  readonly pads: number[]
}

/** Pads that keep a stride's share of an axis: an odd one goes to the end or to the start. */
function samePads(node: NodeReader, kernel: readonly number[], { strides, dilations }: Steps, odd: 'end' | 'start'): number[] {
  const totals = kernel.map((k, i) => {
    const stride = strides[i] as number
    const reach = (k - 1) * (dilations[i] as number)
    const size = node.tensor(0).shape[i + 2]
    if (stride === 1) return reach
    if (typeof size !== 'number') return node.lacks('explicit pads, or a stride of 1, or axes of known size', `an axis of size ${size}`)
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach + 1 - size)
  })
  const smaller = totals.map((total) => Math.floor(total / 2))
  const larger = totals.map((total) => Math.ceil(total / 2))
  return odd === 'end' ? [...smaller, ...larger] : [...larger, ...smaller]
}

/** Integers of an attribute, as many as told and none below `least`. */
function windowNumbers(node: NodeReader, name: string, otherwise: readonly number[], least: number): number[] {
  const given = node.ints(name, otherwise)
  if (given.length !== otherwise.length || given.some((number) => number < least))
    node.refuse(`${otherwise.length} ${name} of ${least} or more`, `[${given.join(', ')}]`)
  return given
}

function windowOf(node: NodeReader, kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1)
  const zeros = [...kernel, ...kernel].map(() => 0)
  const steps: Steps = { strides: windowNumbers(node, 'strides', ones, 1), dilations: windowNumbers(node, 'dilations', ones, 1) }
  const automatic = node.string('auto_pad', 'NOTSET')
  if (automatic === 'NOTSET') return { ...steps, pads: windowNumbers(node, 'pads', zeros, 0) }
  if (automatic === 'VALID') return { ...steps, pads: zeros }
  if (automatic !== 'SAME_UPPER' && automatic !== 'SAME_LOWER') node.refuse('auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER', automatic)
  if (node.node.opType === 'ConvTranspose') node.lacks('explicit pads', `auto_pad ${automatic}`)
  return { ...steps, pads: samePads(node, kernel, steps, automatic === 'SAME_UPPER' ? 'end' : 'start') }
}

function kernelOf(node: NodeReader): number[] {
  const { rank } = node.tensor(0)
  const { shape } = node.tensor(1)
  if (shape.length !== rank || rank < 3)
    node.refuse('an input and a weight of the same rank, 3 or more', `${t.printShape(node.tensor(0).shape)} and ${t.printShape(shape)}`)
  return shape.slice(2).map((d) => (typeof d === 'number' ? d : node.lacks('a kernel of known size', t.printShape(shape))))
}

/** The third input, one number a channel of the result; a node may leave it out. */
const biasOf = (node: NodeReader): { bias?: Tensor } => (node.has(2) ? { bias: node.tensor(2) } : {})

const conv: Builder = (node) =>
  t.conv(node.tensor(0), node.tensor(1), { ...windowOf(node, kernelOf(node)), groups: node.int('group', 1), ...biasOf(node) })

const convTranspose: Builder = (node) => {
  if (node.hasAttribute('output_shape')) node.lacks('pads and output_padding', 'output_shape')
  const kernel = kernelOf(node)
  const outputPadding = windowNumbers(
    node,
    'output_padding',
    kernel.map(() => 0),
    0,
  )
  return t.convTranspose(node.tensor(0), node.tensor(1), {
    ...windowOf(node, kernel),
    groups: node.int('group', 1),
    outputPadding,
    ...biasOf(node),
  })
}

function poolOptions(node: NodeReader): { kernel: number[] } & Window {
  if (node.flag('ceil_mode', false)) node.lacks('ceil_mode 0', '1')
  const spatial = Array.from({ length: node.tensor(0).rank - 2 }, () => 1)
  if (!node.hasAttribute('kernel_shape')) node.refuse('a kernel_shape', 'none')
  const kernel = windowNumbers(node, 'kernel_shape', spatial, 1)
  return { kernel, ...windowOf(node, kernel) }
}

const averagePool: Builder = (node) => {
  const { dilations, ...options } = poolOptions(node)
  if (dilations.some((d) => d !== 1)) node.lacks('dilations 1', `${dilations}`)
  return t.averagePool(node.tensor(0), { ...options, countIncludePad: node.flag('count_include_pad', false) })
}

const global = (f: (x: Tensor, options: t.ReduceOptions) => Tensor): Builder =>
  unary((x) => f(x, { axis: Array.from({ length: x.rank - 2 }, (_, i) => i + 2), keepDims: true }))

/** Convolutions and pools over windows. */
export const convolution: Builders = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: (node) => t.maxPool(node.tensor(0), poolOptions(node)),
  AveragePool: averagePool,
  GlobalAveragePool: global(t.reduceMean),
  GlobalMaxPool: global(t.reduceMax),
}
