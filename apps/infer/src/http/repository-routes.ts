import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestFailure } from '../errors.ts'
import { isObject, type Json, own } from '../protocol/json-object.ts'
import type { Services } from './services.ts'

interface NamePath {
  readonly Params: { readonly name: string }
}

/** Longest body of these requests in bytes. */
const LONGEST = 1024

/** The JSON object that a request holds; an empty one without a body. @throws RequestFailure (400). */
function objectOf(body: unknown, expected: string): Json {
  const bytes = Buffer.concat((body ?? []) as readonly Uint8Array[])
  if (bytes.length > LONGEST) throw new RequestFailure(400, `expected ${expected} or nothing, received ${bytes.length} bytes.`)
  const text = bytes.toString()
  if (text.trim() === '') return {}
  try {
    const json: unknown = JSON.parse(text)
    return isObject(json) ? json : {}
  } catch {
    throw new RequestFailure(400, `expected ${expected} or nothing, received something else.`)
  }
}

/** Whether a web page of an origin that was not allowed sends a request. Browsers always send the header Origin with POST. */
function isForeignPage({ headers: { origin, host } }: FastifyRequest<NamePath>, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return false
  return !URL.canParse(origin) || new URL(origin).host !== host
}

/** The routes of the model repository extension: the index, and loading and unloading where it is allowed. */
export function repositoryRoutes(app: FastifyInstance, { registry, options, closedBecause }: Services): void {
  app.post('/v2/repository/index', async ({ body }) => {
    const ready = own(objectOf(body, '{"ready": true}'), 'ready') === true
    return registry.index.filter(({ state }) => !ready || state === 'READY')
  })
  const demandControl = async (request: FastifyRequest<NamePath>): Promise<void> => {
    if (!options.repositoryControl) {
      throw new RequestFailure(
        403,
        'expected a path of an extension that this server has, received model_repository(load, unload). Start it with --repository-control.',
      )
    }
    if (isForeignPage(request, options.allowOrigin)) {
      throw new RequestFailure(403, 'expected a web page of an allowed origin, received another. See --allow-origin.')
    }
    const closed = closedBecause()
    if (closed !== undefined) throw new RequestFailure(503, closed, 1)
  }
  const noParameters = (body: unknown, known: readonly string[]): void => {
    const parameters = own(objectOf(body, 'an object'), 'parameters') ?? {}
    const strange = isObject(parameters) ? Object.keys(parameters).find((name) => !known.includes(name)) : 'parameters'
    if (strange === undefined) return
    throw new RequestFailure(400, `expected no parameter "${strange.slice(0, 40)}", as models are loaded from this server's folder only.`)
  }
  app.post<NamePath>('/v2/repository/models/:name/load', { onRequest: demandControl }, async ({ params, body }) => {
    noParameters(body, [])
    await registry.load(params.name)
    return {}
  })
  app.post<NamePath>('/v2/repository/models/:name/unload', { onRequest: demandControl }, async ({ params, body }) => {
    noParameters(body, ['unload_dependents'])
    registry.unload(params.name)
    return {}
  })
}
