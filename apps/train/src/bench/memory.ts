import { readFileSync, writeFileSync } from 'node:fs'

/** Resident memory of this process in MiB. */
export interface Memory {
  readonly heldMiB: number
  /** The most since the last time this was asked; where the system does not tell, since the process started. */
  readonly peakMiB: number
}

/** What this process holds, and held at most since the last call. Linux counts that; writing 5 to `clear_refs` starts the count anew. */
export function residentMemory(): Memory {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    const ofLine = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
    const memory = { heldMiB: ofLine('VmRSS'), peakMiB: ofLine('VmHWM') }
    writeFileSync('/proc/self/clear_refs', '5')
    return memory
  } catch {
    return { heldMiB: process.memoryUsage().rss / 2 ** 20, peakMiB: process.resourceUsage().maxRSS / 1024 }
  }
}
