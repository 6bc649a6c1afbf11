import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { CheckFailed, UsageError } from '../errors.ts'
import { shown } from '../printable.ts'

/** The process that writes to a run directory. */
interface Owner {
  readonly pid: number
  readonly host: string
  /** When the process started, where the system tells it: a number of a process is used again. */
  readonly started?: string
  readonly token: string
}

/** The exclusive right to write to a run directory. */
export interface RunLock {
  /** Demands that no other process has taken the directory over. @throws CheckFailed if one has. */
  demandHeld(): Promise<void>
  release(): Promise<void>
}

/** The name of the lock's file. */
export const LOCK = 'run.lock'
/** A lock without an owner, which only a damaged file is, is stale after so long. */
const DAMAGED_AFTER = 10_000

/** When a process of this machine started; undefined if it has ended, or where the system does not tell. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const [boot, status] = await Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readFile(`/proc/${pid}/stat`, 'utf8')])
    // The name of the program, in parentheses, may hold spaces.
    const [state, ...fields] = status.slice(status.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : `${boot.trim()}:${fields[18]}`
  } catch {
    return undefined
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Whether an owner on this machine still runs. */
async function isAlive({ pid, started }: Owner): Promise<boolean> {
  return exists(pid) && (started === undefined || (await startOf(pid)) === started)
}

/** The owner in a lock file; undefined if it is damaged, null if there is no lock. */
async function readOwner(path: string): Promise<Owner | undefined | null> {
  try {
    const owner = JSON.parse(await readFile(path, 'utf8')) as Partial<Owner> | null
    const isWhole = Number.isSafeInteger(owner?.pid) && (owner?.pid as number) > 0 && typeof owner?.host === 'string'
    return isWhole && typeof owner?.token === 'string' ? (owner as Owner) : undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : undefined
  }
}

/** Creates the lock with its content at once. @returns false if there is one. */
async function create(path: string, owner: Owner): Promise<boolean> {
  const temporary = `${path}.${owner.token}.tmp`
  try {
    await writeFile(temporary, JSON.stringify(owner), { flag: 'wx' })
    await link(temporary, path)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // ENOENT: the holder of the lock has removed what it took for the rest of a killed process.
    if (code === 'EEXIST' || code === 'ENOENT') return false
    // File systems without hard links.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'].includes(code)) throw error
    return await writeFile(path, JSON.stringify(owner), { flag: 'wx' }).then(
      () => true,
      () => false,
    )
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Removes the lock of an owner that has ended, unless another process was faster. */
async function removeStale(path: string, stale: Owner | undefined, token: string): Promise<void> {
  const aside = `${path}.${token}.stale`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  const moved = await readOwner(aside)
  // Another process has replaced the stale lock by its own in between: that one goes back.
  if (moved?.token !== stale?.token) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

/**
 * Takes the right to write to a run directory.
 *
 * A lock is stale, and replaced, if its process on this machine has ended (or is another with the same number), or if the file is damaged and older than 10 s.
 * A lock from another machine is never stale.
 *
 * @throws UsageError if another process holds it.
 */
export async function lockRun(folder: string): Promise<RunLock> {
  const path = join(folder, LOCK)
  const token = randomUUID()
  const started = await startOf(process.pid)
  const owner: Owner = { pid: process.pid, host: hostname(), token, ...(started === undefined ? {} : { started }) }
  for (let attempt = 0; !(await create(path, owner)); attempt++) {
    const other = await readOwner(path)
    if (other === null && attempt < 20) continue
    if (other && other.host !== owner.host)
      throw new UsageError(
        `${folder}: another run writes here, process ${other.pid} on ${shown(other.host)}; if it has ended, delete ${path}, else choose another --out`,
      )
    const age = !other
      ? Date.now() -
        (await stat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ))
      : 0
    const isHeld = !other ? age < DAMAGED_AFTER : await isAlive(other)
    if (isHeld || attempt > 20)
      throw new UsageError(
        `${folder}: another run writes here${other ? `, process ${other.pid}` : ''}; wait for its end, or choose another --out`,
      )
    await removeStale(path, other ?? undefined, token)
  }
  const isHeld = async (): Promise<boolean> => (await readOwner(path))?.token === token
  return {
    demandHeld: async () => {
      if (!(await isHeld())) throw new CheckFailed(`${folder}: another run has taken the directory over; this one writes nothing more`)
    },
    release: async () => {
      if (await isHeld()) await rm(path, { force: true })
    },
  }
}
