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

/** How to reduce the losses of a batch: to their mean, to their sum, or not at all. */
export type Reduction = 'mean' | 'sum' | 'none'

function reduced(losses: Tensor, reduction: Reduction): Tensor {
  return reduction === 'none' ? losses : reduction === 'sum' ? reduceSum(losses) : reduceMean(losses)
}

/** Options of crossEntropy. */
export interface CrossEntropyOptions {
  readonly reduction?: Reduction
  /** Label smoothing: the part of the target probability that is distributed over all classes; 0 by default. */
  readonly smoothing?: number
  /** A weight for each class. The mean is then divided by the sum of the weights of the targets. */
  readonly weight?: readonly number[]
}

/**
 * Cross-entropy: -log softmax(logits)[target], with classes on the last axis.
 *
 * @param logits - float32 [..., classes].
 * @param target - int64 [...].
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

/**
 * Binary cross-entropy of logits x: log(1 + e^-x) for target 1, log(1 + e^x) for target 0, and linear in the target in between.
 *
 * @param target - float32 of the shape of logits, in [0, 1].
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  { reduction = 'mean' }: { reduction?: Reduction } = {},
): Tensor {
  return reduced(sub(softplus(logits), mul(logits, target)), reduction)
}

/** The squared error (prediction - target)^2. */
export function meanSquaredError(prediction: Tensor, target: Tensor, { reduction = 'mean' }: { reduction?: Reduction } = {}): Tensor {
  const error = sub(prediction, target)
  return reduced(mul(error, error), reduction)
}

/** The absolute error |prediction - target|. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor, { reduction = 'mean' }: { reduction?: Reduction } = {}): Tensor {
  return reduced(abs(sub(prediction, target)), reduction)
}

/** The Huber loss: error^2 / 2 if |error| < delta, otherwise delta (|error| - delta / 2). @see Huber 1964. */
export function huber(
  prediction: Tensor,
  target: Tensor,
  { reduction = 'mean', delta = 1 }: { reduction?: Reduction; delta?: number } = {},
): Tensor {
  const error = sub(prediction, target)
  const size = abs(error)
  return reduced(where(less(size, delta), mul(0.5, mul(error, error)), mul(delta, sub(size, delta / 2))), reduction)
}

/** The hinge loss max(0, 1 - target x), for targets 1 and -1. */
export function hinge(x: Tensor, target: Tensor, { reduction = 'mean' }: { reduction?: Reduction } = {}): Tensor {
  return reduced(relu(sub(1, mul(x, target))), reduction)
}

/** The fraction of rows whose largest logit is that of the target class. */
export function accuracy(logits: Tensor, target: Tensor): Tensor {
  return reduceMean(cast(equal(argMax(logits, -1), target), 'float32'))
}
