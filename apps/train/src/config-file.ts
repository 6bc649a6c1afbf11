import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from './errors.ts'

/** The contents of a file for `--config`: defaults for the options of the same names. Options on the command line take precedence. */
export interface TrainConfig {
  readonly model?: string
  readonly out?: string
  readonly epochs?: number
  readonly seed?: number
  readonly data?: string
  readonly backend?: 'onnx' | 'tfjs'
  readonly device?: 'cpu' | 'cuda' | 'webgpu'
  readonly threads?: number
  /** Settings, as for `--set`. */
  readonly set?: Readonly<Record<string, number>>
}

const kinds: Readonly<Record<keyof TrainConfig, 'string' | 'number' | 'object'>> = {
  model: 'string',
  out: 'string',
  epochs: 'number',
  seed: 'number',
  data: 'string',
  backend: 'string',
  device: 'string',
  threads: 'number',
  set: 'object',
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
    config = await createJiti(pathToFileURL(file).href).import(file, { default: true })
  } catch (cause) {
    throw new UsageError(`${path}: could not be run (${cause instanceof Error ? cause.message : cause})`)
  }
  if (typeof config !== 'object' || config === null)
    throw new UsageError(`${path}: expected an object as default export, received ${typeof config}`)
  for (const [key, value] of Object.entries(config)) {
    const kind = kinds[key as keyof TrainConfig]
    if (kind === undefined) throw new UsageError(`${path}: expected ${Object.keys(kinds).join(', ')}, received "${key}"`)
    if (typeof value !== kind) throw new UsageError(`${path}: expected "${key}" to be a ${kind}, received ${JSON.stringify(value)}`)
  }
  return config as TrainConfig
}
