import {
  abs,
  add,
  argMax,
  cast,
  constant,
  div,
  equal,
  gather,
  less,
  logSoftmax,
  mul,
  neg,
  oneHot,
  reduceMean,
  reduceSum,
  relu,
  softplus,
  sub,
  type Tensor,
  where,
} from '@equivar/tensor'

/** How the losses of a batch become one: their mean, their sum, or not at all. */
export type Reduction = 'mean' | 'sum' | 'none'

function reduced(losses: Tensor, reduction: Reduction): Tensor {
  return reduction === 'none' ? losses : reduction === 'sum' ? reduceSum(losses) : reduceMean(losses)
}

/** Settings of the cross-entropy. */
export interface CrossEntropyOptions {
  readonly reduction?: Reduction
  /** Weight shared among all classes; 0 if left out. */
  readonly smoothing?: number
  /** A weight for each class; the mean divides by their sum over the batch. */
  readonly weight?: readonly number[]
}

/**
 * -log softmax(logits)[target], the classes on the last axis.
 *
 * @param logits - float32 [..., classes]. @param target - int64 [...].
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  { reduction = 'mean', smoothing = 0, weight }: CrossEntropyOptions = {},
): Tensor {
  const classes = logits.shape[logits.rank - 1] as number
  const logProbabilities = logSoftmax(logits, -1)
  const weights = weight === undefined ? undefined : constant([...weight])
  const hot = oneHot(target, classes)
  const share = smoothing === 0 ? hot : add(mul(hot, 1 - smoothing), smoothing / classes)
  const losses = neg(reduceSum(mul(logProbabilities, weights === undefined ? share : mul(share, weights)), { axis: -1 }))
  if (weights === undefined || reduction !== 'mean') return reduced(losses, reduction)
  return div(reduceSum(losses), reduceSum(gather(weights, target)))
}

/** log(1 + e^-x) where the target is 1, log(1 + e^x) where it is 0, blended between. @param target - float32 of the shape of logits, in [0, 1]. */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  { reduction = 'mean' }: { reduction?: Reduction } = {},
): Tensor {
  return reduced(sub(softplus(logits), mul(logits, target)), reduction)
}

/** (prediction - target)^2. */
export function meanSquaredError(prediction: Tensor, target: Tensor, { reduction = 'mean' }: { reduction?: Reduction } = {}): Tensor {
  const error = sub(prediction, target)
  return reduced(mul(error, error), reduction)
}

/** |prediction - target|. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor, { reduction = 'mean' }: { reduction?: Reduction } = {}): Tensor {
  return reduced(abs(sub(prediction, target)), reduction)
}

/** error^2 / 2 below delta, delta (|error| - delta / 2) above. @see Huber 1964. */
export function huber(
  prediction: Tensor,
  target: Tensor,
  { reduction = 'mean', delta = 1 }: { reduction?: Reduction; delta?: number } = {},
): Tensor {
  const error = sub(prediction, target)
  const size = abs(error)
  return reduced(where(less(size, delta), mul(0.5, mul(error, error)), mul(delta, sub(size, delta / 2))), reduction)
}

/** Hinge: max(0, 1 - target x), target plus or minus 1. */
export function hinge(x: Tensor, target: Tensor, { reduction = 'mean' }: { reduction?: Reduction } = {}): Tensor {
  return reduced(relu(sub(1, mul(x, target))), reduction)
}

/** The share of rows whose largest logit is the target's. */
export function accuracy(logits: Tensor, target: Tensor): Tensor {
  return reduceMean(cast(equal(argMax(logits, -1), target), 'float32'))
}
