import { concat, type Dimension, gather, matMul, reshape, type Tensor, transpose, zeros } from '@equivar/tensor'
import { type Evaluation, indices, perCall, starting } from './evaluation.ts'

/** Labels of pairs; -1 where the weight is 0. */
export interface Labels {
  readonly rows: number
  readonly columns: number
  readonly count: number
  label(row: number, column: number): number
}

/** The most entries of a dense weight for one pair of channels. */
export const MOST_DENSE: number = 2 ** 24

/** The dense weight, gathered from the parameters, and one matrix product. Always there, as long as the weight fits. */
export function dense({ rows, columns, count, label }: Labels): Evaluation | undefined {
  if (rows * columns > MOST_DENSE) return undefined
  return {
    name: 'dense',
    why: `one product with the gathered ${rows} x ${columns} weight`,
    cost: ({ inChannels, outChannels, examples }) => {
      const entries = rows * columns * inChannels * outChannels
      return entries + perCall(2 * entries, examples) + starting(1, examples)
    },
    apply: (x, weight) => {
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
