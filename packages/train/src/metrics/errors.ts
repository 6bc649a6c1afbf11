import { type Dimension, isFloat, printShape, ShapeError, sameShape, type Tensor, TypeMismatchError } from '@equivar/tensor'
import { eachKnown, maskRead, type SplitMetricOptions } from './known.ts'
import { type SplitMetric, splitMetric, type Tally } from './split-metric.ts'

type Read = 'prediction' | 'target' | 'mask'

/** A metric of predicted and true numbers. @throws ShapeError if their shapes differ, TypeMismatchError if one is no float. */
function ofNumbers(
  where: string,
  [prediction, target]: readonly [Tensor, Tensor],
  options: SplitMetricOptions,
  start: () => { each(prediction: number, target: number, at: number): void; value(): number },
): SplitMetric {
  const strange = [prediction, target].find(({ dtype }) => !isFloat(dtype))
  if (strange !== undefined) throw new TypeMismatchError(where, 'predictions and targets of float32', strange.dtype)
  if (!sameShape(prediction.shape, target.shape)) {
    const both = `${printShape(prediction.shape)} and ${printShape(target.shape)}`
    throw new ShapeError(where, 'predictions and targets of the same shape', both, 'Use squeeze, unsqueeze or reshape on one of them.')
  }
  const reads = { prediction, target, ...maskRead(where, target.shape, options) } as Record<Read, Tensor>
  return splitMetric(reads, (): Tally<number, Read> => {
    const { each, value } = start()
    return {
      value,
      add: ({ prediction: guesses, target: truths, mask }) =>
        eachKnown(truths.length, mask, (at) => each(guesses[at] as number, truths[at] as number, at)),
    }
  })
}

/** The mean of a function of the errors; NaN without examples. */
function meanError(
  where: string,
  pair: readonly [Tensor, Tensor],
  options: SplitMetricOptions,
  of: (error: number) => number,
): SplitMetric {
  return ofNumbers(where, pair, options, () => {
    let [count, sum] = [0, 0]
    return {
      each: (guess, truth) => {
        count++
        sum += of(guess - truth)
      },
      value: () => sum / count,
    }
  })
}

/**
 * Mean absolute error over a split: the mean of |prediction - target| over all numbers that the mask keeps.
 *
 * @param prediction - float32, of the shape of the target.
 * @returns NaN if there is no example.
 * @throws ShapeError if the shapes differ, or the mask does not cover the target's first axes.
 */
export function mae(prediction: Tensor, target: Tensor, options: SplitMetricOptions = {}): SplitMetric {
  return meanError('mae', [prediction, target], options, Math.abs)
}

/**
 * Root mean square error over a split: the square root of the mean of (prediction - target)^2 over all numbers that the mask keeps, of all outputs together.
 *
 * @param prediction - float32, of the shape of the target.
 * @returns NaN if there is no example.
 * @throws ShapeError if the shapes differ, or the mask does not cover the target's first axes.
 */
export function rmse(prediction: Tensor, target: Tensor, options: SplitMetricOptions = {}): SplitMetric {
  const { reads, start } = meanError('rmse', [prediction, target], options, (error) => error * error)
  return {
    reads,
    start: () => {
      const { add, value } = start()
      return { add, value: () => Math.sqrt(value()) }
    },
  }
}

/** How many outputs a row has: the last axis, if it is one of at least two and its size is known. */
function outputsOf(shape: readonly Dimension[]): number {
  const last = shape.at(-1)
  return shape.length > 1 && typeof last === 'number' ? last : 1
}

/** Counts the residual and the total sum of squares of one output. The mean is updated with every target (Welford), so nothing cancels. */
function explainedVariance(): { each(prediction: number, target: number): void; value(): number } {
  let [count, mean, total, residual] = [0, 0, 0, 0]
  return {
    each: (guess, truth) => {
      count++
      const before = truth - mean
      mean += before / count
      total += before * (truth - mean)
      residual += (guess - truth) ** 2
    },
    value: () => {
      if (count < 2) return Number.NaN
      if (total === 0) return residual === 0 ? 1 : 0
      return 1 - residual / total
    },
  }
}

/**
 * Coefficient of determination R2 over a split: 1 - (sum of squared errors) / (sum of squared deviations of the targets from their mean over the split).
 *
 * For targets of rank 2 or more whose last axis has a known size, that axis holds outputs, and the value is the mean of the R2 of each.
 *
 * @returns 1 for a perfect prediction, 0 for the mean of the targets; 1 or 0 if all targets are equal and the predictions are right or not; NaN if there are
 * fewer than two examples. These are the rules of scikit-learn's `r2_score`.
 * @throws ShapeError if the shapes differ, or the mask does not cover the target's first axes.
 */
export function r2(prediction: Tensor, target: Tensor, options: SplitMetricOptions = {}): SplitMetric {
  const outputs = outputsOf(target.shape)
  return ofNumbers('r2', [prediction, target], options, () => {
    const parts = Array.from({ length: outputs }, explainedVariance)
    return {
      each: (guess, truth, at) => parts[at % outputs]?.each(guess, truth),
      value: () => parts.reduce((sum, part) => sum + part.value(), 0) / outputs,
    }
  })
}
