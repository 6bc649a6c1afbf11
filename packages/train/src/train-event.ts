import type { Metrics, SplitReport, StepReport } from './objective.ts'
import type { RunState } from './run-state.ts'

/** Events of a training run: everything that a logger may want, as plain numbers. */
export type TrainEvent<M extends Metrics = Metrics, Val = SplitReport | undefined> =
  | {
      readonly type: 'step'
      /** From 1. */
      readonly epoch: number
      /** Number of the step in its epoch, from 1. */
      readonly step: number
      /** Steps of an epoch. */
      readonly steps: number
      /** Completed steps of the whole run. */
      readonly done: number
      readonly loss: number
      /** The loss and the scalar metrics of the batch. */
      readonly report: StepReport<M>
      readonly learningRate: number
    }
  | {
      readonly type: 'epoch'
      /** From 1. */
      readonly epoch: number
      /** Completed steps of the whole run. */
      readonly step: number
      /** Means over the steps of the epoch, each with the parameters of its step. */
      readonly train: StepReport<M>
      /** The report of the validation; undefined without one. */
      readonly val: Val
      /** Whether the validation loss is the lowest so far; false without a validation. */
      readonly isBest: boolean
      readonly learningRate: number
      readonly seconds: number
      /** Seconds of them in which there was no batch yet: near zero if the examples prefetch. */
      readonly waited: number
      /** The state after the epoch, on the host. */
      readonly state: RunState
    }
  | { readonly type: 'stopped'; readonly reason: 'patience' | 'signal'; readonly epoch: number; readonly state: RunState }

/** A loss that is NaN or infinite. */
export class NonFiniteLossError extends Error {
  constructor(step: number, epoch: number, loss: number) {
    const received = Number.isNaN(loss) ? 'one that is not a number' : `${loss}`
    super(
      `fit: expected a finite loss at step ${step} (epoch ${epoch}), received ${received}. The last checkpoint is as it was. Lower the learning rate, clip the gradients, or look for targets that are no classes and inputs that are not finite.`,
    )
    this.name = 'NonFiniteLossError'
  }
}
