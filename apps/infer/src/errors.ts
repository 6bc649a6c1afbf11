/** Invalid arguments or files: exit status 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** A failure of a request, answered with an error status. */
export class RequestFailure extends Error {
  readonly statusCode: number
  /** Seconds after which to retry; undefined if a retry cannot help. */
  readonly retryAfter: number | undefined

  constructor(statusCode: number, message: string, retryAfter?: number) {
    super(message)
    this.name = 'RequestFailure'
    this.statusCode = statusCode
    this.retryAfter = retryAfter
  }
}

/** A request whose caller has disconnected. */
export class Cancelled extends Error {
  constructor() {
    super('the caller has disconnected')
    this.name = 'Cancelled'
  }
}

/** A worker that ended during a run. */
export class WorkerLost extends Error {
  readonly reason: string

  constructor(reason: string) {
    super(`The worker that ran this request stopped (${reason}) and is being replaced. Send the request again.`)
    this.name = 'WorkerLost'
    this.reason = reason
  }
}

/** An error of ONNX Runtime about the inputs of a run. */
export class RunFailed extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RunFailed'
  }
}

/** The first line of an error's message. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^error: /, '').replaceAll('\n', ' ') : String(error)
