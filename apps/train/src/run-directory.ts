import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './errors.ts'
import type { Facts, Settings, TaskModel } from './model.ts'
import { buildModel, findTask } from './registry.ts'

/** The contents of `config.json`: everything needed to rebuild the model. */
export interface RunConfig extends Facts {
  readonly task: string
  readonly model: string
  readonly settings: Settings
  /** Data settings that differ from the task's defaults. */
  readonly dataSettings?: Settings
  /** Names of the classes; empty for regression. */
  readonly classes: readonly string[]
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
  /** Whether the model has the values of the epoch with the lowest validation loss instead of the last. */
  readonly keep?: 'best'
  readonly symmetries: readonly string[]
}

/** Names of the files of a run. */
export const files = {
  model: 'model.onnx',
  trainStep: 'train-step.onnx',
  checkpoint: 'checkpoint.safetensors',
  config: 'config.json',
  metrics: 'metrics.jsonl',
  report: 'report.html',
  /** With `--keep best` only. */
  best: 'best.safetensors',
} as const

/** The path of a run's file. */
export const fileOf = (folder: string, name: keyof typeof files): string => join(folder, files[name])

/** The file with the values of a run's model. */
export const valuesFile = (folder: string, { keep }: RunConfig): string => fileOf(folder, keep === 'best' ? 'best' : 'checkpoint')

/** The configuration of a run. @throws UsageError if the folder holds no run. */
export async function readConfig(folder: string): Promise<RunConfig> {
  const path = join(folder, files.config)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new UsageError(
      `${folder}: expected a run directory with ${files.config}, but it has none; create one with: equivar train TASK --out ${folder}`,
    )
  }
  try {
    return JSON.parse(text) as RunConfig
  } catch {
    throw new UsageError(`${path}: expected JSON, received something else`)
  }
}

/** The model that a configuration describes. */
export function modelOf(config: RunConfig): TaskModel {
  return buildModel(config.model, config.settings, config, findTask(config.task).goal(config))
}

/** Checks that a resumed run has the same configuration, before anything is written. @throws UsageError if it differs. */
export async function demandSameRun(out: string, config: RunConfig): Promise<void> {
  if (!existsSync(join(out, files.config))) return
  const essence = ({ task, model, settings, dataSettings, seed, batchSize, accumulate, clipNorm, keep }: RunConfig): string =>
    JSON.stringify({ task, model, settings, dataSettings, seed, batchSize, accumulate, clipNorm, keep })
  const [before, now] = [essence(await readConfig(out)), essence(config)]
  if (before !== now) throw new UsageError(`${out}: expected to resume ${before}, received ${now}`)
}

/** The objects in a file of JSON lines. Ignores an incomplete last line, which a killed run may leave. */
export async function completeLines<Line>(path: string): Promise<Line[]> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Line)
}
