import type { Dataset } from '@equivar/datasets'
import { UsageError } from './errors.ts'
import type { Goal } from './goals.ts'
import { defaultSettings, type Facts, type Settings } from './models.ts'
import { qm7, qm7Sphere } from './tasks/molecules.ts'
import { citations } from './tasks/nodes.ts'
import { relief } from './tasks/relief.ts'
import { setTasks } from './tasks/sets.ts'
import { signalsTask } from './tasks/signals.ts'
import { sphericalMnist } from './tasks/spherical-mnist.ts'
import { tuTask, tuTasks } from './tasks/tu.ts'

/** The examples of a task. */
export interface TaskData {
  readonly train: Dataset
  readonly validation: Dataset
  readonly test: Dataset
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
  readonly decay?: { readonly every: number; readonly factor: number; readonly minimum: number }
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
  /** Values of the task's settings, all of them; the task's own if left out. */
  readonly settings?: Settings
}

/** A built-in task. */
export interface Task {
  readonly name: string
  readonly description: string
  readonly data: string
  readonly published: string
  readonly models: readonly [string, ...string[]]
  /** What may be set of its data, with the values that hold if nothing is set; its models have no setting of the same name. */
  readonly settings?: Settings
  goal(facts: Facts): Goal
  recipe(model: string): Recipe
  load(options: LoadOptions): Promise<TaskData>
}

/** The built-in tasks. */
export const tasks: readonly Task[] = [signalsTask, ...tuTasks, ...citations, qm7, qm7Sphere, ...setTasks, sphericalMnist, relief]

/** The task of that name; `tu:NAME` is any TU set in the data folder. @throws UsageError listing the names if there is none. */
export function findTask(name: string): Task {
  if (name.startsWith('tu:')) return tuTask(name, name.slice(3), '')
  const found = tasks.find((task) => task.name === name)
  if (found === undefined)
    throw new UsageError(`expected a task (${tasks.map((task) => task.name).join(', ')}, tu:NAME), received "${name}"`)
  return found
}

/** What a task asks of its models. */
export function goalOf(task: string, facts: Facts): Goal {
  return findTask(task).goal(facts)
}

/** What may be set of a task and of one of its models. */
export function settingsOf(task: Task, model: string): string[] {
  return Object.keys({ ...task.settings, ...defaultSettings(model) })
}

/** The data of a run. @param given - settings of the run, of which the task takes its own. */
export async function loadTask(name: string, given: Settings, options: Omit<LoadOptions, 'settings'>): Promise<TaskData> {
  const task = findTask(name)
  const settings = Object.fromEntries(Object.entries(task.settings ?? {}).map(([key, value]) => [key, given[key] ?? value]))
  return await task.load({ ...options, settings })
}
