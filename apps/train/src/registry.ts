import { countParameters } from '@equivar/nn'
import { UsageError } from './errors.ts'
import type { Goal } from './goals.ts'
import type { Facts, ModelKind, Settings, TaskModel } from './model.ts'
import { anyImageModels } from './models/any-images.ts'
import { edgeGraphModels } from './models/edge-graphs.ts'
import { elementModels } from './models/elements.ts'
import { energyModels } from './models/energies.ts'
import { graphModels } from './models/graphs.ts'
import { imageSetModels } from './models/image-sets.ts'
import { imageModels } from './models/images.ts'
import { particleModels } from './models/particles.ts'
import { selectionModels } from './models/selection.ts'
import { setModels } from './models/sets.ts'
import { signalModels } from './models/signals.ts'
import { sphereModels } from './models/spheres.ts'
import { shapeModels } from './models/tetris.ts'
import { vectorModels } from './models/vectors.ts'
import { volumeModels } from './models/volumes.ts'
import type { LoadOptions, Task, TaskData } from './task.ts'
import { forces } from './tasks/forces.ts'
import { rotatedMnist, transformedMnist } from './tasks/images.ts'
import { qm7, qm7Energies, qm7Sphere } from './tasks/molecules.ts'
import { citations } from './tasks/nodes.ts'
import { nbody } from './tasks/particles.ts'
import { relief } from './tasks/relief.ts'
import { selectionTasks } from './tasks/selection.ts'
import { setTasks } from './tasks/sets.ts'
import { signalsTask } from './tasks/signals.ts'
import { sphericalMnist } from './tasks/spherical-mnist.ts'
import { tetris } from './tasks/tetris.ts'
import { tuTask, tuTasks } from './tasks/tu.ts'
import { vectorTasks } from './tasks/vector-tasks.ts'
import { volumes } from './tasks/volumes.ts'

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
  tetris,
  nbody,
  qm7Energies,
  forces,
  ...vectorTasks,
  volumes,
]

/** The kinds of models, by name. */
const kinds: Readonly<Record<string, ModelKind>> = {
  ...signalModels,
  ...graphModels,
  ...edgeGraphModels,
  ...setModels,
  ...elementModels,
  ...selectionModels,
  ...imageModels,
  ...anyImageModels,
  ...imageSetModels,
  ...sphereModels,
  ...particleModels,
  ...energyModels,
  ...shapeModels,
  ...vectorModels,
  ...volumeModels,
}

/** Finds a task by name; `tu:NAME` is any TU data set in the data folder. @throws UsageError with the known names if it does not exist. */
export function findTask(name: string): Task {
  if (name.startsWith('tu:')) return tuTask(name, name.slice(3), '')
  const found = tasks.find((task) => task.name === name)
  if (found === undefined)
    throw new UsageError(
      `expected a task (${tasks.map((task) => task.name).join(', ')}, tu:NAME, or a file such as ./task.ts), received "${name}"`,
    )
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
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined) throw new UsageError(`expected a model (${Object.keys(kinds).join(', ')}), received "${name}"`)
  return kind
}

/** The settings of a model with their defaults. @param task - a task that may have models of its own. */
export function defaultSettings(name: string, task?: Task): Settings {
  return (task?.kinds?.[name] ?? kindOf(name)).defaults
}

/** Settings that need not be whole numbers, and the largest value of some others. */
const fractions = ['dropout', 'gain', 'weightDecay', 'orthogonality', 'radius']
const largest: Readonly<Record<string, number>> = {
  layers: 100,
  heads: 100,
  outputHeads: 100,
  oversampling: 8,
  inferenceOversampling: 8,
  degree: 8,
  hiddenDegree: 8,
  correlation: 4,
}
const LARGEST_SIZE = 65_536
/** A network with more does not fit into an ONNX file of 2 GB with its training step. */
const MOST_PARAMETERS = 100_000_000

/** @throws UsageError if a setting is unknown. */
function demandKnown(name: string, defaults: Settings, given: Settings): void {
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(defaults, key))
  if (unknown !== undefined)
    throw new UsageError(`${name}: expected the settings ${Object.keys(defaults).join(', ') || '(none)'}, received "${unknown}"`)
}

/** @throws UsageError if a setting is unknown or out of range. */
function demandSettings(name: string, defaults: Settings, given: Settings): void {
  demandKnown(name, defaults, given)
  for (const [key, value] of Object.entries(given)) {
    const isFraction = fractions.includes(key)
    const least = isFraction || defaults[key] === 0 ? 0 : 1
    const most = largest[key] ?? LARGEST_SIZE
    if (value >= least && value <= most && (isFraction || Number.isInteger(value))) continue
    throw new UsageError(
      `${name}: expected ${key} to be ${isFraction ? 'a number' : 'a whole number'} from ${least} to ${most}, received ${value}`,
    )
  }
}

/** @throws UsageError if there are more than 100,000,000 parameters. */
function build(kind: ModelKind, name: string, given: Settings, facts: Facts, goal: Goal): TaskModel {
  const model = kind.build({ ...kind.defaults, ...given }, facts, goal)
  const parameters = countParameters(model.module)
  if (parameters > MOST_PARAMETERS)
    throw new UsageError(
      `${name}: expected at most ${MOST_PARAMETERS.toLocaleString('en')} parameters, received ${parameters.toLocaleString('en')}; lower ${Object.keys(kind.defaults).join(', ') || 'its sizes'}`,
    )
  return model
}

/**
 * Builds a model of the registry.
 *
 * @param given - settings that differ from the model's defaults.
 * @throws UsageError if a setting is unknown or out of range, or there are more than 100,000,000 parameters.
 */
export function buildModel(name: string, given: Settings, facts: Facts, goal: Goal): TaskModel {
  const kind = kindOf(name)
  demandSettings(name, kind.defaults, given)
  return build(kind, name, given, facts, goal)
}

/** Builds a model of a task: its own, or one of the registry. @throws UsageError as `buildModel`. */
export function buildTaskModel(task: Task, name: string, given: Settings, facts: Facts): TaskModel {
  const own = task.kinds?.[name]
  if (own === undefined) return buildModel(name, given, facts, task.goal(facts))
  demandKnown(name, own.defaults, given)
  return build(own, name, given, facts, task.goal(facts))
}
