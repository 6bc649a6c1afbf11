import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
const fixtures = join(process.env.EQUIVAR_SHARED ?? resolve(root, '../shared'), 'fixtures')
const folder = join(fixtures, 'groups')

/** Whether the folder of golden cases exists. */
export const goldenCasesExist: boolean = existsSync(folder)

/** Reads the golden cases of a file, one JSON object per line. @param from - the folder among the golden cases. */
export function goldenCases<Case>(file: string, from = 'groups'): Case[] {
  if (!goldenCasesExist) return []
  return readFileSync(join(fixtures, from, file), 'utf8')
    .trim()
    .split('\n')
    .map((line): Case => JSON.parse(line))
}
