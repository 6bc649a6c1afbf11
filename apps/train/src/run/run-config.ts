import { basename } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Facts, Settings } from '../model.ts'
import { exampleKinds } from '../own-data/example.ts'
import type { OwnSource } from '../own-data/source.ts'
import { shown } from '../printable.ts'

/** The contents of `config.json`: everything needed to rebuild the model. */
export interface RunConfig extends Facts {
  readonly task: string
  readonly model: string
  readonly settings: Settings
  /** Data settings that differ from the task's defaults. */
  readonly dataSettings?: Settings
  /** Names of the classes; empty for regression. */
  readonly classes: readonly string[]
  /** Number of training examples. */
  readonly examples?: number
  readonly seed: number
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  /** Number of batches whose gradients are averaged for one update. */
  readonly accumulate?: number
  /** Largest global norm of the gradients. */
  readonly clipNorm?: number
  /** Epochs without a lower validation loss after which the run stops. */
  readonly patience?: number
  /** With several ranks, whose examples batch norm takes its statistics from: all ranks' if left out. */
  readonly statistics?: 'rank'
  /** Whether the model has the values of the epoch with the lowest validation loss instead of the last. */
  readonly keep?: 'best'
  /** Where own data are, and how they are read. */
  readonly own?: OwnSource
  /** The file that defines the task, by its path from the run directory. */
  readonly taskFile?: string
  /** Of that file's content: `sha256:...`. */
  readonly taskDigest?: string
  /** Number of folds of a cross-validation. */
  readonly folds?: number
  /** Number of processes that train together, if there are several. */
  readonly ranks?: number
  readonly symmetries: readonly string[]
}

/** A configuration for files that leave the machine: own data and the file of a task by their names, without folders. */
export function withoutFolders(config: RunConfig): RunConfig {
  const { own, taskFile } = config
  if (taskFile !== undefined) return { ...config, taskFile: basename(taskFile) }
  if (own === undefined) return config
  const { paths, edges, labels } = own
  return {
    ...config,
    own: {
      ...own,
      paths: paths.map((path) => basename(path)),
      ...(edges === undefined ? {} : { edges: basename(edges) }),
      ...(labels === undefined ? {} : { labels: basename(labels) }),
    },
  }
}

const isNumberOrNumbers = (value: unknown): boolean => (Array.isArray(value) ? value.every(Number.isFinite) : Number.isFinite(value))

