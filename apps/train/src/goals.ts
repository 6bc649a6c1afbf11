import { unitFactor } from '@equivar/datasets'
import { accuracy, crossEntropy, meanAbsoluteError, meanSquaredError } from '@equivar/nn'
import {
  abs,
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
  printShape,
  reduceSum,
  ShapeError,
  sameShape,
  sub,
  type Tensor,
  type TensorValue,
  where,
} from '@equivar/tensor'
import { perOutput } from './models/regression.ts'

/** Loss and metric of the outputs for some examples, as sums over those with a target. */
export interface Judgement {
  readonly count: number
  readonly loss: number
  readonly metric: number
  /** [true class, predicted class] of every row. */
  readonly pairs: readonly (readonly [number, number])[]
}

/** The goal of a task: the output of its models, the loss, and the metric. */
export interface Goal {
  readonly kind: 'classes' | 'nodes' | 'choice' | 'numbers' | 'rows'
  /** The name of the model's output. */
  readonly output: 'logits' | 'scores' | 'y' | 'energy' | 'forces'
  readonly metric: 'accuracy' | 'mae'
  /** The input for the targets of outputs with this number of rows, or rows of several axes. @param outputs - numbers per row. */
  target(rows: DimensionLike | readonly DimensionLike[], outputs: number): Input
  loss(output: Tensor, target: Tensor): Tensor
  measure(output: Tensor, target: Tensor): Tensor
  /** Loss and metric, computed on the host. @param width - numbers per row of the output. */
  judge(output: ArrayLike<number>, width: number, target: TensorValue): Judgement
  /** The root of the mean squared error by the loss, for tasks whose published figure it is. */
  rmse?(loss: number): number
  /** For energies: the goal of the forces that the model gives, too. */
  readonly forces?: Goal
  /** Formats a metric. */
  show(metric: number | undefined): string
}

