import type { Module } from '@equivar/nn'
import type { Tensor } from '@equivar/tensor'
import type { Symmetry } from '@equivar/verify'
import { UsageError } from '../errors.ts'
import type { Facts, Settings } from '../model.ts'
import { type ExampleKind, exampleKinds } from '../own-data/example.ts'
import { shown } from '../printable.ts'
import { trainingSettings } from '../settings.ts'
import type { Recipe } from '../task.ts'
import type { DataOptions, TaskGoal } from './define-task.ts'

type Tensors = Readonly<Record<string, Tensor>>

/** A definition as the command uses it: what its functions give is checked when they are called. */
export interface CheckedDefinition {
  readonly description?: string
  readonly settings?: Settings
  data(settings: Settings, options: DataOptions): unknown
  readonly kind?: ExampleKind
  readonly split?: readonly [number, number, number]
  readonly standardize?: boolean
  inputs?(facts: Facts, settings: Settings): unknown
  model(facts: Facts, settings: Settings): unknown
  output(network: Module, inputs: Tensors): unknown
  readonly goal: TaskGoal
  regularizer?(network: Module, inputs: Tensors): Tensor
  readonly symmetries?: readonly (Symmetry | Readonly<Record<string, string | undefined>>)[]
  readonly recipe?: Partial<Recipe>
}

const goals = ['label', 'y', 'labels', 'ys', 'chosen']
const kinds = exampleKinds.filter((kind) => kind !== 'molecule')
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0

/** What an entry must be, and the test of it. */
type Expected = readonly [description: string, holds: (value: unknown) => boolean]

const required: Readonly<Record<string, Expected>> = {
  data: ['a function that gives examples', isFunction],
  model: ['a function that gives a network', isFunction],
  output: ["a function that gives the network's output", isFunction],
  goal: [goals.map((goal) => `"${goal}"`).join(' or '), (value) => goals.includes(value as string)],
}

const optional: Readonly<Record<string, Expected>> = {
  description: ['text', (value) => typeof value === 'string'],
  settings: ['finite numbers by name', (value) => isRecord(value) && Object.values(value).every(Number.isFinite)],
  kind: [kinds.map((kind) => `"${kind}"`).join(' or '), (value) => kinds.some((kind) => kind === value)],
  split: [
    'three shares that sum to 1, such as [0.8, 0.1, 0.1]',
    (value) => Array.isArray(value) && value.length === 3 && value.every(isShare) && Math.abs(value.reduce((a, b) => a + b, 0) - 1) < 1e-6,
  ],
  standardize: ['true or false', (value) => typeof value === 'boolean'],
  inputs: ['a function that gives inputs by name', isFunction],
  regularizer: ['a function that gives a term of the loss', isFunction],
  symmetries: ['a list of symmetries, each a group or actions in words', (value) => Array.isArray(value) && value.every(isRecord)],
  recipe: ['the settings of a training', isRecord],
}

const wholes = ['epochs', 'batchSize', 'stepsPerEpoch', 'patience']

/** @throws UsageError for a setting of the training that is none. */
function demandRecipe(where: string, recipe: Readonly<Record<string, unknown>>): void {
  const known = [...wholes, 'learningRate', 'decay']
  for (const [key, value] of Object.entries(recipe)) {
    if (!known.includes(key)) throw new UsageError(`${where}: recipe: expected ${known.join(', ')}, received "${key}"`)
    const isWhole = Number.isSafeInteger(value) && (value as number) >= (key === 'epochs' ? 0 : 1)
    if (wholes.includes(key) && !isWhole)
      throw new UsageError(`${where}: recipe: expected "${key}" to be a whole number, received ${shown(value)}`)
    if (key === 'learningRate' && !(Number.isFinite(value) && (value as number) >= 0))
      throw new UsageError(`${where}: recipe: expected "learningRate" to be a number of 0 or more, received ${shown(value)}`)
    const isDecay = isRecord(value) && ['every', 'factor', 'minimum'].every((name) => Number.isFinite(value[name]))
    if (key === 'decay' && !isDecay)
      throw new UsageError(`${where}: recipe: expected "decay" to be { every, factor, minimum }, received ${shown(value)}`)
  }
}

/**
 * Checks the default export of a file that defines a task.
 *
 * @param where - the file as the user names it.
 * @throws UsageError that names the first entry that is missing, unknown or of another kind.
 */
export function checkDefinition(given: unknown, where: string): CheckedDefinition {
  const example = 'export default defineTask({ data, model, output, goal })'
  if (given === undefined) throw new UsageError(`${where}: expected a default export, ${example}, found none`)
  if (!isRecord(given)) throw new UsageError(`${where}: expected a task as default export, ${example}, received ${shown(given)}`)
  const all = { ...required, ...optional }
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(all, key))
  if (unknown !== undefined) throw new UsageError(`${where}: expected ${Object.keys(all).join(', ')}, received "${unknown}"`)
  for (const [key, [description, holds]] of Object.entries(all)) {
    const value = given[key]
    if (value === undefined && Object.hasOwn(optional, key)) continue
    if (!holds(value)) throw new UsageError(`${where}: expected "${key}" to be ${description}, received ${shown(value)}`)
  }
  const taken = Object.keys(given.settings ?? {}).find((key) => trainingSettings.some((name) => name === key))
  if (taken !== undefined)
    throw new UsageError(
      `${where}: settings: expected a name that no setting of the training has, received "${taken}"; it belongs to "recipe"`,
    )
  if (isRecord(given.recipe)) demandRecipe(where, given.recipe)
  return given as unknown as CheckedDefinition
}
