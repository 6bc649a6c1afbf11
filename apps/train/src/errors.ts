/** Bad arguments or bad input: exit status 2. */
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
  'CommanderError',
])

/** The exit status that an error stands for. */
export function exitStatus(error: unknown): number {
  if (error instanceof Interrupted) return 130
  const { name = '', code = '' } = error as { name?: string; code?: string }
  return badInput.has(name) || ['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES'].includes(code) ? 2 : 1
}
