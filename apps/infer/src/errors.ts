/** Bad arguments or files: exit status 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** A request that is answered with an error status. */
export class RequestFailure extends Error {
  readonly statusCode: number
  /** Seconds after which trying again makes sense; undefined if it does not. */
  readonly retryAfter: number | undefined

  constructor(statusCode: number, message: string, retryAfter?: number) {
    super(message)
    this.name = 'RequestFailure'
    this.statusCode = statusCode
    this.retryAfter = retryAfter
  }
}

/** A request that nobody will read the answer of. */
export class Cancelled extends Error {
  constructor() {
    super('the caller has gone')
    this.name = 'Cancelled'
  }
}

/** A worker that ended while it had work. */
export class WorkerLost extends Error {
  readonly reason: string

  constructor(reason: string) {
    super(`The worker that ran this request stopped (${reason}). Another takes its place; send the request again.`)
    this.name = 'WorkerLost'
    this.reason = reason
  }
}

/** What ONNX Runtime says of inputs that it cannot run on. */
export class RunFailed extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RunFailed'
  }
}

/** One line that says what went wrong. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^error: /, '').replaceAll('\n', ' ') : String(error)
