import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The folder of real data for tests that need it: `data` in the folder EQUIVAR_SHARED, else in `shared` beside the repository. */
export const sharedData: string = join(process.env.EQUIVAR_SHARED ?? resolve(import.meta.dirname, '../../../../shared'), 'data')

/** Whether a file of this folder is missing, for test.skipIf. */
export const isMissing = (file: string): boolean => !existsSync(join(sharedData, file))
