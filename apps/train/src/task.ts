import type { Dataset } from '@equivar/datasets'
import type { Goal } from './goals.ts'
import type { Facts, Settings } from './model.ts'

/** The examples of a task. */
export interface TaskData {
  readonly train: Dataset
  readonly validation: Dataset
  readonly test: Dataset
  /** The test examples without the transformation that they have there, in the same order. */
  readonly untransformed?: Dataset
  /** Names of the classes; none where numbers are predicted or elements are chosen. */
  readonly classes: readonly string[]
  readonly facts: Facts
  /** All examples and their fixed folds, for tasks that are judged by cross-validation. */
  readonly all?: Dataset
  readonly folds?: readonly { readonly train: ArrayLike<number>; readonly test: ArrayLike<number> }[]
}

/** How a task's models are trained unless the command line says otherwise. */
export interface Recipe {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly decay?: {
    readonly every: number
    readonly factor: number
    readonly minimum: number
    /** Whether `every` grows and shrinks with the epochs that are asked for instead of the recipe's. */
    readonly stretches?: boolean
  }
  /** Steps of an epoch, where that is part of the protocol. */
  readonly stepsPerEpoch?: number
  /** Epochs without a lower validation loss after which the run stops. */
  readonly patience?: number
}

/** What a task is loaded with. */
export interface LoadOptions {
  /** The folder of data sets. */
  readonly data?: string
  readonly model: string
  readonly seed: number
  /** Values of all settings of the task. */
  readonly settings: Settings
}

/** A built-in task. */
export interface Task {
  readonly name: string
  readonly description: string
  readonly data: string
  readonly published: string
  readonly models: readonly [string, ...string[]]
  /** What may be set of the data, with the values that hold if nothing is set. */
  readonly settings?: Settings
  goal(facts: Facts): Goal
  recipe(model: string): Recipe
  load(options: LoadOptions): Promise<TaskData>
}
