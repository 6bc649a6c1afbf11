import type { Schedule } from '@equivar/nn'
import type { Backend, TensorValue } from '@equivar/tensor'
import type { Examples } from './epochs.ts'
import type { Metrics, SplitReport } from './objective.ts'
import type { Ranks } from './ranks/ranks.ts'
import type { RunState } from './run-state.ts'
import type { TrainStep } from './train-step.ts'

/** A report of the validation examples: it has a loss. */
export interface Judged {
  readonly loss: number
}

/** Options of a training run. */
export interface FitOptions<M extends Metrics = Metrics, Val = SplitReport> {
  readonly step: TrainStep<M>
  readonly backend: Backend
  readonly train: Examples
  /** Evaluated after each epoch, by the objective of the step. */
  readonly validation?: Examples
  /** Instead of `validation`: returns a report of one's own, with its `loss`; called after each epoch with the state's values, averages in the place of parameters. */
  readonly validate?: (values: Readonly<Record<string, TensorValue>>) => Promise<Val>
  readonly epochs: number
  readonly batchSize: number
  /** Number of steps per epoch; default: one pass over the examples. If given, the steps draw batches from repeatedly shuffled examples. */
  readonly stepsPerEpoch?: number
  /** The learning rate. It is asked once an epoch, with the number of the epoch from 0; with `scheduleBy: 'step'` once a step, with the number of the step. */
  readonly schedule: Schedule
  /** What `schedule` counts; 'epoch' by default. With 'step', give the schedule its lengths in steps too. */
  readonly scheduleBy?: 'epoch' | 'step'
  readonly seed: number
  /** The state to start from: that of `startRun`, or of a checkpoint. */
  readonly state: RunState
  /**
   * Stops the run if the validation loss has not fallen for this many epochs; needs `validation` or `validate`. A run that stopped this way stays stopped when it
   * is resumed; with a higher `patience` it goes on as if it had never stopped.
   */
  readonly patience?: number
  /** Keeps the parameters and running statistics of the epoch with the lowest validation loss in the state (`best`), also across a resume; needs `validation` or `validate`. */
  readonly keepBest?: boolean
  /** Stops the run between two steps; on any rank, it stops all. */
  readonly signal?: AbortSignal
  /** The processes that train together, each called with the same options; one process by default. */
  readonly ranks?: Ranks
  /**
   * With several ranks, the examples that a step takes statistics from, such as those of batch norm: `all` ranks' by default, and the run is that of one process; or
   * each `rank`'s own, which needs one exchange a step instead of two more for each norm, but is another run with each number of ranks. Then the loss must be a mean
   * over the examples, each rank draws its own random numbers, and running statistics are means over the ranks.
   */
  readonly statistics?: 'all' | 'rank'
}

/** The number of steps of an epoch. */
export const stepsOf = ({ stepsPerEpoch, train, batchSize }: Pick<FitOptions, 'stepsPerEpoch' | 'train' | 'batchSize'>): number =>
  stepsPerEpoch ?? Math.ceil(train.length / batchSize)

function demandWhole(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return
  const received = Number.isNaN(value) ? 'no number' : `${value}`
  throw new RangeError(`fit: expected ${name} to be a whole number of ${least} or more, received ${received}.`)
}

/** @throws RangeError unless validation is said once, and said where something needs it. */
function demandValidation({ validation, validate, patience, keepBest = false }: FitOptions): void {
  if (validation !== undefined && validate !== undefined)
    throw new RangeError('fit: expected validation or validate, received both. Validation examples are evaluated by the objective.')
  if (validation !== undefined && !(validation.length > 0))
    throw new RangeError('fit: expected at least one example in validation, received none.')
  const needs = patience !== undefined ? 'patience' : keepBest ? 'keepBest' : undefined
  if (needs !== undefined && validation === undefined && validate === undefined)
    throw new RangeError(`fit: expected validation or validate beside ${needs}, which compares validation losses, received none.`)
}

function demandStatistics({ statistics = 'all' }: FitOptions): void {
  if (statistics !== 'all' && statistics !== 'rank')
    throw new RangeError(`fit: expected statistics of "all" or of each "rank", received ${JSON.stringify(statistics)}.`)
}

/** Checks the options of a run. @throws RangeError that names the first that is out of range. */
export function demandFitOptions(options: FitOptions): void {
  const { train, batchSize, epochs, stepsPerEpoch, patience, seed, state } = options
  demandWhole('batchSize', batchSize, 1)
  demandWhole('epochs', epochs, 0)
  demandWhole('stepsPerEpoch', stepsPerEpoch, 1)
  demandWhole('patience', patience, 1)
  demandWhole('seed', seed, 0)
  demandWhole('the step of the state', state.step, 0)
  if (!(train.length > 0)) throw new RangeError('fit: expected at least one example, received none.')
  if (train.sizes !== undefined && train.sizes.length !== train.length)
    throw new RangeError(`fit: expected a size for each of ${train.length} examples, received ${train.sizes.length}.`)
  demandValidation(options)
  demandStatistics(options)
  const last = epochs * stepsOf(options)
  if (state.step > last)
    throw new RangeError(
      `fit: expected a state of at most step ${last}, the end of epoch ${epochs}, received step ${state.step}. Raise epochs, or start again.`,
    )
}
