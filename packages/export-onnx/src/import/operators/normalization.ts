import type { Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'
import type { NodeReader } from '../node-reader.ts'

/** The axes from one on and before another; none if that is no later. */
const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i)

const batchNormalization: Builder = (node) => {
  if (node.flag('training_mode', false)) node.lacks('training_mode 0', '1')
  const x = node.tensor(0)
  if (x.rank < 1) node.refuse('an input of rank 1 or more', t.printShape(x.shape))
  const spatial = range(1, x.rank - 1)
  /** One number a channel, along the second axis of x. */
  const perChannel = (i: number): Tensor => t.unsqueeze(node.tensor(i), spatial)
  const deviation = t.sqrt(t.add(perChannel(4), node.float('epsilon', 1e-5)))
  return t.add(t.mul(t.div(t.sub(x, perChannel(3)), deviation), perChannel(1)), perChannel(2))
}

const layerNormalization: Builder = (node) => {
  const x = node.tensor(0)
  const first = node.int('axis', -1)
  const start = first < 0 ? first + x.rank : first
  if (start < 0 || start >= x.rank) node.refuse(`an axis of ${t.printShape(x.shape)}`, `${first}`)
  const axis = range(start, x.rank)
  const mean = t.reduceMean(x, { axis, keepDims: true })
  const centred = t.sub(x, mean)
  const variance = t.reduceMean(t.mul(centred, centred), { axis, keepDims: true })
  const deviation = t.sqrt(t.add(variance, node.float('epsilon', 1e-5)))
  const scaled = t.mul(t.div(centred, deviation), node.tensor(1))
  return [node.has(2) ? t.add(scaled, node.tensor(2)) : scaled, mean, t.reciprocal(deviation)]
}

/** x with mean 0 and variance 1 along the axes. */
function standardized(x: Tensor, axis: readonly number[], epsilon: number): Tensor {
  const centred = t.sub(x, t.reduceMean(x, { axis, keepDims: true }))
  const variance = t.reduceMean(t.mul(centred, centred), { axis, keepDims: true })
  return t.div(centred, t.sqrt(t.add(variance, epsilon)))
}

/** Scale and bias: one number of inputs 1 and 2 for each entry of the second axis of a tensor of that rank. */
function alongChannels(node: NodeReader, x: Tensor): Tensor {
  const [scale, bias] = [1, 2].map((i) => t.unsqueeze(node.tensor(i), range(1, x.rank - 1))) as [Tensor, Tensor]
  return t.add(t.mul(x, scale), bias)
}

const instanceNormalization: Builder = (node) => {
  const x = node.tensor(0)
  if (x.rank < 3) node.refuse('an input of rank 3 or more', t.printShape(x.shape))
  return alongChannels(node, standardized(x, range(2, x.rank), node.float('epsilon', 1e-5)))
}

/** Opset 18 has a scale and a bias for each group, opset 21 for each channel. */
const groupNormalization: Builder = (node) => {
  const x = node.tensor(0)
  const [batch, channels, ...spatial] = x.shape
  if (batch === undefined || channels === undefined) return node.refuse('an input of rank 2 or more', t.printShape(x.shape))
  const groups = node.int('num_groups', 0)
  if (groups < 1 || typeof channels !== 'number' || channels % groups !== 0)
    return node.refuse('num_groups that divides the channels', `${groups} for ${channels} channels`)
  const grouped = t.reshape(x, [batch, groups, channels / groups, ...spatial])
  const normal = standardized(grouped, range(2, grouped.rank), node.float('epsilon', 1e-5))
  const perGroup = node.tensor(1).shape[0] === groups
  return perGroup ? t.reshape(alongChannels(node, normal), x.shape) : alongChannels(node, t.reshape(normal, x.shape))
}

/** Normalizations, as what they consist of. */
export const normalization: Builders = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LayerNormalization: layerNormalization,
}
