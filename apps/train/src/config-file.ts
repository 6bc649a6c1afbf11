import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from './errors.ts'
import type { OwnOptions } from './own-data/own-source.ts'
import { shown } from './printable.ts'

/**
 * The contents of a file for `--config`: defaults for the options of the same names, all but those that say what to do with a folder that holds a run (`resume`,
 * `overwrite`). Options on the command line take precedence.
 */
export interface TrainConfig extends Omit<OwnOptions, 'data'> {
  readonly model?: string
  readonly out?: string
  readonly epochs?: number
  readonly seed?: number
  readonly data?: string
  readonly backend?: 'onnx' | 'tfjs'
  readonly device?: 'cpu' | 'cuda' | 'webgpu'
  readonly threads?: number
  readonly keep?: 'last' | 'best'
  readonly folds?: number
  readonly fold?: number
  readonly json?: boolean
  /** Settings, as for `--set`; true is 1, false is 0. */
  readonly set?: Readonly<Record<string, number | boolean>>
}

const kinds: Readonly<Record<keyof TrainConfig, 'string' | 'number' | 'boolean' | 'object'>> = {
  model: 'string',
  out: 'string',
  epochs: 'number',
  seed: 'number',
  data: 'string',
  backend: 'string',
  device: 'string',
  threads: 'number',
  keep: 'string',
  folds: 'number',
  fold: 'number',
  json: 'boolean',
  set: 'object',
  split: 'string',
  kind: 'string',
  label: 'string',
  target: 'string',
  edges: 'string',
  directed: 'boolean',
  nodeId: 'string',
  setId: 'string',
  splitColumn: 'string',
  labels: 'string',
  size: 'string',
}

/** Checks the types of a configuration: `export default defineConfig({ epochs: 20 })`. */
export function defineConfig(config: TrainConfig): TrainConfig {
  return config
}

/**
 * The default export of a configuration file in TypeScript or JavaScript.
 *
 * @throws UsageError if the file does not exist, cannot be run, or has an unknown key or a value of a wrong type.
 */
export async function readConfigFile(path: string): Promise<TrainConfig> {
  const file = resolve(path)
  if (!existsSync(file)) throw new UsageError(`--config: the file ${path} does not exist`)
  let config: unknown
  try {
    // Node 20 cannot load TypeScript; jiti can.
    const { createJiti } = await import('jiti')
    const module = await createJiti(pathToFileURL(file).href, { interopDefault: false }).import<Readonly<Record<string, unknown>>>(file)
    config = module.default
  } catch (cause) {
    throw new UsageError(`${path}: could not be run (${cause instanceof Error ? cause.message : shown(cause)})`)
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new UsageError(`${path}: expected an object as default export, received ${shown(config)}`)
  for (const [key, value] of Object.entries(config)) {
    const kind = Object.hasOwn(kinds, key) ? kinds[key as keyof TrainConfig] : undefined
    if (kind === undefined) throw new UsageError(`${path}: expected ${Object.keys(kinds).join(', ')}, received "${key}"`)
    if (typeof value !== kind || value === null || Array.isArray(value) || (kind === 'number' && !Number.isFinite(value)))
      throw new UsageError(`${path}: expected "${key}" to be ${kind === 'object' ? 'an' : 'a'} ${kind}, received ${shown(value)}`)
  }
  const { set = {} } = config as TrainConfig
  const odd = Object.entries(set).find(([, value]) => typeof value !== 'boolean' && !Number.isFinite(value))
  if (odd !== undefined)
    throw new UsageError(`${path}: expected "${odd[0]}" in set to be a finite number, true or false, received ${shown(odd[1])}`)
  return config as TrainConfig
}
