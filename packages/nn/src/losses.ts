import {
  abs,
  add,
  and,
  argMax,
  cast,
  constant,
  type Dimension,
  div,
  equal,
  gather,
  greaterOrEqual,
  isFloat,
  isInteger,
  less,
  logSoftmax,
  mul,
  neg,
  oneHot,
  printShape,
  reduceMean,
  reduceSum,
  relu,
  ShapeError,
  sameShape,
  sizeOf,
  softplus,
  sub,
  type Tensor,
  TypeMismatchError,
  where,
} from '@equivar/tensor'

/** How to reduce the losses of a batch: to their mean, to their sum, or not at all. */
export type Reduction = 'mean' | 'sum' | 'none'

const reductions: Readonly<Record<Reduction, (losses: Tensor) => Tensor>> = {
  mean: (losses) => reduceMean(losses),
  sum: (losses) => reduceSum(losses),
  none: (losses) => losses,
}
const reduced = (losses: Tensor, reduction: Reduction): Tensor => reductions[reduction](losses)

/**
 * Demands that predictions and targets have the same shape. Without it, [batch, 1] and [batch] would broadcast to every pair of examples.
 *
 * @throws ShapeError if the shapes differ, TypeMismatchError if one of them is not a float.
 */
function demandEqualShapes(where: string, prediction: Tensor, target: Tensor): void {
  const strange = [prediction, target].find(({ dtype }) => !isFloat(dtype))
  if (strange !== undefined)
    throw new TypeMismatchError(where, 'predictions and targets of float32 or float16', strange.dtype, "Use cast(target, 'float32').")
  if (sameShape(prediction.shape, target.shape)) return
  const both = `${printShape(prediction.shape)} and ${printShape(target.shape)}`
  throw new ShapeError(where, 'predictions and targets of the same shape', both, 'Use squeeze, unsqueeze or reshape on one of them.')
}

/**
 * Demands a class for each row of logits.
 *
 * @returns the number of classes.
 * @throws ShapeError if the shapes do not fit, TypeMismatchError if the classes are not integers.
 */
function demandClasses(where: string, logits: Tensor, target: Tensor): Dimension {
  if (!isInteger(target.dtype))
    throw new TypeMismatchError(where, 'classes of int64 or int32 as targets', target.dtype, "Use cast(target, 'int64').")
  const classes = logits.shape.at(-1)
  if (classes === undefined || classes === 0)
    throw new ShapeError(where, 'logits [..., classes] with one class or more', printShape(logits.shape))
  const rows = logits.shape.slice(0, -1)
  if (sameShape(rows, target.shape)) return classes
  const both = `logits ${printShape(logits.shape)} and a target ${printShape(target.shape)}`
  throw new ShapeError(where, `a target ${printShape(rows)}, one class for each row of logits`, both, 'Use squeeze or reshape.')
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
 * @param target - int64 [...], from 0 to classes - 1. The loss of any other number is NaN.
 * @throws ShapeError if target does not have the shape of logits without the last axis, or `weight` does not have one number for each class;
 * RangeError if smoothing is not in [0, 1].
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  { reduction = 'mean', smoothing = 0, weight }: CrossEntropyOptions = {},
): Tensor {
  const classes = demandClasses('crossEntropy', logits, target)
  if (!(smoothing >= 0 && smoothing <= 1)) throw new RangeError(`crossEntropy: expected smoothing in [0, 1], received ${smoothing}.`)
  if (weight !== undefined && weight.length !== classes)
    throw new ShapeError('crossEntropy', `a weight for each of ${classes} classes`, `${weight.length} weights`)
  const logProbabilities = logSoftmax(logits, -1)
  const weights = weight === undefined ? undefined : constant([...weight])
  const hot = oneHot(target, classes)
  const share =
    smoothing === 0
      ? hot
      : add(
          mul(hot, 1 - smoothing),
          typeof classes === 'number' ? smoothing / classes : div(smoothing, cast(sizeOf(classes), logits.dtype)),
        )
  const known = neg(reduceSum(mul(logProbabilities, weights === undefined ? share : mul(share, weights)), { axis: -1 }))
  // ONNX's OneHot reads -1 as the last class and other numbers that are no class as zeros, which would be a loss of 0.
  const losses = where(
    and(greaterOrEqual(target, 0), less(target, typeof classes === 'number' ? classes : cast(sizeOf(classes), target.dtype))),
    known,
    Number.NaN,
  )
  if (weights === undefined || reduction !== 'mean') return reduced(losses, reduction)
  return div(reduceSum(losses), reduceSum(gather(weights, target)))
}

/**
 * Binary cross-entropy of logits x: log(1 + e^-x) for target 1, log(1 + e^x) for target 0, and linear in the target in between.
 *
 * @param target - float32 of the shape of logits, in [0, 1].
 * @throws ShapeError if the shapes differ.
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  { reduction = 'mean' }: { reduction?: Reduction } = {},
): Tensor {
  demandEqualShapes('binaryCrossEntropyWithLogits', logits, target)
  return reduced(sub(softplus(logits), mul(logits, target)), reduction)
}

/** The squared error (prediction - target)^2. @throws ShapeError if the shapes differ. */
export function meanSquaredError(prediction: Tensor, target: Tensor, { reduction = 'mean' }: { reduction?: Reduction } = {}): Tensor {
  demandEqualShapes('meanSquaredError', prediction, target)
  const error = sub(prediction, target)
  return reduced(mul(error, error), reduction)
}

/** The absolute error |prediction - target|. @throws ShapeError if the shapes differ. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor, { reduction = 'mean' }: { reduction?: Reduction } = {}): Tensor {
  demandEqualShapes('meanAbsoluteError', prediction, target)
  return reduced(abs(sub(prediction, target)), reduction)
}

/**
 * The Huber loss: error^2 / 2 if |error| < delta, otherwise delta (|error| - delta / 2).
 *
 * @throws ShapeError if the shapes differ, RangeError if delta is not positive.
 * @see Huber 1964.
 */
export function huber(
  prediction: Tensor,
  target: Tensor,
  { reduction = 'mean', delta = 1 }: { reduction?: Reduction; delta?: number } = {},
): Tensor {
  if (!(delta > 0)) throw new RangeError(`huber: expected delta of more than 0, received ${delta}.`)
  demandEqualShapes('huber', prediction, target)
  const error = sub(prediction, target)
  const size = abs(error)
  return reduced(where(less(size, delta), mul(0.5, mul(error, error)), mul(delta, sub(size, delta / 2))), reduction)
}

/** The hinge loss max(0, 1 - target x), for targets 1 and -1. @throws ShapeError if the shapes differ. */
export function hinge(x: Tensor, target: Tensor, { reduction = 'mean' }: { reduction?: Reduction } = {}): Tensor {
  demandEqualShapes('hinge', x, target)
  return reduced(relu(sub(1, mul(x, target))), reduction)
}

/**
 * The fraction of rows whose largest logit is that of the target class.
 *
 * @param logits - float32 [..., classes].
 * @param target - int64 [...].
 * @throws ShapeError if target does not have the shape of logits without the last axis.
 */
export function accuracy(logits: Tensor, target: Tensor): Tensor {
  demandClasses('accuracy', logits, target)
  return reduceMean(cast(equal(argMax(logits, -1), target.dtype === 'int64' ? target : cast(target, 'int64')), 'float32'))
}
