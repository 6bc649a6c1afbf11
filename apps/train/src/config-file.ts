import { UsageError } from './errors.ts'
import { shown } from './printable.ts'
import type { TrainConfig } from './train-config.ts'
import { defaultExport } from './user-task/load-file.ts'

const kinds: Readonly<Record<keyof TrainConfig, 'string' | 'number' | 'boolean' | 'object'>> = {
  model: 'string',
  out: 'string',
  epochs: 'number',
  seed: 'number',
  data: 'string',
  split: 'string',
  kind: 'string',
  label: 'string',
  target: 'string',
  edges: 'string',
  directed: 'boolean',
  nodeId: 'string',
  setId: 'string',
  splitColumn: 'string',
  size: 'string',
  labels: 'string',
  backend: 'string',
  device: 'string',
  threads: 'number',
  keep: 'string',
  folds: 'number',
  fold: 'number',
  json: 'boolean',
  set: 'object',
}

/**
 * The default export of a configuration file in TypeScript or JavaScript.
 *
 * @throws UsageError if the file does not exist, cannot be run, or has an unknown key or a value of a wrong type.
 */
export async function readConfigFile(path: string): Promise<TrainConfig> {
  const config = await defaultExport(path, { prefix: '--config: ' })
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
