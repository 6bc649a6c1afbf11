import { concat, type Dimension, gather, matMul, reshape, type Tensor, transpose, zeros } from '@equivar/tensor'
import { type Evaluation, indices, perCall, starting } from './evaluation.ts'

/** The labels of output x input pairs; -1 where the weight is 0. */
export interface Labels {
  readonly rows: number
  readonly columns: number
  readonly count: number
  label(row: number, column: number): number
}

/** The largest number of entries of a dense weight, per pair of channels. */
export const MOST_DENSE: number = 2 ** 24

/** One matrix product with the dense weight, which is gathered from the parameters. Fits all labels; undefined if the weight would be too large. */
export function dense(given: Labels): Evaluation | undefined {
  const { rows, columns, label } = given
  if (rows * columns > MOST_DENSE) return undefined
  return {
    name: 'dense',
    reason: `one product with the gathered ${rows} x ${columns} weight`,
    readsAllLabels: true,
    cost: ({ inChannels, outChannels, examples }) => {
      const entries = rows * columns * inChannels * outChannels
      return entries + perCall(2 * entries, examples) + starting(1, examples)
    },
    apply: (x, weight) => {
      const { count } = given
      const labels: number[] = []
      for (let column = 0; column < columns; column++) {
        for (let row = 0; row < rows; row++) {
          const found = label(row, column)
          labels.push(found < 0 ? count : found)
        }
      }
      return denseProduct(x, weight, { labels, rows, columns, count })
    },
  }
}

function denseProduct(
  x: Tensor,
  weight: Tensor,
  { labels, rows, columns, count }: { labels: readonly number[]; rows: number; columns: number; count: number },
): Tensor {
  const [, inputs, outputs] = weight.shape as [number, number, number]
  const batch = x.shape[0] as Dimension
  const padded = labels.includes(count) ? concat([weight, zeros([1, inputs, outputs])], 0) : weight
  // [columns, rows, in, out] to [columns, in, rows, out].
  const whole = transpose(gather(padded, indices(labels, [columns, rows])), [0, 2, 1, 3])
  const y = matMul(reshape(x, [batch, columns * inputs]), reshape(whole, [columns * inputs, rows * outputs]))
  return reshape(y, [batch, rows, outputs])
}
