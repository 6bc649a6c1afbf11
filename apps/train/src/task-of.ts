import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { UsageError } from './errors.ts'
import { ownTask } from './own-data/own-task.ts'
import type { OwnSource } from './own-data/source.ts'
import { findTask } from './registry.ts'
import type { RunConfig } from './run/run-config.ts'
import type { Task } from './task.ts'

/** What names a task. */
interface Named {
  readonly task: string
  readonly own?: OwnSource | undefined
  /** The path of a file that defines it. */
  readonly file?: string | undefined
}

/** A task: of a file, own data, or a built-in one by its name. @throws UsageError if there is none of that name, or the file is wrong. */
export async function taskOf({ task, own, file }: Named): Promise<Task> {
  if (file !== undefined) return (await import('./user-task/task-of-file.ts')).taskOfFile(file)
  return own === undefined ? findTask(task) : ownTask
}

/** The path of a file as a message names it: from the current folder, unless that is longer. */
function shortPath(path: string): string {
  const short = relative('', path)
  return short.length < path.length ? short : path
}

/**
 * The task of a run.
 *
 * @param folder - the run directory, from which the path of the task's file is counted.
 * @param where - what says so, for messages.
 * @throws UsageError if the file is not there.
 */
export async function taskOfRun(config: RunConfig, folder: string, where: string): Promise<Task> {
  const { taskFile } = config
  if (taskFile === undefined) return taskOf(config)
  const path = resolve(folder, taskFile)
  if (!existsSync(path))
    throw new UsageError(
      `${where}: expected the file of its task, ${shortPath(path)}, which does not exist; put it back, or write its new path, from the run directory, as "taskFile" into ${join(folder, 'config.json')}`,
    )
  const task = await taskOf({ ...config, file: shortPath(path) })
  if (task.file?.digest !== config.taskDigest)
    process.stderr.write(`note: ${shortPath(path)} has changed since the run in ${folder} was trained\n`)
  return task
}
