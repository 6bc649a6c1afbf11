import { UsageError } from './errors.ts'
import type { Settings } from './model.ts'
import { findTask, loadTask } from './registry.ts'
import type { RunConfig } from './run-directory.ts'
import type { TaskData } from './task.ts'

/**
 * The examples that a run was trained and judged on.
 *
 * @param folder - of data sets.
 * @param settings - those of the data that differ from the run's.
 * @throws UsageError if the task has no such setting.
 */
export async function dataOf(config: RunConfig, folder: string | undefined, settings: Settings = {}): Promise<TaskData> {
  const task = findTask(config.task)
  const known = Object.keys(task.settings ?? {})
  const unknown = Object.keys(settings).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new UsageError(
      `--set: expected a setting of the data of ${task.name} (${known.join(', ') || 'it has none'}), received "${unknown}"`,
    )
  return loadTask(task, {
    ...(folder === undefined ? {} : { data: folder }),
    model: config.model,
    seed: config.seed,
    settings: { ...config.dataSettings, ...settings },
  })
}
