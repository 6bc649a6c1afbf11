/** Options of randomSplit and randomFolds. */
export interface SplitOptions {
  /** Determines the split, on every machine. */
  readonly seed: number | bigint
  /** The class of each example. If given, the split is stratified. */
  readonly labels?: ArrayLike<number>
  /** The group of each example, such as the patient that it was measured on. If given, all examples of a group are in the same part. */
  readonly groups?: ArrayLike<number | string>
}