/** Demands a row of the output for each target. @throws ShapeError if there are more or fewer. */
function demandRows(output: ArrayLike<number>, width: number, { shape, data }: TensorValue, each: number): void {
  if (output.length * each === data.length * width) return
  throw new ShapeError('judge', `outputs for targets [${shape.join(', ')}]`, `${output.length} numbers in rows of ${width}`)
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
  demandRows(output, width, target, 1)
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

const axesOf = (rows: DimensionLike | readonly DimensionLike[]): readonly DimensionLike[] =>
  typeof rows === 'object' && 'length' in rows ? rows : [rows]

/** One of several classes for each example. */
export const classes: Goal = {
  kind: 'classes',
  output: 'logits',
  metric: 'accuracy',
  target: (rows) => input('target', 'int64', axesOf(rows)),
  loss: (output, target) => crossEntropy(output, target),
  measure: (output, target) => accuracy(output, target),
  judge: judgeClasses,
  show: percent,
}

/** The mean over the rows with a target of 0 or more. @throws ShapeError if the shapes differ. */
function overLabelled(values: Tensor, target: Tensor): Tensor {
  if (!sameShape(values.shape, target.shape))
    throw new ShapeError('nodes', 'one target for each node', `${printShape(values.shape)} and ${printShape(target.shape)}`)
  const labelled = cast(greaterOrEqual(target, 0), 'float32')
  return div(reduceSum(mul(values, labelled)), max(reduceSum(labelled), 1))
}

/** One of several classes for each node of a graph. Nodes with target -1 have no label. */
export const nodes: Goal = {
  ...classes,
  kind: 'nodes',
  loss: (output, target) => overLabelled(crossEntropy(output, max(target, 0), { reduction: 'none' }), target),
  measure: (output, target) => overLabelled(cast(equal(argMax(output, -1), target), 'float32'), target),
}

/** One element of each set. */
export const choice: Goal = { ...classes, kind: 'choice', output: 'scores' }

/** Sums of squared and absolute errors of the numbers at some places. @param scale - as for `numbers`. */
function judgeNumbers(
  scale: number | readonly number[],
  { output, width, target, at }: { output: ArrayLike<number>; width: number; target: TensorValue; at: readonly number[] },
): Judgement {
  demandRows(output, width, target, width)
  const scaleOf = (i: number): number => (typeof scale === 'number' ? scale : (scale[i % scale.length] as number))
  const total = (f: (error: number, i: number) => number): number =>
    at.reduce((sum, i) => sum + f((output[i] as number) - Number(target.data[i]), i), 0) / width
  return { count: at.length / width, loss: total((error, i) => (error / scaleOf(i)) ** 2), metric: total(Math.abs), pairs: [] }
}

/** The places of a target's numbers. */
const places = ({ data }: TensorValue): number[] => Array.from({ length: data.length }, (_, i) => i)

/** Regression. @param scale - the loss divides errors by it: one number, or one for each output. */
export function numbers(scale: number | readonly number[]): Goal {
  const scales = perOutput(scale)
  return {
    kind: 'numbers',
    output: 'y',
    metric: 'mae',
    target: (rows, outputs) => input('target', 'float32', [...axesOf(rows), outputs]),
    loss: (output, target) => meanSquaredError(div(output, scales), div(target, scales)),
    measure: (output, target) => meanAbsoluteError(output, target),
    judge: (output, width, target) => judgeNumbers(scale, { output, width, target, at: places(target) }),
    show: (error) => (error ?? 0).toPrecision(4),
  }
}

/** Regression of each element or node. Those with NaN as target have no target. @param scale - as for `numbers`. */
export function rowNumbers(scale: number | readonly number[]): Goal {
  const isKnown = (target: Tensor): Tensor => equal(target, target)
  const over = (errors: Tensor, target: Tensor): Tensor =>
    div(reduceSum(where(isKnown(target), errors, 0)), max(reduceSum(cast(isKnown(target), 'float32')), 1))
  return {
    ...numbers(scale),
    kind: 'rows',
    loss: (output, target) => {
      const error = div(sub(output, where(isKnown(target), target, output)), perOutput(scale))
      return over(mul(error, error), target)
    },
    measure: (output, target) => over(abs(sub(output, target)), target),
    judge: (output, width, target) =>
      judgeNumbers(scale, { output, width, target, at: places(target).filter((i) => !Number.isNaN(target.data[i])) }),
  }
}

/** Regression whose published figure is the root of the mean squared error, which is told beside the metric. @param scale - as for `numbers`. */
export const numbersByRmse = (scale: number): Goal => ({ ...numbers(scale), rmse: (loss) => scale * Math.sqrt(loss) })

/** The loss of a goal, as it is trained and as it is judged, times a factor. */
const weighted = (goal: Goal, factor: number): Goal => ({
  ...goal,
  loss: (output, target) => mul(goal.loss(output, target), factor),
  judge: (output, width, target) => {
    const judged = goal.judge(output, width, target)
    return { ...judged, loss: factor * judged.loss }
  },
})

/** Millielectronvolts in a kcal/mol. */
const MEV = unitFactor('kcal/mol', 'meV')

/**
 * Energies of structures in kcal/mol and forces on their atoms in kcal/mol/angstrom. The loss is w times the mean squared error of the forces plus 1 - w times
 * that of the energies, both divided by the scale.
 *
 * @param scale - as for `numbers`. @param forcesWeight - w, from 0 to 1.
 */
export function energiesAndForces(scale: number, forcesWeight: number): Goal {
  const show =
    (unit: string): Goal['show'] =>
    (error = 0) =>
      `${error.toPrecision(4)} kcal/mol${unit} (${(MEV * error).toPrecision(4)} meV${unit})`
  const forces: Goal = { ...weighted(numbers(scale), forcesWeight), kind: 'rows', output: 'forces', show: show('/angstrom') }
  return { ...weighted(numbers(scale), 1 - forcesWeight), output: 'energy', show: show(''), forces }
}
