import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeAtomically } from '@equivar/train/node'
import { UsageError } from '../errors.ts'

/** The output of lines. A file appears under its name only when it is complete. */
export interface LineOutput {
  /** Number of complete lines of an earlier run. */
  readonly done: number
  /** Keeps only the first lines of an earlier run. */
  keep(lines: number): Promise<void>
  write(lines: Uint8Array): Promise<void>
  /** Syncs and renames the file when all lines are written. */
  finish(): Promise<void>
  /** Closes an incomplete file for a later `--resume`. */
  leave(): Promise<void>
}

const NEWLINE = 10

/** The number of complete lines of a file, up to a limit, and the offset after the last of them. */
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

/** @throws UsageError that names the difference between the interrupted run and this one. */
function demandSame(part: string, before: Readonly<Record<string, unknown>> | undefined, now: Readonly<Record<string, unknown>>): void {
  if (before === undefined)
    throw new UsageError(`${part}: expected ${part}.json with the options of the interrupted run, found none; start without --resume`)
  const odd = Object.keys(now).find((name) => before[name] !== now[name])
  if (odd !== undefined)
    throw new UsageError(
      `--resume: expected the same ${odd} as before, ${before[odd]}, received ${now[odd]}; use the same, or start without --resume`,
    )
}

/**
 * Writes lines to `FILE.part`, which is renamed to FILE when it is complete.
 *
 * @param mark - everything that determines the lines. It is stored in `FILE.part.json`, and a resumed run must have the same.
 * @returns undefined if the run to resume is already complete.
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

/** Writes lines to standard output, at the pace of its reader. */
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
