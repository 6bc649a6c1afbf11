import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { equivar, type Ran } from './in-process.ts'

/** Settings of a run that takes a moment. */
export const small = ['elements=2', 'hidden=3', 'kernel=3', 'trainSets=64'].flatMap((setting) => ['--set', setting])
/** Trains such a run in this process. */
export const train = (out: string, ...args: string[]): Promise<Ran> =>
  equivar('train', 'signals', '--threads', '1', '--out', out, ...small, ...args)
/** A message that nobody can act on. */
const FORBIDDEN = /undefined|NaN|\[object|Cannot read properties|Invalid (typed )?array length|call stack|\n./

/** Demands one line on standard error, with that exit status. */
export function expectRefused({ status, stderr }: Ran, message: RegExp): void {
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(FORBIDDEN)
  expect(status).toBe(2)
}

/** The checkpoint of a run. */
export const checkpoint = (out: string): string => join(out, 'checkpoint.safetensors')
/** A copy of a run directory. */
export const copyOf = (run: string, name: string): string => {
  cpSync(run, name, { recursive: true })
  return name
}
