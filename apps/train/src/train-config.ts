/**
 * The contents of a file for `--config`: defaults for the options of the same names, all but those that say what to do with a folder that holds a run (`resume`,
 * `overwrite`). Options on the command line take precedence.
 */
export interface TrainConfig {
  readonly model?: string
  readonly out?: string
  readonly epochs?: number
  readonly seed?: number
  readonly data?: string
  readonly split?: string
  readonly kind?: string
  readonly label?: string
  readonly target?: string
  readonly edges?: string
  readonly directed?: boolean
  readonly nodeId?: string
  readonly setId?: string
  readonly splitColumn?: string
  readonly size?: string
  readonly labels?: string
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
