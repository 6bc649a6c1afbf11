/**
 * Weights of classes that make every class count alike in `crossEntropy`: examples / (classes that have any * examples of the class).
 *
 * Law: the weights of all examples sum to the number of examples. A class without examples has weight 0.
 *
 * @param labels - the class of each example, from 0. Labels below 0 are unknown and do not count.
 * @param classes - the number of classes.
 * @throws RangeError if a label is not a class.
 * @see scikit-learn, `compute_class_weight`, "balanced".
 * @example crossEntropy(logits, target, { weight: balancedWeights(train.labels, train.classes.length) })
 */
export function balancedWeights(labels: ArrayLike<number>, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0)
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number
    if (label < 0) continue
    if (!(label in counts)) throw new RangeError(`balancedWeights: expected labels below ${classes}, received ${label} for example ${i}.`)
    counts[label] = (counts[label] as number) + 1
  }
  const known = counts.reduce((sum, count) => sum + count, 0)
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 0 : known / (present * count)))
}
