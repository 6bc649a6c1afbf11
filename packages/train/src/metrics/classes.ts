import { argMax, cast, greater, printShape, ShapeError, sameShape, type Tensor } from '@equivar/tensor'
import { eachKnown, maskRead, type SplitMetricOptions } from './known.ts'
import { type SplitMetric, splitMetric, type Tally } from './split-metric.ts'

/** How many classes scores tell apart: two if there is one score for each target, else the size of their last axis. @throws ShapeError if neither fits. */
export function classCount(where: string, scores: Tensor, target: Tensor): number {
  if (sameShape(scores.shape, target.shape)) return 2
  const classes = scores.shape.at(-1)
  if (sameShape(scores.shape.slice(0, -1), target.shape) && typeof classes === 'number' && classes >= 2) return classes
  const both = `${printShape(scores.shape)} and a target ${printShape(target.shape)}`
  throw new ShapeError(where, 'scores of the shape of the target, or with one more axis of two classes or more', both)
}

const predictedClass = (scores: Tensor, target: Tensor): Tensor =>
  sameShape(scores.shape, target.shape) ? greater(scores, 0) : argMax(scores, -1)

/** @throws RangeError if a target is no class. */
export function demandClass(where: string, label: number, classes: number): void {
  if (!Number.isInteger(label) || label >= classes)
    throw new RangeError(`${where}: expected targets from 0 to ${classes - 1}, or below 0 where none is known, received ${label}.`)
}

/** Counts by true and predicted class, row-major. */
function counted(
  where: string,
  [scores, target]: readonly [Tensor, Tensor],
  options: SplitMetricOptions,
): { readonly classes: number; readonly metric: SplitMetric<Float64Array> } {
  const classes = classCount(where, scores, target)
  type Read = 'predicted' | 'target' | 'mask'
  const predicted = cast(predictedClass(scores, target), 'int32')
  const reads = { predicted, target, ...maskRead(where, target.shape, options) } as Record<Read, Tensor>
  const metric = splitMetric(reads, (): Tally<Float64Array, Read> => {
    const counts = new Float64Array(classes * classes)
    return {
      value: () => counts,
      add: ({ predicted: guesses, target: labels, mask }) =>
        eachKnown(labels.length, mask, (at) => {
          const label = labels[at] as number
          if (!(label >= 0)) return
          demandClass(where, label, classes)
          const place = label * classes + (guesses[at] as number)
          counts[place] = (counts[place] as number) + 1
        }),
    }
  })
  return { classes, metric }
}

/** The same metric with another value. */
function withValue<From, To>({ reads, start }: SplitMetric<From>, to: (value: From) => To): SplitMetric<To> {
  return {
    reads,
    start: () => {
      const { add, value } = start()
      return { add, value: () => to(value()) }
    },
  }
}

/**
 * Confusion matrix over a split: entry [i][j] counts the examples of class i that are predicted as class j.
 *
 * @param scores - float32 [..., classes], of which the largest wins; or of the shape of the target: one logit, which means class 1 above 0.
 * @param target - the classes: int64 from 0, or float32 or bool for two classes. Targets below 0 and NaN are unknown and do not count.
 * @throws ShapeError if the shapes do not fit; RangeError from the evaluation if a target is no class.
 */
export function confusionMatrix(scores: Tensor, target: Tensor, options: SplitMetricOptions = {}): SplitMetric<number[][]> {
  const { classes, metric } = counted('confusionMatrix', [scores, target], options)
  return withValue(metric, (counts) =>
    Array.from({ length: classes }, (_, i) => Array.from(counts.subarray(i * classes, (i + 1) * classes))),
  )
}

/** Options of f1. */
export interface F1Options extends SplitMetricOptions {
  /**
   * `binary`: the F1 of class 1 of two classes. `macro`: the mean of the F1 of every class that is the target or the prediction of an example. `micro`: the F1 of
   * all decisions together, which is the accuracy where each example has one class.
   */
  readonly average: 'binary' | 'macro' | 'micro'
}

/** The F1 of one class, 2 tp / (2 tp + fp + fn); undefined if the class is neither a target nor predicted. */
function f1Of(counts: Float64Array, classes: number, k: number): number | undefined {
  let total = 0
  for (let i = 0; i < classes; i++) total += (counts[k * classes + i] as number) + (counts[i * classes + k] as number)
  return total === 0 ? undefined : (2 * (counts[k * classes + k] as number)) / total
}

function f1From(counts: Float64Array, classes: number, average: F1Options['average']): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return Number.NaN
  if (average === 'binary') return f1Of(counts, classes, 1) ?? 0
  const each = Array.from({ length: classes }, (_, k) => k)
  if (average === 'micro') return each.reduce((sum, k) => sum + (counts[k * classes + k] as number), 0) / total
  const present = each.flatMap((k) => f1Of(counts, classes, k) ?? [])
  return present.reduce((sum, value) => sum + value, 0) / present.length
}

/**
 * F1 over a split: the harmonic mean of precision and recall.
 *
 * @param scores - as for `confusionMatrix`.
 * @param target - as for `confusionMatrix`.
 * @returns NaN if there is no example; with `binary` 0 if class 1 is neither a target nor predicted. Otherwise as scikit-learn's `f1_score`.
 * @throws ShapeError if the shapes do not fit, RangeError if `binary` is asked of more than two classes.
 */
export function f1(scores: Tensor, target: Tensor, { average, ...options }: F1Options): SplitMetric {
  const { classes, metric } = counted('f1', [scores, target], options)
  if (average === 'binary' && classes !== 2)
    throw new RangeError(`f1: expected two classes for average 'binary', received ${classes}. Use 'macro' or 'micro'.`)
  return withValue(metric, (counts) => f1From(counts, classes, average))
}
