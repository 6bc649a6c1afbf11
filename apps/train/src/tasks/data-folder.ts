import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { LoadOptions } from '../task.ts'

/** Where data is looked for: the folder given, $EQUIVAR_DATA, or `shared/data` beside this repository, if it is there. */
export function dataFolder({ data }: LoadOptions): { data?: string } {
  const beside = fileURLToPath(new URL('../../../../../shared/data', import.meta.url))
  const folder = data ?? process.env.EQUIVAR_DATA ?? (existsSync(beside) ? beside : undefined)
  return folder === undefined ? {} : { data: folder }
}
