import type { Dataset } from '@equivar/datasets'
import { UsageError } from './errors.ts'
import type { Goal } from './goals.ts'
import type { Facts, Settings } from './models.ts'
import { rotatedMnist, transformedMnist } from './tasks/images.ts'
import { qm7, qm7Sphere } from './tasks/molecules.ts'
import { citations } from './tasks/nodes.ts'
import { relief } from './tasks/relief.ts'
import { selectionTasks } from './tasks/selection.ts'
import { setTasks } from './tasks/sets.ts'
import { signalsTask } from './tasks/signals.ts'
import { sphericalMnist } from './tasks/spherical-mnist.ts'
import { tuTask, tuTasks } from './tasks/tu.ts'

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

/** The built-in tasks. */
export const tasks: readonly Task[] = [
  signalsTask,
  ...tuTasks,
  ...citations,
  qm7,
  qm7Sphere,
  ...setTasks,
  ...selectionTasks,
  rotatedMnist,
  ...transformedMnist,
  sphericalMnist,
  relief,
]

/** The task of that name; `tu:NAME` is any TU set in the data folder. @throws UsageError listing the names if there is none. */
export function findTask(name: string): Task {
  if (name.startsWith('tu:')) return tuTask(name, name.slice(3), '')
  const found = tasks.find((task) => task.name === name)
  if (found === undefined)
    throw new UsageError(`expected a task (${tasks.map((task) => task.name).join(', ')}, tu:NAME), received "${name}"`)
  return found
}

/** The examples of a task. @param options - `settings`: what differs from the task's own. @throws RangeError or UsageError if a setting cannot be met, MissingDataError if files are missing. */
export function loadTask(
  task: Task,
  { settings = {}, ...options }: Omit<LoadOptions, 'settings'> & { readonly settings?: Settings },
): Promise<TaskData> {
  return task.load({ ...options, settings: { ...task.settings, ...settings } })
}

/** What a task asks of its models. */
export function goalOf(task: string, facts: Facts): Goal {
  return findTask(task).goal(facts)
}
