import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import cors from '@fastify/cors'
import { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, fastify, LogController } from 'fastify'
import { RequestFailure } from '../errors.ts'
import { extensions, missingExtension } from '../protocol/extensions.ts'
import { bearerCheck } from './bearer.ts'
import { readBody } from './body.ts'
import { answerSocketError, replyWithError } from './errors.ts'
import { hostCheck, isLoopback } from './host-check.ts'
import { inferRoutes } from './infer-routes.ts'
import { metadataRoutes } from './metadata-routes.ts'
import { pageRoute } from './page.ts'
import { repositoryRoutes } from './repository-routes.ts'
import type { Services } from './services.ts'

/** The caller's request id if it is safe in logs, else a new one. */
function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}

/** Paths that need no token: health probes, and the page, which holds nothing about the models. */
const open = new Set(['/', '/v2/health/live', '/v2/health/ready'])

/** Allows web pages of other origins: which headers they may send and read. */
function allowPages(app: FastifyInstance, origins: readonly string[]): void {
  const headers = ['inference-header-content-length', 'x-request-id']
  app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: ['authorization', 'content-type', ...headers],
    exposedHeaders: ['retry-after', ...headers],
    maxAge: 3600,
  })
}

/** Requires the token. @param pages - whether to let OPTIONS requests of browsers pass, which have no token. */
function secure(app: FastifyInstance, token: string, pages: boolean): void {
  const allowed = bearerCheck(token)
  app.addHook('onRequest', async (request) => {
    const asksForPage = pages && request.method === 'OPTIONS'
    if (asksForPage || open.has(request.routeOptions.url ?? '') || allowed(request.headers.authorization)) return
    throw new RequestFailure(
      401,
      'expected the header "Authorization: Bearer TOKEN" with this server\'s token, received none or a wrong one.',
    )
  })
}

/** @throws RequestFailure (404), before the body is read. */
function notFound({ method, url }: FastifyRequest): never {
  const extension = missingExtension(url)
  if (extension !== undefined) {
    throw new RequestFailure(404, `expected a path of an extension among ${extensions.join(', ')}, received one of ${extension}.`)
  }
  throw new RequestFailure(
    404,
    `expected a path of the Open Inference Protocol, received ${method} ${url.slice(0, 100)}. See /openapi.json.`,
  )
}

/** The HTTP server: routes, limits, and errors in the protocol's form. */
export function buildApp(services: Services, logger: FastifyBaseLogger): FastifyInstance {
  const { options, pem, admission } = services
  const { host, bodyTimeout, token, allowHost, allowOrigin } = options
  // Node checks for slow requests at this interval.
  const timing = { connectionsCheckingInterval: Math.min(1000, bodyTimeout), headersTimeout: bodyTimeout, requestTimeout: bodyTimeout }
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: bodyTimeout,
    requestIdHeader: false,
    genReqId: requestId,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: replyWithError,
    clientErrorHandler: answerSocketError,
    ...(pem === undefined ? { http: timing } : { https: { ...timing, ...pem } }),
  } as Parameters<typeof fastify>[0]) as unknown as FastifyInstance
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_, payload, done) => void readBody(payload, admission).then((body) => done(null, body), done))
  app.setErrorHandler(replyWithError)
  app.setNotFoundHandler(notFound)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onSend', (_, reply, payload, done) => {
    if (services.draining()) reply.header('connection', 'close')
    done(null, payload)
  })
  if (token === undefined && isLoopback(host)) {
    const check = hostCheck(allowHost)
    app.addHook('onRequest', async ({ raw }) => check(raw))
  }
  if (allowOrigin.length > 0) allowPages(app, allowOrigin)
  if (token !== undefined) secure(app, token, allowOrigin.length > 0)
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) notFound(request)
    admission.demandLength(request.raw)
    reply.raw.once('close', () => admission.release(request.raw))
  })
  pageRoute(app)
  metadataRoutes(app, services)
  repositoryRoutes(app, services)
  inferRoutes(app, services)
  return app
}
