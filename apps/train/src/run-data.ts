import { resolve } from 'node:path'
import { UsageError } from './errors.ts'
import type { Settings } from './model.ts'
import type { OwnSource } from './own-data/source.ts'
import { loadTask } from './registry.ts'
import type { RunConfig } from './run/run-config.ts'
import type { Run } from './run/run-directory.ts'
import type { TaskData } from './task.ts'

/** Own data as the run has read them, or others like them: images have the size for which the model was made. */
const ownOf = (own: OwnSource, { size }: RunConfig, path: string | undefined): OwnSource => ({
  ...own,
  ...(size === undefined ? {} : { size }),
  ...(path === undefined ? {} : { paths: [resolve(path)] }),
})

/**
 * Uses the data sets of a run, and closes them afterwards.
 *
 * @param folder - the folder of data sets.
 * @param settings - settings of the data that differ from those of the run.
 * @throws UsageError if the task does not have a setting.
 */
export async function withDataOf<T>(
  { config, task }: Pick<Run, 'config' | 'task'>,
  { folder, settings = {} }: { readonly folder: string | undefined; readonly settings?: Settings },
  use: (data: TaskData) => Promise<T>,
): Promise<T> {
  const known = Object.keys(task.settings ?? {})
  const unknown = Object.keys(settings).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new UsageError(`--set: expected a data setting of ${task.name} (${known.join(', ') || 'it has none'}), received "${unknown}"`)
  const data = await loadTask(task, {
    ...(folder === undefined ? {} : { data: folder }),
    model: config.model,
    seed: config.seed,
    ...(config.own === undefined ? {} : { own: ownOf(config.own, config, folder) }),
    settings: { ...config.dataSettings, ...settings },
  })
  try {
    return await use(data)
  } finally {
    await data.close?.()
  }
}
