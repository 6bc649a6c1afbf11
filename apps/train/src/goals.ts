import { accuracy, crossEntropy, meanAbsoluteError, meanSquaredError } from '@equivar/nn'
import {
  argMax,
  cast,
  type DimensionLike,
  div,
  equal,
  greaterOrEqual,
  type Input,
  input,
  max,
  mul,
  reduceSum,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'

/** How the outputs of some examples fit their targets: sums over what has a target. */
export interface Judgement {
  readonly count: number
  readonly loss: number
  readonly metric: number
  /** [true class, predicted class] of every row. */
  readonly pairs: readonly (readonly [number, number])[]
}

/** What a task asks of a model: its output, the loss, and the figure it is judged by. */
export interface Goal {
  readonly kind: 'classes' | 'nodes' | 'choice' | 'numbers'
  /** The name of the model's output. */
  readonly output: 'logits' | 'scores' | 'y'
  readonly metric: 'accuracy' | 'mae'
  /** The target of outputs with that many rows. @param outputs - numbers of a row. */
  target(rows: DimensionLike, outputs: number): Input
  loss(output: Tensor, target: Tensor): Tensor
  measure(output: Tensor, target: Tensor): Tensor
  /** The same on numbers. @param width - numbers of a row of the output. */
  judge(output: ArrayLike<number>, width: number, target: TensorValue): Judgement
  /** A figure as it is printed. */
  show(metric: number | undefined): string
}

/** Softmax of one row. */
export function probabilities(logits: ArrayLike<number>): number[] {
  const row = Array.from(logits)
  const top = Math.max(...row)
  const powers = row.map((v) => Math.exp(v - top))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((p) => p / sum)
}

function judgeClasses(output: ArrayLike<number>, width: number, target: TensorValue): Judgement {
  const rows = Array.from(target.data as ArrayLike<bigint>, Number)
  const pairs: [number, number][] = []
  let loss = 0
  rows.forEach((label, i) => {
    if (label < 0) return
    const share = probabilities(Array.from({ length: width }, (_, c) => output[i * width + c] as number))
    loss -= Math.log(Math.max(share[label] as number, 1e-30))
    pairs.push([label, share.indexOf(Math.max(...share))])
  })
  return { count: pairs.length, loss, metric: pairs.filter(([label, guess]) => label === guess).length, pairs }
}

const percent = (share: number | undefined): string => `${(100 * (share ?? 0)).toFixed(1)} %`

/** One of several classes for each example. */
export const classes: Goal = {
  kind: 'classes',
  output: 'logits',
  metric: 'accuracy',
  target: (rows) => input('target', 'int64', [rows]),
  loss: (output, target) => crossEntropy(output, target),
  measure: (output, target) => accuracy(output, target),
  judge: judgeClasses,
  show: percent,
}

/** The mean over the rows whose target is not negative. */
function overLabelled(values: Tensor, target: Tensor): Tensor {
  const labelled = cast(greaterOrEqual(target, 0), 'float32')
  return div(reduceSum(mul(values, labelled)), max(reduceSum(labelled), 1))
}

/** One of several classes for each node of a graph; a target of -1 says nothing of its node. */
export const nodes: Goal = {
  ...classes,
  kind: 'nodes',
  loss: (output, target) => overLabelled(crossEntropy(output, max(target, 0), { reduction: 'none' }), target),
  measure: (output, target) => overLabelled(cast(equal(argMax(output, -1), target), 'float32'), target),
}

/** One element of each set. */
export const choice: Goal = { ...classes, kind: 'choice', output: 'scores' }

/** Numbers. @param scale - that errors are divided by in the loss. */
export function numbers(scale: number): Goal {
  return {
    kind: 'numbers',
    output: 'y',
    metric: 'mae',
    target: (rows, outputs) => input('target', 'float32', [rows, outputs]),
    loss: (output, target) => meanSquaredError(mul(output, 1 / scale), mul(target, 1 / scale)),
    measure: (output, target) => meanAbsoluteError(output, target),
    judge: (output, width, target) => {
      const errors = Array.from(target.data as Float32Array, (value, i) => (output[i] as number) - value)
      const total = (f: (error: number) => number): number => errors.reduce((sum, error) => sum + f(error), 0) / width
      return { count: errors.length / width, loss: total((e) => (e / scale) ** 2), metric: total(Math.abs), pairs: [] }
    },
    show: (error) => (error ?? 0).toPrecision(4),
  }
}
