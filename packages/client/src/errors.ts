/**
 * Where a call failed: `input` before anything was sent, `connection` on the way, `timeout` when the time was over, `status` by the server's
 * refusal, `answer` when what came back is not what the protocol says.
 */
export type FailureKind = 'input' | 'connection' | 'timeout' | 'status' | 'answer'

/** What is known about a failure besides its text. */
export interface FailureDetails {
  readonly kind: FailureKind
  /** The HTTP status of the last answer. */
  readonly status?: number | undefined
  /** The server's own words. */
  readonly serverMessage?: string | undefined
  /** The name under which the server's log has the request: its `x-request-id`. */
  readonly requestId?: string | undefined
  /** Milliseconds after which the server said to try again. */
  readonly retryAfter?: number | undefined
  /** How often the request was sent. */
  readonly attempts?: number | undefined
  readonly cause?: unknown
}

/**
 * A call to an inference server that did not succeed. The message says which call, what was expected, what came and how to mend it; the fields
 * say the same to programs. A call that the caller aborted rejects with the reason of the signal instead.
 */
export class InferenceError extends Error {
  readonly kind: FailureKind
  readonly status: number | undefined
  readonly serverMessage: string | undefined
  readonly requestId: string | undefined
  readonly retryAfter: number | undefined
  readonly attempts: number

  constructor(message: string, details: FailureDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'InferenceError'
    this.kind = details.kind
    this.status = details.status
    this.serverMessage = details.serverMessage
    this.requestId = details.requestId
    this.retryAfter = details.retryAfter
    this.attempts = details.attempts ?? 0
  }
}

/** An `InferenceError` about what the caller gave. */
export function inputError(where: string, expected: string, received: string, remedy?: string): InferenceError {
  return new InferenceError(`${where}: expected ${expected}, received ${received}.${remedy === undefined ? '' : ` ${remedy}`}`, {
    kind: 'input',
  })
}

const refusals: Readonly<Record<number, string>> = {
  400: 'Compare the inputs with modelMetadata().',
  401: "Give the server's token: inferenceClient({ url, token }).",
  403: 'The token is not allowed to do this.',
  404: 'Check the url and the names of model and version.',
  408: 'The request arrived too slowly: send less at once.',
  413: "Send fewer elements in one request, or raise the server's limit.",
  422: 'Compare the inputs with modelMetadata().',
  429: 'Send fewer requests at once, or allow more retries.',
  503: 'Try again later, or allow more retries.',
  504: 'Send less at once, or raise the time that the server allows.',
}

/** How to mend a refusal. */
export function remedyOf(status: number): string {
  if (status >= 300 && status < 400) return 'Give the url of the server itself, not one that leads elsewhere.'
  return refusals[status] ?? (status >= 500 ? "The cause is in the server's log." : 'Check that the url is one of an inference server.')
}
