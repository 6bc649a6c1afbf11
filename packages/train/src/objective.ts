import { printShape, ShapeError, Tensor } from '@equivar/tensor'
import type { SplitMetric } from './metrics/split-metric.ts'

/** Metrics by name: scalars, which are averaged over the examples, and metrics of a whole split, such as `rocAuc`. */
export type Metrics = Readonly<Record<string, Tensor | SplitMetric<unknown>>>

/** An objective without metrics. */
export type NoMetrics = Readonly<Record<never, never>>

/** What training minimizes, and what it reports. */
export interface Objective<M extends Metrics = Metrics> {
  /** A scalar: the mean over the examples of the batch. */
  readonly loss: Tensor
  /** Scalars, means over the batch like the loss; and metrics of a whole split, which only an evaluation computes. */
  readonly metrics?: M
  /** What the means are divided by, a float32 scalar, if it is not the number of examples: the number of nodes, of known targets, the sum of class weights. */
  readonly examples?: Tensor
}

/** What a training step reports: the loss, and the metrics that are scalars. */
export type StepReport<M extends Metrics = Metrics> = {
  readonly loss: number
} & { readonly [K in keyof M as M[K] extends SplitMetric<unknown> ? never : K]: number }

/** What an evaluation of a split reports: the loss and all metrics. */
export type SplitReport<M extends Metrics = Metrics> = {
  readonly loss: number
} & { readonly [K in keyof M]: M[K] extends SplitMetric<infer Value> ? Value : number }

/** Names of a training step's own inputs, and of the loss and the number of examples. */
export const reservedNames = ['step', 'learning_rate', 'seed', 'loss', 'examples'] as const

/** The metrics that are scalars. */
export function scalarsOf(metrics: Metrics): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(metrics).filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor))
}

/** The metrics of a whole split. */
export function splitMetricsOf(metrics: Metrics): Record<string, SplitMetric<unknown>> {
  return Object.fromEntries(
    Object.entries(metrics).filter((entry): entry is [string, SplitMetric<unknown>] => !(entry[1] instanceof Tensor)),
  )
}

/** The scalars of an objective by name: loss, metrics, and the number of examples if it says one. */
export const reported = ({ loss, metrics = {}, examples }: Objective): Record<string, Tensor> => ({
  loss,
  ...scalarsOf(metrics),
  ...(examples === undefined ? {} : { examples }),
})

/** Checks what an objective returns. @throws ShapeError if the loss or a metric is not a scalar, RangeError if a metric has a reserved name. */
export function demandObjective(where: string, objective: Objective): void {
  const { metrics = {} } = objective
  const taken = Object.keys(metrics).find((name) => (reservedNames as readonly string[]).includes(name))
  if (taken !== undefined)
    throw new RangeError(`${where}: expected names of metrics other than ${reservedNames.join(', ')}, received "${taken}".`)
  for (const [name, { shape }] of Object.entries(reported(objective))) {
    if (shape.length === 0) continue
    const what = name === 'loss' ? 'the loss' : name === 'examples' ? 'the number of examples' : `the metric "${name}"`
    throw new ShapeError(where, `${what} to be a scalar`, printShape(shape), `Use ${name === 'examples' ? 'reduceSum' : 'reduceMean'}.`)
  }
}
