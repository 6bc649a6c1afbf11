import type { Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'

const batchNormalization: Builder = (node) => {
  if (node.flag('training_mode', false)) node.refuse('training_mode 0', '1')
  const x = node.tensor(0)
  if (x.rank < 1) node.refuse('an input of rank 1 or more', t.printShape(x.shape))
  const spatial = Array.from({ length: Math.max(0, x.rank - 2) }, (_, k) => k + 1)
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
  const axis = Array.from({ length: x.rank - start }, (_, i) => start + i)
  const mean = t.reduceMean(x, { axis, keepDims: true })
  const centred = t.sub(x, mean)
  const variance = t.reduceMean(t.mul(centred, centred), { axis, keepDims: true })
  const deviation = t.sqrt(t.add(variance, node.float('epsilon', 1e-5)))
  const scaled = t.mul(t.div(centred, deviation), node.tensor(1))
  return [node.has(2) ? t.add(scaled, node.tensor(2)) : scaled, mean, t.reciprocal(deviation)]
}

/** Normalizations, as what they consist of. */
export const normalization: Builders = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
}
