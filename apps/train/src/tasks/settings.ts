import { UsageError } from '../errors.ts'
import type { Settings } from '../model.ts'

/** A setting of 0 or 1. @throws UsageError for other values. */
export function flag(settings: Settings, name: string): boolean {
  const value = settings[name] ?? 0
  if (value !== 0 && value !== 1) throw new UsageError(`--set: expected ${name}=0 or ${name}=1, received ${value}`)
  return value === 1
}

/** No setting is larger, unless its task says so. */
const MOST = 1_000_000

/** An integer setting from `least` to `most`. @throws UsageError for other values. */
export function whole(settings: Settings, name: string, least: number, most: number = MOST): number {
  const value = settings[name] ?? least
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new UsageError(`--set: expected ${name} to be a whole number from ${least} to ${most}, received ${value}`)
}

/** A setting from 0 to `most`, which need not be whole. @throws UsageError for other values. */
export function amount(settings: Settings, name: string, most: number): number {
  const value = settings[name] ?? 0
  if (value >= 0 && value <= most) return value
  throw new UsageError(`--set: expected ${name} from 0 to ${most}, received ${value}`)
}
