import { constant, mul, reduceSum, sameShape, softmax, type Tensor } from '@equivar/tensor'
import { classCount, demandClass } from './classes.ts'
import { eachKnown, maskRead, type SplitMetricOptions } from './known.ts'
import { type SplitMetric, splitMetric, type Tally } from './split-metric.ts'

/** Scores and whether the example is positive, of a whole split. */
interface Ranked {
  readonly scores: ArrayLike<number>
  readonly isPositive: readonly boolean[]
}

/** Examples from the highest score to the lowest, in groups of equal scores: how many of each group are positive, how many there are. */
function tiedGroups({ scores, isPositive }: Ranked): { readonly positives: number; readonly count: number }[] {
  const order = Uint32Array.from(isPositive.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number))
  const groups: { positives: number; count: number }[] = []
  let last = Number.NaN
  for (const at of order) {
    const score = scores[at] as number
    if (score !== last) groups.push({ positives: 0, count: 0 })
    last = score
    const group = groups.at(-1) as { positives: number; count: number }
    group.count++
    if (isPositive[at] === true) group.positives++
  }
  return groups
}

/** The probability that a random positive has a higher score than a random negative; a tie counts half. NaN without positives or negatives. */
function areaUnderRoc(ranked: Ranked): number {
  let [area, above, negatives] = [0, 0, 0]
  for (const { positives, count } of tiedGroups(ranked)) {
    const others = count - positives
    area += others * (above + positives / 2)
    above += positives
    negatives += others
  }
  return area / (above * negatives)
}

/** The sum over thresholds of precision times the growth of recall. NaN without positives. */
function precisionByRecall(ranked: Ranked): number {
  let [sum, found, seen] = [0, 0, 0]
  for (const { positives, count } of tiedGroups(ranked)) {
    found += positives
    seen += count
    sum += (positives * found) / seen
  }
  return sum / found
}

/** Scores whose order is that of the probability of each class: one for two classes, else one for each class. */
function scoresToRank(scores: Tensor, target: Tensor, classes: number): Tensor {
  if (sameShape(scores.shape, target.shape)) return scores
  return classes === 2 ? reduceSum(mul(scores, constant([-1, 1])), { axis: -1 }) : softmax(scores, -1)
}

/** A metric of ranked scores: of class 1 of two classes, else the mean over the classes against the rest where it is defined. */
function ofRanking(
  where: string,
  [scores, target]: readonly [Tensor, Tensor],
  options: SplitMetricOptions,
  measure: (ranked: Ranked) => number,
): SplitMetric {
  const classes = classCount(where, scores, target)
  const width = classes === 2 ? 1 : classes
  type Read = 'scores' | 'target' | 'mask'
  const reads = { scores: scoresToRank(scores, target, classes), target, ...maskRead(where, target.shape, options) } as Record<Read, Tensor>
  const values = (known: readonly number[], labels: readonly number[]): number[] =>
    Array.from({ length: width }, (_, k) => {
      const own = labels.map((_, i) => known[i * width + k] as number)
      const positive = classes === 2 ? 1 : k
      return own.some(Number.isNaN) ? Number.NaN : measure({ scores: own, isPositive: labels.map((label) => label === positive) })
    }).filter((value) => !Number.isNaN(value))
  return splitMetric(reads, (): Tally<number, Read> => {
    const [known, labels]: [number[], number[]] = [[], []]
    return {
      value: () => {
        const found = values(known, labels)
        return found.reduce((sum, value) => sum + value, 0) / found.length
      },
      add: ({ scores: rows, target: truths, mask }) =>
        eachKnown(truths.length, mask, (at) => {
          const label = truths[at] as number
          if (!(label >= 0)) return
          demandClass(where, label, classes)
          labels.push(label)
          for (let k = 0; k < width; k++) known.push(rows[at * width + k] as number)
        }),
    }
  })
}

/**
 * Area under the ROC curve over a split: the probability that a random example of class 1 has a higher score than a random other one; equal scores count half.
 *
 * @param scores - logits: float32 of the shape of the target; or [..., classes]. For more than two classes the value is the mean over the classes of each
 * against the rest, ranked by probability, without classes that have no example or no other one.
 * @param target - the classes: int64 from 0, or float32 or bool for two classes. Targets below 0 and NaN are unknown and do not count.
 * @returns NaN if there are only examples of one class, or none, or a score is NaN. Otherwise as scikit-learn's `roc_auc_score` (`multi_class='ovr'`).
 * @throws ShapeError if the shapes do not fit; RangeError from the evaluation if a target is no class.
 * @remarks Collects all scores of the split: 16 bytes an example and class. Cost O(n log n).
 */
export function rocAuc(scores: Tensor, target: Tensor, options: SplitMetricOptions = {}): SplitMetric {
  return ofRanking('rocAuc', [scores, target], options, areaUnderRoc)
}

/**
 * Average precision over a split: the sum over all thresholds of the precision there times the growth of the recall, without interpolation. Examples of the
 * same score pass a threshold together.
 *
 * @param scores - as for `rocAuc`.
 * @param target - as for `rocAuc`.
 * @returns NaN if no example is positive, where scikit-learn's `average_precision_score` warns and gives 0. Otherwise as that.
 * @throws ShapeError if the shapes do not fit; RangeError from the evaluation if a target is no class.
 * @remarks Collects all scores of the split: 16 bytes an example and class. Cost O(n log n).
 */
export function averagePrecision(scores: Tensor, target: Tensor, options: SplitMetricOptions = {}): SplitMetric {
  return ofRanking('averagePrecision', [scores, target], options, precisionByRecall)
}
