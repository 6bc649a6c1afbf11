import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

const total = (): { busy: number; all: number } =>
  cpus().reduce(
    ({ busy, all }, { times }) => {
      const sum = times.user + times.nice + times.sys + times.irq
      return { busy: busy + sum, all: all + sum + times.idle }
    },
    { busy: 0, all: 0 },
  )

/** Cores that are in use just now. */
async function coresInUse(): Promise<number> {
  const before = total()
  await pause(100)
  const after = total()
  return ((after.busy - before.busy) / Math.max(1, after.all - before.all)) * cpus().length
}

/** Waits until less than 0.12 cores are in use, for that many seconds at most. */
export async function quietMachine(seconds: number): Promise<void> {
  const deadline = performance.now() + 1000 * seconds
  while (performance.now() < deadline && (await coresInUse()) > 0.12) await pause(200)
}
