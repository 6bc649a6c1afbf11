import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
const folder = join(process.env.EQUIVAR_SHARED ?? resolve(root, '../shared'), 'fixtures', 'groups')

/** Whether the folder of golden cases exists. */
export const goldenCasesExist: boolean = existsSync(folder)

/** Reads the golden cases of a file, one JSON object per line. */
export function goldenCases<Case>(file: string): Case[] {
  if (!goldenCasesExist) return []
  return readFileSync(join(folder, file), 'utf8')
    .trim()
    .split('\n')
    .map((line): Case => JSON.parse(line))
}
