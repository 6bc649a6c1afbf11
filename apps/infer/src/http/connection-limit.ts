import { readFileSync } from 'node:fs'
import { type ServeOptions, workersOf } from '../options.ts'

/** File descriptors for the log, the model files, and everything else that is not a connection. */
const OWN = 64
/** File descriptors of a worker, of which two may exist while one replaces the other. */
const PER_WORKER = 16
const LEAST = 8

/** How many files this process may open. Node raises the soft limit to the hard one when it starts. */
function openFiles(): number {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** The largest number of connections: `--max-connections`, or fewer if the system allows fewer open files. Models and workers keep their share of them. */
export const connectionLimit = (options: ServeOptions): number =>
  Math.max(LEAST, Math.min(options.maxConnections, openFiles() - OWN - PER_WORKER * workersOf(options)))
