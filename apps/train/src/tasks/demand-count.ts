import { UsageError } from '../errors.ts'

/** @throws UsageError unless a setting of the data is a whole number from 1 to that many. */
export function demandCount(name: string, count: number, most: number = 2 ** 31 - 1): void {
  if (!Number.isInteger(count) || count < 1 || count > most)
    throw new UsageError(`--set: expected ${name} from 1 to ${most}, received ${count}`)
}