/** The kinds of values, by what a message calls them. */
const kinds = {
  text: (value: unknown) => typeof value === 'string',
  'a list of texts': (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  'a finite number of 0 or more': (value: unknown) => typeof value === 'number' && value >= 0 && Number.isFinite(value),
  'a finite number of more than 0': (value: unknown) => typeof value === 'number' && value > 0 && Number.isFinite(value),
  'a whole number of 0 or more': (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0,
  'a whole number of 1 or more': (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1,
  'finite numbers by name': (value: unknown) => isRecord(value) && Object.values(value).every(Number.isFinite),
  '"best"': (value: unknown) => value === 'best',
  '"rank"': (value: unknown) => value === 'rank',
  '"image", "points" or "graph"': (value: unknown) => ['image', 'points', 'graph'].includes(value as string),
  'offset, scale and perChannel': (value: unknown) =>
    isRecord(value) &&
    isNumberOrNumbers(value.offset) &&
    isNumberOrNumbers(value.scale) &&
    (value.perChannel === undefined || (Array.isArray(value.perChannel) && value.perChannel.every(Number.isFinite))),
  'offset and scale for each channel': (value: unknown) => isRecord(value) && Array.isArray(value.offset) && Array.isArray(value.scale),
  'lists of texts by channel': (value: unknown) =>
    isRecord(value) && Object.values(value).every((names) => Array.isArray(names) && names.every((name) => typeof name === 'string')),
  'height and width': (value: unknown) =>
    Array.isArray(value) && value.length === 2 && value.every((each) => Number.isSafeInteger(each) && each > 0),
  'label, y, labels, ys or chosen': (value: unknown) => ['label', 'y', 'labels', 'ys', 'chosen'].includes(value as string),
  'a kind of example': (value: unknown) => exampleKinds.some((kind) => kind === value),
  'paths of data': (value: unknown) =>
    isRecord(value) && Array.isArray(value.paths) && value.paths.every((each) => typeof each === 'string'),
} as const

type Kind = keyof typeof kinds

const [COUNT, SOME] = ['a whole number of 0 or more', 'a whole number of 1 or more'] as const

const required: Readonly<Record<string, Kind>> = {
  task: 'text',
  model: 'text',
  settings: 'finite numbers by name',
  classes: 'a list of texts',
  seed: COUNT,
  epochs: COUNT,
  batchSize: SOME,
  learningRate: 'a finite number of 0 or more',
  symmetries: 'a list of texts',
  channels: SOME,
  outputs: SOME,
}

const optional: Readonly<Record<string, Kind>> = {
  dataSettings: 'finite numbers by name',
  examples: COUNT,
  accumulate: SOME,
  clipNorm: 'a finite number of more than 0',
  patience: SOME,
  keep: '"best"',
  statistics: '"rank"',
  folds: SOME,
  ranks: SOME,
  element: '"image", "points" or "graph"',
  transformation: 'text',
  bandwidth: SOME,
  edgeChannels: SOME,
  regression: 'offset, scale and perChannel',
  features: 'offset and scale for each channel',
  edgeFeatures: 'offset and scale for each channel',
  categoryNames: 'lists of texts by channel',
  edgeCategoryNames: 'lists of texts by channel',
  columns: 'a list of texts',
  size: 'height and width',
  predicts: 'label, y, labels, ys or chosen',
  own: 'paths of data',
  taskFile: 'text',
  taskDigest: 'text',
  kind: 'a kind of example',
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads the configuration of a run.
 *
 * @param where - the file's name, for messages.
 * @throws UsageError that names the first entry that is missing or of another kind.
 */
export function parseConfig(text: string, where: string): RunConfig {
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch {
    throw new UsageError(`${where}: expected JSON, received something else; the file is damaged`)
  }
  if (!isRecord(config)) throw new UsageError(`${where}: expected the configuration of a run, received ${shown(config ?? null)}`)
  for (const [name, kind] of [...Object.entries(required), ...Object.entries(optional)]) {
    const value = Object.hasOwn(config, name) ? config[name] : undefined
    if (value === undefined && Object.hasOwn(optional, name)) continue
    if (!kinds[kind](value)) throw new UsageError(`${where}: expected "${name}" to be ${kind}, received ${shown(value)}`)
  }
  return config as unknown as RunConfig
}

/** What may change when a run is resumed, and what follows from the rest. */
const free = ['epochs', 'learningRate', 'patience', 'ranks', 'taskFile']

/** The entries of two configurations that differ, as texts; undefined if it is the same run. @param except - entries that may differ. */
function differences(
  before: RunConfig,
  now: RunConfig,
  except: readonly string[] = free,
): { readonly before: string; readonly now: string } | undefined {
  const [a, b] = [before, now] as unknown as Readonly<Record<string, unknown>>[] as [Record<string, unknown>, Record<string, unknown>]
  const sorted = (value: unknown): unknown =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([p], [q]) => (p < q ? -1 : 1))) : value
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  const differing = names.filter((name) => !except.includes(name) && JSON.stringify(sorted(a[name])) !== JSON.stringify(sorted(b[name])))
  if (differing.length === 0) return undefined
  const texts = (config: Readonly<Record<string, unknown>>): string =>
    JSON.stringify(Object.fromEntries(differing.map((name) => [name, config[name] ?? null])))
  return { before: texts(a), now: texts(b) }
}

/** Checks that two configurations are of one run. @throws UsageError that shows what differs. */
export function demandSameRun(where: string, before: RunConfig, now: RunConfig, except: readonly string[] = free): void {
  const differing = differences(before, now, except)
  if (differing === undefined) return
  if (before.taskDigest !== undefined && now.taskDigest !== undefined && before.taskDigest !== now.taskDigest)
    throw new UsageError(
      `${where}: expected to resume with ${before.taskFile} as it was when the run began, but it has changed; undo the change, use --overwrite to replace the run, or another --out`,
    )
  throw new UsageError(
    `${where}: expected to resume ${differing.before}, received ${differing.now}; use the same options, --overwrite to replace the run, or another --out`,
  )
}
