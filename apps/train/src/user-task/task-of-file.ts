import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import type { Dataset } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import type { Facts } from '../model.ts'
import { demandExamples, type Examples } from '../own-data/example.ts'
import { dataOfExamples, goals, recipeOf } from '../own-data/own-task.ts'
import { type ExampleRecord, exampleOf, kindOf } from '../own-data/record.ts'
import { shown } from '../printable.ts'
import type { FoldData, LoadOptions, Task, TaskData } from '../task.ts'
import { checkDefinition } from './check-definition.ts'
import type { TaskDatasets } from './define-task.ts'
import { inFileAsync } from './faults.ts'
import { defaultExport } from './load-file.ts'
import { type DefinedIn, networkOf } from './network.ts'

/** The name of the one model of a task in a file. */
const NETWORK = 'network'

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Examples from what `data` gives. Of the keys that could be predicted only the goal counts. */
function examplesOf({ definition: { goal, kind }, named }: DefinedIn, given: readonly unknown[]): Examples {
  const others = Object.keys(goals).filter((key) => key !== goal)
  const where = (i: number): string => `${named}: data: example ${i}`
  const records = given.map((record, i) => {
    if (!isRecord(record)) return record
    if (record.x !== undefined && record[goal] === undefined)
      throw new UsageError(`${where(i)}: expected "${goal}", the goal, received ${Object.keys(record).join(', ')}`)
    return Object.fromEntries(Object.entries(record).filter(([key]) => !others.includes(key)))
  })
  const examples = records.map((record, i) => exampleOf(record, where(i)))
  const [first] = records
  const all: Examples = { kind: kind ?? (first === undefined ? 'set' : kindOf(first as ExampleRecord, where(0))), examples }
  demandExamples(all, `${named}: data`)
  return all
}

/** Facts about examples of a file: what they are, and no standardization of the inputs if it is not wanted. */
function factsOf({ definition: { standardize = true } }: DefinedIn, { features, ...facts }: Facts, { kind }: Examples): Facts {
  return { ...facts, kind, ...(standardize && features !== undefined ? { features } : {}) }
}

async function dataFromExamples(defined: DefinedIn, given: readonly unknown[], { seed, folds }: LoadOptions): Promise<TaskData> {
  const all = examplesOf(defined, given)
  const data = await dataOfExamples(all, { seed, folds, shares: defined.definition.split })
  const change = (facts: Facts): Facts => factsOf(defined, facts, all)
  const changed = data.folds?.map((fold): FoldData => (fold.facts === undefined ? fold : { ...fold, facts: change(fold.facts) }))
  return { ...data, facts: change(data.facts), ...(changed === undefined ? {} : { folds: changed }) }
}

const factNames = ['channels', 'outputs', 'element', 'transformation', 'bandwidth', 'edgeChannels', 'size', 'regression']
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1
const isDataset = (value: unknown): value is Dataset => isRecord(value) && isCount(value.length) && typeof value.batch === 'function'

/** @throws UsageError if what `data` gives is neither examples nor data sets. */
function demandDatasets(where: string, given: unknown): TaskDatasets {
  if (!isRecord(given))
    throw new UsageError(`${where}: expected a list of examples, or { train, validation, test, facts }, received ${shown(given)}`)
  const missing = ['train', 'validation', 'test'].find((part) => !isDataset(given[part]))
  if (missing !== undefined)
    throw new UsageError(
      `${where}: expected "${missing}" to be a data set, { length, batch }, with examples, received ${shown(given[missing])}`,
    )
  const { facts, classes = [] } = given
  if (!isRecord(facts) || !isCount(facts.channels) || !isCount(facts.outputs))
    throw new UsageError(`${where}: expected "facts" with channels and outputs, whole numbers of 1 or more, received ${shown(facts)}`)
  const unknown = Object.keys(facts).find((name) => !factNames.includes(name))
  if (unknown !== undefined) throw new UsageError(`${where}: expected facts among ${factNames.join(', ')}, received "${unknown}"`)
  if (!Array.isArray(classes) || !classes.every((name) => typeof name === 'string'))
    throw new UsageError(`${where}: expected "classes" to be a list of names, received ${shown(classes)}`)
  return given as unknown as TaskDatasets
}

async function load(defined: DefinedIn, options: LoadOptions): Promise<TaskData> {
  const { definition, file, named } = defined
  const { settings, seed, data: folder } = options
  const choice = { seed, ...(folder === undefined ? {} : { folder }) }
  const given: unknown = await inFileAsync(file.path, `${named}: data`, async () => definition.data(settings, choice))
  if (Array.isArray(given)) return await dataFromExamples(defined, given, options)
  const { classes = [], facts, ...data } = demandDatasets(`${named}: data`, given)
  const { goal } = definition
  if ((goal === 'label' || goal === 'labels') && classes.length !== facts.outputs)
    throw new UsageError(
      `${named}: data: expected "classes" with ${facts.outputs} names, as facts.outputs says, received ${classes.length}`,
    )
  return { ...data, classes, facts: { ...facts, predicts: goal } }
}

/**
 * The task that a file defines by its default export.
 *
 * @param path - relative to the current folder, as in messages.
 * @throws UsageError that says what is wrong with the file, and where.
 */
export async function taskOfFile(path: string): Promise<Task> {
  const definition = checkDefinition(await defaultExport(path, { remedy: `; write one with: equivar new task ${path}` }), path)
  const digest = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  const defined: DefinedIn = { definition, named: path, file: { path: resolve(path), digest: `sha256:${digest}` } }
  return {
    name: basename(path, extname(path)),
    description: definition.description ?? path,
    data: 'its own',
    published: 'none',
    models: [NETWORK],
    kinds: { [NETWORK]: networkOf(defined) },
    file: defined.file,
    settings: definition.settings ?? {},
    goal: (facts) => goals[definition.goal](facts),
    recipe: (_, data) => recipeOf(data?.train.length ?? 1000, data?.facts.size !== undefined, definition.recipe),
    load: (options) => load(defined, options),
  }
}
