import { basename } from 'node:path'
import { UsageError } from '../errors.ts'
import { shown } from '../printable.ts'

/** Errors of the command that already say what to do. */
const own = ['UsageError', 'MissingDataError', 'FormatError', 'Interrupted']

/** The line and the column in a file where an error was thrown, as `task.ts:12:5`; undefined if its stack does not pass there. */
function placeOf({ stack = '' }: Error, file: string): string | undefined {
  const at = stack.split('\n').find((line) => line.includes(`${file}:`))
  const [, line, column] = at === undefined ? [] : (/:(\d+):(\d+)\)?$/.exec(at.trim()) ?? [])
  return line === undefined ? undefined : `${basename(file)}:${line}:${column}`
}

/** One line for what went wrong in a file of a user. @param file - its absolute path. */
function faultOf(error: unknown, file: string): string {
  if (!(error instanceof Error)) return shown(error)
  const [, problem, at, line] = /^ParseError: (.*?)\s*\n\s*(.*):(\d+):\d+/s.exec(error.message) ?? []
  if (problem !== undefined) return `syntax error in line ${line} of ${basename(at as string)}: ${problem}`
  const [, missing] = /^Cannot find (?:module|package) '([^']+)'/.exec(error.message) ?? []
  if (missing !== undefined)
    return /^[./]/.test(missing)
      ? `it imports "${missing}", which does not exist`
      : `it imports "${missing}", which is not installed; install it beside the file: npm install ${missing}`
  // What the loader makes of a call of something imported.
  const text = error.message.replaceAll(/\(0 , [\w$]+\.(\w+)\)/g, '$1')
  const place = placeOf(error, file)
  return place === undefined ? text : `${text} (${place})`
}

/** The error of the command for one that was thrown in a file of a user. */
const refusal = (error: unknown, file: string, where: string): Error =>
  error instanceof Error && own.includes(error.name) ? error : new UsageError(`${where}: ${faultOf(error, file)}`)

/**
 * Runs code of a user's file, so that what it throws is an error of that file.
 *
 * @param file - its absolute path. @param where - the file as the user names it, and the part of it.
 * @throws UsageError with the message, and the line and the column in the file.
 */
export function inFile<T>(file: string, where: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw refusal(error, file, where)
  }
}

/** The same for code that may wait. */
export async function inFileAsync<T>(file: string, where: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw refusal(error, file, where)
  }
}
