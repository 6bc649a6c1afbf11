import { shorten } from './answer.ts'
import { InferenceError, remedyOf } from './errors.ts'
import type { OwnBytes } from './request.ts'
import { delayAfter, type Patience, pause, retryAfterOf } from './retry.ts'

/** How a client reaches its server. */
export interface Connection extends Patience {
  /** Without a slash at the end. */
  readonly url: string
  readonly token: string | undefined
  readonly retries: number
  /** Milliseconds for a whole call. */
  readonly timeout: number
  readonly fetch: typeof globalThis.fetch | undefined
}

/** One call: its request, and its name in messages. */
export interface Call {
  readonly name: string
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | OwnBytes
  readonly signal?: AbortSignal | undefined
}

/** An answer whose body has arrived. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

/** The longest delay that timers support, in milliseconds. Limits of 24 days and more count as none. */
const longestTimer = 2 ** 31

const clock = (): number => performance.now()

/** A signal that aborts when the caller's signal does or when the time is up. */
function deadline(timeout: number, signal: AbortSignal | undefined) {
  const controller = new AbortController()
  const abort = () => controller.abort(signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  const end = clock() + timeout
  let isOver = false
  const timer =
    timeout < longestTimer
      ? setTimeout(() => {
          isOver = true
          controller.abort()
        }, timeout)
      : undefined
  return {
    signal: controller.signal,
    isOver: () => isOver,
    remaining: () => end - clock(),
    release() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    },
  }
}

async function send(connection: Connection, call: Call, signal: AbortSignal): Promise<Answer> {
  const { fetch: given, url, token } = connection
  const request = given ?? fetch
  const headers = { ...call.headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) }
  const answer = await request(url + call.path, { method: call.method ?? 'GET', headers, body: call.body ?? null, signal })
  return { status: answer.status, headers: answer.headers, body: new Uint8Array(await answer.arrayBuffer()) }
}

/** The server's message: the `error` of the protocol's error object, else the beginning of the body. */
function wordsOf(body: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(body.subarray(0, 65536)).trim()
  try {
    const { error } = JSON.parse(text)
    if (typeof error === 'string') return error
  } catch {
    // Not JSON: proxies answer with HTML pages.
  }
  return text === '' ? undefined : shorten(text)
}

const times = (attempts: number): string => (attempts === 1 ? '' : ` after ${attempts} attempts`)

function refused({ name }: Call, { status, headers, body }: Answer, attempts: number): InferenceError {
  const serverMessage = wordsOf(body)
  const requestId = headers.get('x-request-id') ?? undefined
  const retryAfter = retryAfterOf(headers.get('retry-after'), headers.get('date'), Date.now())
  const words = serverMessage === undefined ? '' : ` "${serverMessage}"`
  const request = requestId === undefined ? '' : ` to request ${requestId}`
  const wait = retryAfter === undefined ? '' : ` The server asks to wait ${retryAfter / 1000} s.`
  const message = `${name}: expected status 200, received ${status}${words}${request}${times(attempts)}. ${remedyOf(status)}${wait}`
  return new InferenceError(message, { kind: 'status', status, serverMessage, requestId, retryAfter, attempts })
}

/** The reason of a failed fetch: its `cause` says more than its message. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { cause: deeper } = cause
  if (!(deeper instanceof Error)) return cause.message
  return deeper.message || ('code' in deeper ? String(deeper.code) : cause.message)
}

function unreachable({ name }: Call, { url }: Connection, cause: unknown, attempts: number): InferenceError {
  const message = `${name}: expected an answer from ${url}, received none${times(attempts)} (${reasonOf(cause)}). Check that the server runs there and can be reached from here.`
  return new InferenceError(message, { kind: 'connection', attempts, cause })
}

function late({ name }: Call, { url, timeout }: Connection, attempts: number, last: InferenceError | undefined): InferenceError {
  const before = last === undefined ? '' : ` Last failure: ${last.message}`
  const message = `${name}: expected an answer from ${url} within ${timeout} ms, received none. Send fewer elements in one request, or raise timeout.${before}`
  return new InferenceError(message, { kind: 'timeout', attempts, cause: last })
}

/** Retries help only if the server is busy or the connection was lost. They are safe, as inference changes nothing on the server. */
const mayRetry = ({ kind, status }: InferenceError): boolean => kind === 'connection' || status === 429 || status === 503

/**
 * Sends a request until it succeeds, fails with an error that retries cannot fix, or exhausts its retries or its time.
 *
 * @returns the first answer with a status from 200 to 299.
 * @throws InferenceError of kind `status`, `connection` or `timeout`; the signal's reason if the caller aborts.
 */
export async function exchange(connection: Connection, call: Call): Promise<Answer> {
  const time = deadline(connection.timeout, call.signal)
  let last: InferenceError | undefined
  let attempts = 0
  const attempt = async (): Promise<Answer | undefined> => {
    attempts++
    const answer = await send(connection, call, time.signal).catch((cause: unknown) => {
      if (time.signal.aborted) throw cause
      last = unreachable(call, connection, cause, attempts)
      return undefined
    })
    if (answer === undefined || (answer.status >= 200 && answer.status < 300)) return answer
    last = refused(call, answer, attempts)
    return undefined
  }
  try {
    for (;;) {
      time.signal.throwIfAborted()
      const answer = await attempt()
      if (answer !== undefined) return answer
      const failure = last!
      const delay = delayAfter(attempts, failure.retryAfter, connection, Math.random())
      const isHopeless = (failure.retryAfter ?? 0) > connection.longestDelay || delay > time.remaining()
      if (!mayRetry(failure) || attempts > connection.retries || isHopeless) throw failure
      await pause(delay, time.signal)
    }
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason
    throw time.isOver() && error !== last ? late(call, connection, attempts, last) : error
  } finally {
    time.release()
  }
}
