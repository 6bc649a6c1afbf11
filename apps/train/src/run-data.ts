import { resolve } from 'node:path'
import { UsageError } from './errors.ts'
import type { Settings } from './model.ts'
import { loadTask } from './registry.ts'
import type { Run } from './run/run-directory.ts'
import type { TaskData } from './task.ts'

/**
 * The data sets of a run.
 *
 * @param folder - the folder of data sets.
 * @param settings - settings of the data that differ from those of the run.
 * @throws UsageError if the task does not have a setting.
 */
export async function dataOf(
  { config, task }: Pick<Run, 'config' | 'task'>,
  folder: string | undefined,
  settings: Settings = {},
): Promise<TaskData> {
  const known = Object.keys(task.settings ?? {})
  const unknown = Object.keys(settings).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new UsageError(`--set: expected a data setting of ${task.name} (${known.join(', ') || 'it has none'}), received "${unknown}"`)
  return loadTask(task, {
    ...(folder === undefined ? {} : { data: folder }),
    model: config.model,
    seed: config.seed,
    ...(config.own === undefined ? {} : { own: folder === undefined ? config.own : { ...config.own, paths: [resolve(folder)] } }),
    settings: { ...config.dataSettings, ...settings },
  })
}
