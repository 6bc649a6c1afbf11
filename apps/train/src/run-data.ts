import type { RunConfig } from './run-directory.ts'
import { findTask, loadTask, type TaskData } from './tasks.ts'

/** The examples that a run was trained and judged on. @param folder - of data sets. */
export const dataOf = async (config: RunConfig, folder: string | undefined): Promise<TaskData> =>
  loadTask(findTask(config.task), {
    ...(folder === undefined ? {} : { data: folder }),
    model: config.model,
    seed: config.seed,
    ...(config.dataSettings === undefined ? {} : { settings: config.dataSettings }),
  })
