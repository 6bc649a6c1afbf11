import { concat, conv, slice, type Tensor, transpose } from '@equivar/tensor'
import { combine, type Evaluation, MOVE, starting } from './evaluation.ts'

/** The speed of a training step of a convolution with a kernel as long as the signal, relative to a matrix product. */
const CONVOLUTION_SHARE = 0.02

/**
 * Evaluates labels that depend only on the difference of the two points, as for a cyclic group, as a circular convolution with n taps.
 *
 * @param differences - the label of (0, k) for every k; -1 where the weight is 0.
 */
export function circulant(differences: readonly number[]): Evaluation {
  const n = differences.length
  return {
    name: 'convolution',
    reason: `the labels depend only on the difference of the two points: a circular convolution with ${n} taps`,
    readsAllLabels: false,
    cost: ({ inChannels, outChannels, examples }) =>
      starting(1, examples) + (n * n * inChannels * outChannels) / CONVOLUTION_SHARE + 3 * n * Math.max(inChannels, outChannels) * MOVE,
    apply: (x, weight) => {
      // y_o = sum over k of W_k x_(o + k): a correlation with two periods of x.
      const signal = transpose(x, [0, 2, 1])
      const periodic = n === 1 ? signal : concat([signal, withoutLast(signal, n)], 2)
      const kernel = transpose(
        combine(
          weight,
          differences.map((label) => new Map(label < 0 ? [] : [[label, 1]])),
        ),
        [2, 1, 0],
      )
      return transpose(conv(periodic, kernel), [0, 2, 1])
    },
  }
}

const withoutLast = (signal: Tensor, n: number): Tensor => slice(signal, { axis: 2, end: n - 1 })
