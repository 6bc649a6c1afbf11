import { printable } from './printable.ts'

/** Invalid arguments or input: exit status 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** A check that does not hold: exit status 1. */
export class CheckFailed extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CheckFailed'
  }
}

/** The signals that stop a command, and the exit status after each: 128 and the number of the signal. */
export const stopSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Stopped by a signal, with the work so far saved. */
export class Interrupted extends Error {
  /** The exit status. */
  readonly status: number

  /** @param signal - the name of the signal, as the reason of the AbortSignal; Ctrl-C by default. */
  constructor(message: string, signal: unknown = 'SIGINT') {
    super(message)
    this.name = 'Interrupted'
    this.status = stopSignals[signal as keyof typeof stopSignals] ?? stopSignals.SIGINT
  }
}

/**
 * Runs what depends on options only, so that a value out of range is a wrong argument.
 *
 * @param where - the option, for the message.
 * @throws UsageError for RangeError, ShapeError, DimensionError and TypeMismatchError.
 */
export async function asUsage<T>(where: string, build: () => T | Promise<T>): Promise<T> {
  try {
    return await build()
  } catch (error) {
    if (error instanceof Error && ['RangeError', 'ShapeError', 'DimensionError', 'TypeMismatchError'].includes(error.name))
      throw new UsageError(`${where}: ${error.message}`)
    throw error
  }
}

const badInput = new Set([
  'UsageError',
  'MissingDataError',
  'FormatError',
  'CheckpointError',
  'OnnxFormatError',
  'FeedError',
  'RequestError',
  'CommanderError',
])

const badPath = new Set(['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES', 'EPERM', 'EEXIST', 'EROFS', 'ELOOP', 'ENAMETOOLONG'])

const full: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file would be too large',
}

/** One line that describes an error. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error))
  const reason = full[(error as NodeJS.ErrnoException).code ?? '']
  const text = printable(error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' '))
  return reason === undefined ? text : `${reason} (${text}). Earlier results are unchanged; free some space and continue with --resume.`
}

/** The exit status for an error. */
export function exitStatus(error: unknown): number {
  if (error instanceof Interrupted) return error.status
  const { name = '', code = '' } = error as { name?: string; code?: string }
  return badInput.has(name) || badPath.has(code) ? 2 : 1
}
