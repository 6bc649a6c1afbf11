import { type InferenceResult, MalformedAnswer, parseAnswer, parseObject } from './answer.ts'
import { InferenceError, inputError } from './errors.ts'
import { type Answer, type Call, type Connection, exchange } from './exchange.ts'
import { type ModelMetadata, parseModelMetadata, parseServerMetadata, type ServerMetadata } from './metadata.ts'
import { type Encoding, headerLengthName, writeBinary, writeJson } from './request.ts'
import { type InferenceInput, inputTensor } from './tensors.ts'

/** Where the server is, and how patient the client is with it. */
export interface ClientOptions {
  /** The server's address, a path before `/v2` included: `http://127.0.0.1:8080`. */
  readonly url: string | URL
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined
  /** How often a request is sent again after 429, 503 or a lost connection. Default 3. */
  readonly retries?: number | undefined
  /** Milliseconds that a call may take, its retries included. Default 60000; `Infinity` for no limit. */
  readonly timeout?: number | undefined
  /** Milliseconds before the first retry, twice as many before each further one, with chance in it. Default 100. */
  readonly firstDelay?: number | undefined
  /** The longest wait before a retry, in milliseconds; a server that asks for more is not asked again. Default 10000. */
  readonly longestDelay?: number | undefined
  /** Instead of the global `fetch`: with a proxy, other headers, certificates of one's own. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, whatever it is doing; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** What calls about a model take. */
export interface ModelOptions extends CallOptions {
  /** A version of the model; without it the server chooses. */
  readonly version?: string | number | undefined
}

/** What an inference takes. */
export interface InferenceOptions<Name extends string = string> extends ModelOptions {
  /** The outputs that are wanted. Default: all. */
  readonly outputs?: readonly Name[] | undefined
  /** A name of the request, which the answer repeats. */
  readonly id?: string | undefined
  /** Default `json`, which every server understands; `binary` is smaller and faster, and the only one for FP16, NaN and infinities. */
  readonly encoding?: Encoding | undefined
}

/** A client of one server. */
export interface InferenceClient {
  /** Whether the server runs. False also if nothing answers at all. */
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
  if (address === undefined || !/^https?:$/.test(address.protocol)) throw inputError('inferenceClient', 'an http or https url', `"${url}"`)
  if (address.username !== '' || address.password !== '') {
    throw inputError('inferenceClient', 'a url without a user or password', 'one that has them', 'Give a token instead.')
  }
  return address.origin + address.pathname.replace(/\/+$/, '')
}

/** The token is never part of a message. */
function tokenOf(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token
  throw inputError('inferenceClient', 'a token of visible ASCII characters, without spaces', 'one that is empty or has others')
}

function setting(name: string, value: number | undefined, otherwise: number): number {
  const chosen = value ?? otherwise
  if (!(chosen >= 0)) throw inputError('inferenceClient', `${name} of 0 or more`, String(chosen))
  return chosen
}

function modelPath(call: string, model: string, version: string | number | undefined): string {
  const segments = [model, ...(version === undefined ? [] : [String(version)])]
  const strange = segments.find((segment) => segment === '' || segment === '.' || segment === '..')
  if (strange !== undefined) throw inputError(call, 'the name of a model and of a version', `"${strange}"`)
  return `/v2/models/${segments.map(encodeURIComponent).join('/versions/')}`
}

/** Asks a health question: yes, no, or an error if the question itself was refused. */
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

/** Reads an answer; what is wrong with it is said together with the call. */
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
 * A client of a server that speaks the Open Inference Protocol, version 2, over HTTP: `equivar-infer`, Triton, KServe, OpenVINO's model server.
 *
 * Nothing is sent before the first call. Requests are repeated after 429, 503 and lost connections, as long and as often as the options allow,
 * and not before the time that the server names in `Retry-After`.
 *
 * @throws InferenceError of kind `input` if the url or a setting is none.
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
