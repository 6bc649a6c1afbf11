import type { OwnOptions } from './own-data/own-source.ts'

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

/** Checks the types of a configuration: `export default defineConfig({ epochs: 20 })`. */
export function defineConfig(config: TrainConfig): TrainConfig {
  return config
}
