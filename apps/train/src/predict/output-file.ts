import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeAtomically } from '@equivar/train/node'
import { UsageError } from '../errors.ts'

/** Where lines go: a file that is there when it is complete, and not before. */
export interface LineOutput {
  /** Lines that were written before, in whole; lines come after these. */
  readonly done: number
  /** Keeps the first of the lines that were written before. */
  keep(lines: number): Promise<void>
  write(lines: Uint8Array): Promise<void>
  /** All lines are written: syncs and renames. */
  finish(): Promise<void>
  /** Leaves what is written so far to a later `--resume`. */
  leave(): Promise<void>
}

const NEWLINE = 10

/** The number of complete lines of a file, and the byte behind the last of at most so many. */
async function completeLines(path: string, atMost: number): Promise<{ lines: number; bytes: number }> {
  let [lines, bytes, at] = [0, 0, 0]
  for await (const block of createReadStream(path) as AsyncIterable<Buffer>) {
    for (let end = block.indexOf(NEWLINE); end >= 0 && lines < atMost; end = block.indexOf(NEWLINE, end + 1)) {
      lines++
      bytes = at + end + 1
    }
    at += block.length
  }
  return { lines, bytes }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

async function readMark(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** @throws UsageError naming what differs between the run that was broken off and this one. */
function demandSame(part: string, before: Readonly<Record<string, unknown>> | undefined, now: Readonly<Record<string, unknown>>): void {
  if (before === undefined)
    throw new UsageError(`${part}: expected ${part}.json beside it, which says what it is part of; start without --resume`)
  const odd = Object.keys(now).find((name) => before[name] !== now[name])
  if (odd !== undefined)
    throw new UsageError(
      `--resume: expected ${odd} as before, ${before[odd]}, received ${now[odd]}; go on with the same, or start without --resume`,
    )
}

/**
 * Lines into a file: they go to `FILE.part`, which becomes FILE when all are there.
 *
 * @param mark - what the lines depend on; kept in `FILE.part.json`, and the same when a run goes on.
 * @returns undefined if a run is to go on that is complete.
 */
export async function fileOutput(
  path: string,
  { resume, mark }: { resume: boolean; mark: Readonly<Record<string, unknown>> },
): Promise<LineOutput | undefined> {
  const [part, state] = [`${path}.part`, `${path}.part.json`]
  const goesOn = resume && (await exists(part))
  if (resume && !goesOn && (await exists(path))) {
    await rm(state, { force: true })
    return undefined
  }
  if (goesOn) demandSame(part, await readMark(state), mark)
  else {
    await rm(part, { force: true })
    await writeAtomically(state, JSON.stringify(mark))
  }
  const { lines: done } = goesOn ? await completeLines(part, Number.POSITIVE_INFINITY) : { lines: 0 }
  const file: FileHandle = await open(part, 'a')
  return {
    done,
    keep: async (lines) => file.truncate(goesOn ? (await completeLines(part, lines)).bytes : 0),
    write: (lines) => file.appendFile(lines),
    finish: async () => {
      await file.sync()
      await file.close()
      await rename(part, path)
      await rm(state, { force: true })
      await syncFolder(dirname(path))
    },
    leave: () => file.close(),
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder
    .sync()
    .catch(() => {})
    .finally(() => folder.close())
}

/** Lines to standard output, as fast as who reads them takes them. */
export function standardLines(): LineOutput {
  const nothing = async (): Promise<void> => {}
  return {
    done: 0,
    keep: nothing,
    write: (lines) =>
      new Promise((resolve, reject) => {
        process.stdout.write(lines, (error) => (error ? reject(error) : resolve()))
      }),
    finish: nothing,
    leave: nothing,
  }
}
