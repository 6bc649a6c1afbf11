import type { Tensor } from '@equivar/tensor'

/** Counts one split, batch by batch. */
export interface Tally<Value, Read extends string = string> {
  /** @param read - the numbers of each tensor that the metric reads, row-major; true is 1. */
  add(read: Readonly<Record<Read, Float64Array>>): void
  /** The metric of everything that was added. */
  value(): Value
}

/**
 * A metric of a whole split, as a name in `metrics` of an objective. An evaluation reads its tensors from every batch and computes the value once, on the host
 * in float64. So the value does not depend on how the split is divided into batches, as a mean of means would. A training step ignores it.
 *
 * @example A metric of one's own, the largest error:
 * splitMetric({ error: abs(sub(y, target)) }, () => {
 *   let largest = 0
 *   return { add: ({ error }) => { largest = Math.max(largest, ...error) }, value: () => largest }
 * })
 */
export interface SplitMetric<Value = number> {
  /** The tensors that are read from each batch. */
  readonly reads: Readonly<Record<string, Tensor>>
  /** Starts to count a split. */
  start(): Tally<Value>
}

/** Makes a metric of a whole split from the tensors that it reads, by name, and a function that starts to count. */
export function splitMetric<Read extends string, Value>(
  reads: Readonly<Record<Read, Tensor>>,
  start: () => Tally<Value, Read>,
): SplitMetric<Value> {
  return { reads, start: start as () => Tally<Value> }
}
