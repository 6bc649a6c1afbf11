import { constants, existsSync } from 'node:fs'
import { access, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { TensorValue } from '@equivar/tensor'
import { CheckpointError, modelValuesOf } from '@equivar/train'
import { loadCheckpoint } from '@equivar/train/node'
import { asUsage, UsageError } from '../errors.ts'
import type { TaskModel } from '../model.ts'
import { buildTaskModel } from '../registry.ts'
import type { Task } from '../task.ts'
import { taskOfRun } from '../task-of.ts'
import { demandSameRun, parseConfig, type RunConfig, withoutFolders } from './run-config.ts'
import { LOCK } from './run-lock.ts'

/** Names of the files of a run. */
export const files = {
  model: 'model.onnx',
  trainStep: 'train-step.onnx',
  checkpoint: 'checkpoint.safetensors',
  config: 'config.json',
  metrics: 'metrics.jsonl',
  report: 'report.html',
  /** Of a cross-validation. */
  folds: 'folds.jsonl',
  summary: 'folds.json',
} as const

/** The path of a run's file. */
export const fileOf = (folder: string, name: keyof typeof files): string => join(folder, files[name])

/** The configuration of a run. @throws UsageError if the folder holds no run, or its configuration is damaged. */
export async function readConfig(folder: string): Promise<RunConfig> {
  const path = fileOf(folder, 'config')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new UsageError(
      `${folder}: expected a run directory with ${files.config}, but it has none; create one with: equivar train TASK --out ${folder}`,
    )
  }
  return parseConfig(text, path)
}

/** A run: its configuration, its task and its model. */
export interface Run {
  readonly config: RunConfig
  readonly task: Task
  readonly model: TaskModel
}

/**
 * The run that a configuration describes.
 *
 * @param folder - the run directory. @param where - what holds the configuration, for messages.
 * @throws UsageError if its task is not there, or it describes no model.
 */
export async function runOf(config: RunConfig, folder: string, where: string): Promise<Run> {
  const task = await taskOfRun(config, folder, where)
  return { config, task, model: await asUsage(where, () => buildTaskModel(task, config.model, config.settings, config)) }
}

/** The run in a folder. @throws UsageError if the folder holds none, or its configuration describes no model. */
export async function readRun(folder: string): Promise<Run> {
  return await runOf(await readConfig(folder), folder, fileOf(folder, 'config'))
}

/** The values of a run's model, and the epoch that they are from with `--keep best`. @throws CheckpointError if the checkpoint is damaged. */
export async function modelValues(
  folder: string,
  config: RunConfig,
): Promise<{ readonly values: Readonly<Record<string, TensorValue>>; readonly epoch: string | undefined }> {
  const path = fileOf(folder, 'checkpoint')
  const checkpoint = await loadCheckpoint(path)
  demandSameRun(path, configOfCheckpoint(checkpoint.metadata, path), config)
  return { values: modelValuesOf(checkpoint), epoch: checkpoint.metadata.best }
}

/** The configuration of the run that a checkpoint belongs to. @throws CheckpointError if it is of no run. */
export function configOfCheckpoint(metadata: Readonly<Record<string, string>>, path: string): RunConfig {
  if (metadata.config === undefined)
    throw new CheckpointError(`${path}: expected the checkpoint of a run, with its configuration, received one without.`)
  return parseConfig(metadata.config, path)
}

/** Checks that an exported model belongs to a run. @throws UsageError if it is of another. */
export function demandModelOfRun(path: string, metadata: Readonly<Record<string, string>>, config: RunConfig): void {
  if (metadata.config === undefined) return
  demandSameRun(path, withoutFolders(parseConfig(metadata.config, path)), withoutFolders(config))
}

/** The files of a run that are there. */
export const presentFiles = (folder: string): string[] => Object.values(files).filter((name) => existsSync(join(folder, name)))

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOENT: 'no folder can be made there',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'it is a file',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'it is a link to itself',
}

/** @throws UsageError that says why the folder cannot be used. */
function refuseFolder(folder: string, error: unknown): never {
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
  if (reason === undefined) throw error
  throw new UsageError(`--out ${folder}: expected a folder that can be written, but ${reason}; choose another --out`)
}

/** Checks early, and without creating anything, that a run directory can be made. @throws UsageError that says why not. */
export async function demandWritable(folder: string): Promise<void> {
  let at = resolve(folder)
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  try {
    if (!(await stat(at)).isDirectory()) throw Object.assign(new Error(at), { code: at === resolve(folder) ? 'EEXIST' : 'ENOTDIR' })
    await access(at, constants.W_OK | constants.X_OK)
  } catch (error) {
    refuseFolder(folder, error)
  }
}

/**
 * Creates a folder and those above it. Node's own recursive `mkdir` never ends where a folder cannot be made in one that is there, such as `/proc/none`.
 *
 * @throws UsageError that says why it cannot be created.
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = []
  for (let at = resolve(folder); !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.push(at)
  for (const path of missing.reverse())
    await mkdir(path).catch((error: unknown) => {
      // Another process may have been faster.
      if (!existsSync(path)) refuseFolder(folder, error)
    })
}

/** Checks that a new run replaces nothing. @throws UsageError if the folder holds a run. */
export function demandEmpty(folder: string): void {
  const present = presentFiles(folder)
  if (present.length > 0)
    throw new UsageError(
      `${folder}: expected a folder without a run, found ${present.join(', ')}; --resume continues that run, --overwrite replaces it, or choose another --out`,
    )
}

/**
 * Removes the files of a run, and what a killed process has left of them. The checkpoint goes first and the configuration last, so that what is left after a kill
 * belongs to one run.
 */
export async function clearRun(folder: string): Promise<void> {
  const { config, checkpoint, ...others } = files
  for (const name of [checkpoint, ...Object.values(others), config]) await rm(join(folder, name), { force: true })
  await clearTemporaries(folder)
}

/** Removes temporary files that a killed process has left. */
export async function clearTemporaries(folder: string): Promise<void> {
  const own = [...Object.values(files), LOCK]
  const left = (await readdir(folder)).filter((name) => /\.(tmp|stale)$/.test(name) && own.some((file) => name.startsWith(`${file}.`)))
  for (const name of left) await rm(join(folder, name), { force: true })
}
