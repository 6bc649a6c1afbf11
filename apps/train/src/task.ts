import type { Dataset } from '@equivar/datasets'
import type { Goal } from './goals.ts'
import type { Facts, ModelKind, Settings } from './model.ts'
import type { OwnSource } from './own-data/source.ts'

/** A fold: the examples to train on, and those held out. */
export interface FoldData {
  readonly train: Dataset
  readonly validation: Dataset
  /** What was fitted to the training part of the fold, if it differs from fold to fold. */
  readonly facts?: Facts
}

/** The examples of a task. */
export interface TaskData {
  readonly train: Dataset
  readonly validation: Dataset
  readonly test: Dataset
  /** The test examples without their transformation, in the same order. */
  readonly untransformed?: Dataset
  /** Names of the classes; empty for regression and for the choice of an element. */
  readonly classes: readonly string[]
  readonly facts: Facts
  /** For own data: what was found, in a few lines. */
  readonly found?: readonly string[]
  /** For own data: the loss of the best answer that is always the same. */
  readonly constantLoss?: number | undefined
  /** For own data: the models that fit the examples; the first is the default. */
  readonly models?: readonly [string, ...string[]]
  /** For own data: where a test example is from, for people. */
  readonly nameOf?: (example: number) => string
  /** The folds of a cross-validation: fixed ones, or random ones of own data. */
  readonly folds?: readonly FoldData[]
  /** For data that stay on the disk: closes the file, and ends the threads that read it. */
  readonly close?: () => Promise<void>
}

/** The default training of a task's models. */
export interface Recipe {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly decay?: {
    readonly every: number
    readonly factor: number
    readonly minimum: number
    /** Whether `every` scales with the number of epochs if it differs from the recipe's. */
    readonly stretches?: boolean
  }
  /** Steps per epoch, if the protocol fixes them. */
  readonly stepsPerEpoch?: number
  /** The largest random shift of training images, as a share of their sides; none if left out. */
  readonly shift?: number
  /** Epochs without a lower validation loss after which the run stops. */
  readonly patience?: number
}

/** Options for loading a task. */
export interface LoadOptions {
  /** The folder of data sets. */
  readonly data?: string
  readonly model: string
  readonly seed: number
  /** Values of all settings of the task. */
  readonly settings: Settings
  /** Where own data are. */
  readonly own?: OwnSource
  /** The number of folds to divide own data into, instead of splitting them. */
  readonly folds?: number
  /** Stops the reading of own data. */
  readonly signal?: AbortSignal
}

/** A file that defines a task. */
export interface TaskFile {
  /** Its absolute path. */
  readonly path: string
  /** Of its content: `sha256:...`. */
  readonly digest: string
}

/** A task: built-in, own data, or a file of one's own. */
export interface Task {
  readonly name: string
  readonly description: string
  readonly data: string
  readonly published: string
  readonly models: readonly [string, ...string[]]
  /** Models that only this task has. */
  readonly kinds?: Readonly<Record<string, ModelKind>>
  /** The file that defines it. */
  readonly file?: TaskFile
  /** The data settings with their defaults. */
  readonly settings?: Settings
  goal(facts: Facts): Goal
  /** @param data - the loaded examples, on whose number the recipe for own data depends. */
  recipe(model: string, data?: TaskData): Recipe
  load(options: LoadOptions): Promise<TaskData>
}
