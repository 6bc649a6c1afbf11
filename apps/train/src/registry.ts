import { UsageError } from './errors.ts'
import type { Goal } from './goals.ts'
import type { Facts, ModelKind, Settings, TaskModel } from './model.ts'
import { elementModels } from './models/elements.ts'
import { graphModels } from './models/graphs.ts'
import { imageModels } from './models/images.ts'
import { selectionModels } from './models/selection.ts'
import { setModels } from './models/sets.ts'
import { signalModels } from './models/signals.ts'
import { sphereModels } from './models/spheres.ts'
import { OWN, ownTask } from './own-data/own-task.ts'
import type { LoadOptions, Task, TaskData } from './task.ts'
import { rotatedMnist, transformedMnist } from './tasks/images.ts'
import { qm7, qm7Sphere } from './tasks/molecules.ts'
import { citations } from './tasks/nodes.ts'
import { relief } from './tasks/relief.ts'
import { selectionTasks } from './tasks/selection.ts'
import { setTasks } from './tasks/sets.ts'
import { signalsTask } from './tasks/signals.ts'
import { sphericalMnist } from './tasks/spherical-mnist.ts'
import { tuTask, tuTasks } from './tasks/tu.ts'

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

/** The kinds of models, by name. */
const kinds: Readonly<Record<string, ModelKind>> = {
  ...signalModels,
  ...graphModels,
  ...setModels,
  ...elementModels,
  ...selectionModels,
  ...imageModels,
  ...sphereModels,
}

/** Finds a task by name; `tu:NAME` is any TU data set in the data folder. @throws UsageError with the known names if it does not exist. */
export function findTask(name: string): Task {
  if (name === OWN) return ownTask
  if (name.startsWith('tu:')) return tuTask(name, name.slice(3), '')
  const found = tasks.find((task) => task.name === name)
  if (found === undefined)
    throw new UsageError(`expected a task (${tasks.map((task) => task.name).join(', ')}, tu:NAME), received "${name}"`)
  return found
}

/**
 * Loads the examples of a task.
 *
 * @param options - `settings`: data settings that differ from the task's defaults.
 * @throws RangeError or UsageError if a setting is invalid, MissingDataError if files are missing.
 */
export function loadTask(
  task: Task,
  { settings = {}, ...options }: Omit<LoadOptions, 'settings'> & { readonly settings?: Settings },
): Promise<TaskData> {
  return task.load({ ...options, settings: { ...task.settings, ...settings } })
}

function kindOf(name: string): ModelKind {
  const kind = kinds[name]
  if (kind === undefined) throw new RangeError(`buildModel: expected one of ${Object.keys(kinds).join(', ')}, received "${name}".`)
  return kind
}

/** The settings of a model with their defaults. */
export function defaultSettings(name: string): Settings {
  return kindOf(name).defaults
}

/** Builds a model. @param given - settings that differ from the model's defaults. */
export function buildModel(name: string, given: Settings, facts: Facts, goal: Goal): TaskModel {
  const kind = kindOf(name)
  return kind.build({ ...kind.defaults, ...given }, facts, goal)
}
