import { type InferenceResult, MalformedAnswer, parseAnswer, parseObject } from './answer.ts'
import { InferenceError, inputError } from './errors.ts'
import { type Answer, type Call, type Connection, exchange } from './exchange.ts'
import { type ModelMetadata, parseModelMetadata, parseServerMetadata, type ServerMetadata } from './metadata.ts'
import { type Encoding, headerLengthName, writeBinary, writeJson } from './request.ts'
import { type InferenceInput, inputTensor } from './tensors.ts'

/** The server's address, and the client's retries and time limits. */
export interface ClientOptions {
  /** The server's address without `/v2`: `http://127.0.0.1:8080`. It may contain a path. */
  readonly url: string | URL
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined
  /** Largest number of retries after status 429, status 503 or a lost connection. Default 3. */
  readonly retries?: number | undefined
  /** Milliseconds that a call may take, including its retries. Default 60000; `Infinity` for no limit. */
  readonly timeout?: number | undefined
  /** Milliseconds before the first retry. The wait doubles with each retry and has random jitter. Default 100. */
  readonly firstDelay?: number | undefined
  /** The longest wait before a retry, in milliseconds. If the server asks for a longer one, the call fails. Default 10000. */
  readonly longestDelay?: number | undefined
  /** Replaces the global `fetch`, for a proxy, additional headers or your own certificates. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call at any point. The call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Options of calls about a model. */
export interface ModelOptions extends CallOptions {
  /** The version of the model. By default the server chooses. */
  readonly version?: string | number | undefined
}

/** Options of an inference. */
export interface InferenceOptions<Name extends string = string> extends ModelOptions {
  /** The names of the requested outputs. Default: all. */
  readonly outputs?: readonly Name[] | undefined
  /** An id for the request, repeated in the answer. */
  readonly id?: string | undefined
  /** Default `json`, which every server understands. `binary` is smaller and faster; FP16, NaN and infinities need it. */
  readonly encoding?: Encoding | undefined
}

/** A client of one server. */
export interface InferenceClient {
  /** Whether the server runs. False if nothing answers. */
  live(options?: CallOptions): Promise<boolean>
  /** Whether the server is ready for requests. */
  ready(options?: CallOptions): Promise<boolean>
  /** Whether a model is ready for requests. */
  modelReady(model: string, options?: ModelOptions): Promise<boolean>
  serverMetadata(options?: CallOptions): Promise<ServerMetadata>
  modelMetadata(model: string, options?: ModelOptions): Promise<ModelMetadata>
  /** Runs a model. @throws InferenceError; the signal's reason if it aborts. */
  infer<const Name extends string = string>(
    model: string,
    inputs: Readonly<Record<string, InferenceInput>>,
    options?: InferenceOptions<Name>,
  ): Promise<InferenceResult<Name>>
}

function addressOf(url: string | URL): string {
  const address = URL.canParse(String(url)) ? new URL(url) : undefined
  if (address === undefined || !/^https?:$/.test(address.protocol)) throw inputError('inferenceClient', 'an http or https URL', `"${url}"`)
  if (address.username !== '' || address.password !== '') {
    throw inputError('inferenceClient', 'a URL without user and password', 'one with them', 'Use the option token instead.')
  }
  return address.origin + address.pathname.replace(/\/+$/, '')
}

/** Checks the token. No message contains it. */
function tokenOf(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token
  throw inputError('inferenceClient', 'a token of visible ASCII characters without spaces', 'one that is empty or has other characters')
}

function setting(name: string, value: number | undefined, otherwise: number): number {
  const chosen = value ?? otherwise
  if (!(chosen >= 0)) throw inputError('inferenceClient', `${name} of 0 or more`, String(chosen))
  return chosen
}

function modelPath(call: string, model: string, version: string | number | undefined): string {
  const segments = [model, ...(version === undefined ? [] : [String(version)])]
  const strange = segments.find((segment) => segment === '' || segment === '.' || segment === '..')
  if (strange !== undefined) throw inputError(call, 'a valid model name and version', `"${strange}"`)
  return `/v2/models/${segments.map(encodeURIComponent).join('/versions/')}`
}

/** Queries a health endpoint. @throws InferenceError if the server rejects the query itself: 401, 403, 404. */
async function isWell(connection: Connection, call: Call): Promise<boolean> {
  try {
    await exchange({ ...connection, retries: 0 }, call)
    return true
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error
    if (error.status === 401 || error.status === 403 || error.status === 404) throw error
    return false
  }
}

/** Sends a call and parses its answer. Parse errors name the call. */
async function read<T>(connection: Connection, call: Call, parse: (answer: Answer) => T): Promise<T> {
  const answer = await exchange(connection, call)
  try {
    return parse(answer)
  } catch (cause) {
    if (!(cause instanceof MalformedAnswer)) throw cause
    const requestId = answer.headers.get('x-request-id') ?? undefined
    throw new InferenceError(`${call.name}: ${cause.message}`, { kind: 'answer', status: answer.status, requestId, attempts: 1, cause })
  }
}

/**
 * Creates a client of a server of the Open Inference Protocol, version 2, over HTTP: `equivar-infer`, Triton, KServe, OpenVINO Model Server.
 *
 * Nothing is sent before the first call. Requests are retried after status 429, status 503 and lost connections within the limits of the options,
 * and never before the time that the server names in `Retry-After`.
 *
 * @throws InferenceError of kind `input` if the URL or an option is invalid.
 * @see https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
 * @example
 * const client = inferenceClient({ url: 'http://127.0.0.1:8080' })
 * const { outputs } = await client.infer('signals', { x: { shape: [1, 25, 1, 100], data: new Float32Array(2500) } }, { outputs: ['logits'] })
 * outputs.logits.data // Float32Array
 */
export function inferenceClient(options: ClientOptions): InferenceClient {
  const connection: Connection = {
    url: addressOf(options.url),
    token: tokenOf(options.token),
    retries: setting('retries', options.retries, 3),
    timeout: setting('timeout', options.timeout, 60_000),
    firstDelay: setting('firstDelay', options.firstDelay, 100),
    longestDelay: setting('longestDelay', options.longestDelay, 10_000),
    fetch: options.fetch,
  }
  return {
    live: ({ signal } = {}) => isWell(connection, { name: 'live', path: '/v2/health/live', signal }),
    ready: ({ signal } = {}) => isWell(connection, { name: 'ready', path: '/v2/health/ready', signal }),
    async modelReady(model, { version, signal } = {}) {
      const name = `modelReady ${model}`
      return isWell(connection, { name, path: `${modelPath(name, model, version)}/ready`, signal })
    },
    serverMetadata: ({ signal } = {}) =>
      read(connection, { name: 'serverMetadata', path: '/v2', signal }, ({ body }) => parseServerMetadata(parseObject(body))),
    async modelMetadata(model, { version, signal } = {}) {
      const name = `modelMetadata ${model}`
      return read(connection, { name, path: modelPath(name, model, version), signal }, ({ body }) => parseModelMetadata(parseObject(body)))
    },
    infer: (model, inputs, options) => infer(connection, model, inputs, options),
  }
}

async function infer<Name extends string>(
  connection: Connection,
  model: string,
  inputs: Readonly<Record<string, InferenceInput>>,
  { version, outputs, id, signal, encoding = 'json' }: InferenceOptions<Name> = {},
): Promise<InferenceResult<Name>> {
  const name = `infer ${model}`
  if (encoding !== 'json' && encoding !== 'binary') throw inputError(name, "an encoding, 'json' or 'binary'", `"${encoding}"`)
  const path = `${modelPath(name, model, version)}/infer`
  const tensors = Object.entries(inputs).map(([input, value]) => inputTensor(model, input, value))
  const { headers, body } = (encoding === 'json' ? writeJson : writeBinary)({ model, inputs: tensors, outputs, id })
  const call: Call = { name, path, method: 'POST', headers, body, signal }
  return read(connection, call, (answer) => parseAnswer(answer.body, answer.headers.get(headerLengthName), outputs)) as Promise<
    InferenceResult<Name>
  >
}
