import { UsageError } from '../errors.ts'
import type { Settings } from '../model.ts'

/** A setting of 0 or 1. @throws UsageError for other values. */
export function flag(settings: Settings, name: string): boolean {
  const value = settings[name] ?? 0
  if (value !== 0 && value !== 1) throw new UsageError(`--set: expected ${name}=0 or ${name}=1, received ${value}`)
  return value === 1
}

/** An integer setting from `least` to `most`. @throws UsageError for other values. */
export function whole(settings: Settings, name: string, least: number, most: number = Number.POSITIVE_INFINITY): number {
  const value = settings[name] ?? least
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const range = most === Number.POSITIVE_INFINITY ? `of ${least} or more` : `from ${least} to ${most}`
  throw new UsageError(`--set: expected ${name} ${range}, received ${value}`)
}
