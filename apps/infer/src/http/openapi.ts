import { ownVersion } from '../own-version.ts'

/** An OpenAPI document, as plain JSON. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: Readonly<Record<string, unknown>>
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, unknown>>
}

type Schema = Readonly<Record<string, unknown>>

const text: Schema = { type: 'string' }
const flag: Schema = { type: 'boolean' }
const list = (items: Schema): Schema => ({ type: 'array', items })
const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
})
const named = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

const datatype: Schema = {
  type: 'string',
  enum: ['FP32', 'FP16', 'INT32', 'INT64', 'BOOL', 'BYTES'],
  description: 'BYTES: classes as texts "value:index:label"',
}
const shape: Schema = list({ type: 'integer' })
const parameters: Schema = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } }
const data: Schema = {
  type: 'array',
  description: 'The elements in row-major order, flat or nested by the shape. Omit it if binary_data_size is given.',
}

const schemas: Readonly<Record<string, Schema>> = {
  Error: object({ error: text }, ['error']),
  Server: object({ name: text, version: text, extensions: list(text) }, ['name', 'version', 'extensions']),
  Tensor: object({ name: text, datatype, shape: { ...shape, description: '-1 stands for any size' }, parameters }, [
    'name',
    'datatype',
    'shape',
  ]),
  Model: object(
    { name: text, versions: list(text), platform: text, inputs: list(named('Tensor')), outputs: list(named('Tensor')), parameters },
    ['name', 'platform', 'inputs', 'outputs'],
  ),
  InferInput: object({ name: text, datatype, shape, parameters, data }, ['name', 'datatype', 'shape']),
  InferRequest: object(
    {
      id: text,
      parameters,
      inputs: {
        ...list(named('InferInput')),
        description: 'You may omit mask (default: everything exists), batch and num_graphs (default: one graph).',
      },
      outputs: list(
        object(
          { name: text, parameters: { ...parameters, description: 'binary_data; classification: how many classes of each row to name' } },
          ['name'],
        ),
      ),
    },
    ['inputs'],
  ),
  InferResponse: object({ model_name: text, model_version: text, id: text, outputs: list(named('InferInput')) }, ['model_name', 'outputs']),
  Statistics: object({ model_stats: list({ type: 'object', description: "As in Triton's statistics extension" }) }, ['model_stats']),
  IndexEntry: object({ name: text, version: text, state: { type: 'string', enum: ['READY', 'UNAVAILABLE'] }, reason: text }, [
    'name',
    'state',
  ]),
}

const json = (schema: Schema): Schema => ({ 'application/json': { schema } })
/** A body of JSON, or of JSON followed by binary tensors. */
const inference = (name: string): Schema => ({
  ...json(named(name)),
  'application/octet-stream': { schema: { description: `The JSON of ${name}, followed by the binary tensors in the same order.` } },
})

const failures: Readonly<Record<number, string>> = {
  400: 'The request is invalid; the error says what was expected and received',
  401: 'The bearer token is missing or wrong',
  403: 'The header Host names another machine, or the server does not allow this',
  404: 'The model does not exist; the error lists those that do',
  408: 'The request arrived too slowly',
  413: 'The body is too long',
  415: 'The body has another encoding than gzip or deflate',
  429: 'Too many requests wait; Retry-After says when to try again',
  503: 'The server is stopping, has no worker, or did not answer in time; Retry-After says when to try again',
}

const answers = (content: Schema | undefined, codes: readonly number[]): Schema => ({
  200: { description: 'Done', ...(content === undefined ? {} : { content }) },
  ...Object.fromEntries(codes.map((code) => [code, { description: failures[code], content: json(named('Error')) }])),
})

const operation = (summary: string, content: Schema | undefined, codes: readonly number[], more: Schema = {}): Schema => ({
  summary,
  responses: answers(content, codes),
  ...more,
})

const inPath = (name: string): Schema => ({ name, in: 'path', required: true, schema: text })

/** The paths of a model: of its highest version, or of the version in the path. */
function modelPaths(prefix: string, names: readonly string[]): Record<string, Record<string, unknown>> {
  const parameters = names.map(inPath)
  const headerLength = {
    name: 'Inference-Header-Content-Length',
    in: 'header',
    description: 'Length of the JSON in bytes if binary tensors follow it',
    schema: { type: 'integer' },
  }
  const body = { requestBody: { required: true, content: inference('InferRequest') }, parameters: [headerLength] }
  return {
    [prefix]: { parameters, get: operation('Inputs and outputs', json(named('Model')), [401, 404]) },
    [`${prefix}/ready`]: {
      parameters,
      get: operation('Whether the model accepts inference', json(object({ name: text, ready: flag })), [401, 404, 503]),
    },
    [`${prefix}/config`]: {
      parameters,
      get: operation("The configuration in the words of Triton's ModelConfig", json({ type: 'object' }), [401, 404]),
    },
    [`${prefix}/stats`]: { parameters, get: operation('What the model did since it was loaded', json(named('Statistics')), [401, 404]) },
    [`${prefix}/infer`]: {
      parameters,
      post: operation('Inference', inference('InferResponse'), [400, 401, 403, 404, 408, 413, 415, 429, 503], body),
    },
  }
}

/** Loading or unloading of a model. */
const control = (summary: string): Record<string, unknown> => ({
  parameters: [inPath('name')],
  post: operation(`${summary}; needs --repository-control`, json({ type: 'object' }), [400, 401, 403, 404, 503]),
})

/**
 * The server's paths as an OpenAPI 3.1 document.
 *
 * @remarks Written by hand, as the protocol fixes the paths. Deriving it from schemas of the routes would validate every element of a request twice.
 */
export function openApiDocument(): OpenApiDocument {
  const indexBody = { requestBody: { required: false, content: json(object({ ready: flag })) } }
  return {
    openapi: '3.1.0',
    info: {
      title: 'equivar-infer',
      version: ownVersion(),
      description: 'The Open Inference Protocol (KServe v2) over REST',
      license: { name: 'Apache-2.0' },
    },
    paths: {
      '/': { get: operation('A page for people: the models, and a form that sends an example', { 'text/html': { schema: text } }, []) },
      '/v2': { get: operation('Metadata of the server', json(named('Server')), [401]) },
      '/v2/health/live': { get: operation('Whether the server runs', json(object({ live: flag })), []) },
      '/v2/health/ready': { get: operation('Whether the server accepts inference', json(object({ ready: flag })), [503]) },
      ...modelPaths('/v2/models/{name}', ['name']),
      ...modelPaths('/v2/models/{name}/versions/{version}', ['name', 'version']),
      '/v2/repository/index': {
        post: operation('All models, including those that could not be loaded', json(list(named('IndexEntry'))), [400, 401], indexBody),
      },
      '/v2/repository/models/{name}/load': control('Loads a model that was unloaded or whose file changed'),
      '/v2/repository/models/{name}/unload': control('Unloads a model after its last request'),
      '/v2/models/stats': { get: operation('What all models did since they were loaded', json(named('Statistics')), [401]) },
      '/metrics': { get: operation("Metrics in Prometheus's text format", { 'text/plain': { schema: text } }, [401]) },
      '/openapi.json': { get: operation('This document', json({ type: 'object' }), [401]) },
    },
    components: { schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  }
}
