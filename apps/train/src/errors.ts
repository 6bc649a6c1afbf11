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

/** Stopped by Ctrl-C, with a checkpoint saved: exit status 130. */
export class Interrupted extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Interrupted'
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

const full: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file would be too large',
}

/** One line that describes an error. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const reason = full[(error as NodeJS.ErrnoException).code ?? '']
  const text = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  return reason === undefined ? text : `${reason} (${text}). Earlier results are unchanged; free some space and continue with --resume.`
}

/** The exit status for an error. */
export function exitStatus(error: unknown): number {
  if (error instanceof Interrupted) return 130
  const { name = '', code = '' } = error as { name?: string; code?: string }
  return badInput.has(name) || ['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES'].includes(code) ? 2 : 1
}
