import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { LoadOptions } from '../task.ts'

/** The folder of data sets: the given one, else $EQUIVAR_DATA, else `shared/data` beside this repository, if it exists. */
export function dataFolder({ data }: Pick<LoadOptions, 'data'>): { data?: string } {
  const beside = fileURLToPath(new URL('../../../../../shared/data', import.meta.url))
  const folder = data ?? process.env.EQUIVAR_DATA ?? (existsSync(beside) ? beside : undefined)
  return folder === undefined ? {} : { data: folder }
}
