/**
 * Why a call failed: `input`: the inputs are invalid and nothing was sent; `connection`: no answer; `timeout`: no answer in time; `status`: the
 * server refused the request; `answer`: the answer does not follow the protocol.
 */
export type FailureKind = 'input' | 'connection' | 'timeout' | 'status' | 'answer'

/** The fields of a failure, besides its message. */
export interface FailureDetails {
  readonly kind: FailureKind
  /** The HTTP status of the last answer. */
  readonly status?: number | undefined
  /** The server's error message. */
  readonly serverMessage?: string | undefined
  /** The `x-request-id` of the request, to find it in the server's log. */
  readonly requestId?: string | undefined
  /** Milliseconds after which to try again, as the server asked. */
  readonly retryAfter?: number | undefined
  /** How many times the request was sent. */
  readonly attempts?: number | undefined
  readonly cause?: unknown
}

/**
 * A failed call to an inference server. The message names the call, what was expected, what was received and how to fix it; the fields hold the
 * same for programs. A call that the caller aborts rejects with the signal's reason instead.
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

/** An `InferenceError` about an invalid argument. */
export function inputError(where: string, expected: string, received: string, remedy?: string): InferenceError {
  return new InferenceError(`${where}: expected ${expected}, received ${received}.${remedy === undefined ? '' : ` ${remedy}`}`, {
    kind: 'input',
  })
}

const refusals: Readonly<Record<number, string>> = {
  400: 'Compare the inputs with modelMetadata().',
  401: "Pass the server's token: inferenceClient({ url, token }).",
  403: 'The token does not permit this call.',
  404: 'Check the URL, the model name and the version.',
  408: 'The request arrived too slowly: send fewer elements in one request.',
  413: "Send fewer elements in one request, or raise the server's limit.",
  422: 'Compare the inputs with modelMetadata().',
  429: 'Send fewer requests at once, or allow more retries.',
  503: 'Try again later, or allow more retries.',
  504: "Send fewer elements in one request, or raise the server's time limit.",
}

/** What the user can do about a status. */
export function remedyOf(status: number): string {
  if (status >= 300 && status < 400) return 'Use the URL of the server itself: redirects are not followed.'
  return refusals[status] ?? (status >= 500 ? "The cause is in the server's log." : 'Check that the URL is that of an inference server.')
}
