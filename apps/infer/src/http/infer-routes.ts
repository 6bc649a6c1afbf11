import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Cancelled, RequestFailure } from '../errors.ts'
import type { ServedModel } from '../models/served-model.ts'
import type { Services } from './services.ts'
import { youngGarbage } from './young-garbage.ts'

interface ModelPath {
  readonly Params: { readonly name: string; readonly version?: string }
}

/** The inference routes. Requests are rejected before their body is read where possible. */
export function inferRoutes(app: FastifyInstance, services: Services): void {
  const { registry, scheduler, metrics, statistics, admission, background, closedBecause, options } = services
  const collectGarbage = youngGarbage()

  /** Counts the request and measures it until it ends in any way. */
  const follow = (request: FastifyRequest<ModelPath>, reply: FastifyReply, model: ServedModel | undefined): void => {
    const started = performance.now()
    reply.raw.once('close', () => {
      const code = reply.raw.writableFinished ? reply.statusCode : 499
      const seconds = (performance.now() - started) / 1000
      metrics.answered(model?.name ?? '', code, seconds)
      if (model !== undefined) statistics.answered(model, code, seconds)
      request.log.debug({ model: model?.toString(), status: code, seconds }, 'inference')
    })
  }

  const onRequest = async (request: FastifyRequest<ModelPath>, reply: FastifyReply): Promise<void> => {
    const { name, version } = request.params
    let model: ServedModel | undefined
    try {
      model = registry.find(name, version)
    } finally {
      follow(request, reply, model)
    }
    const closed = closedBecause()
    if (closed !== undefined) throw new RequestFailure(503, closed, 1)
    scheduler.demandRoom(model)
  }

  /** Reads the body, and queues the request with the model that was there when the body was complete. */
  const submit = async (request: FastifyRequest<ModelPath>, reply: FastifyReply) => {
    const model = registry.find(request.params.name, request.params.version)
    const body = (request.body ?? []) as readonly Uint8Array<ArrayBuffer>[]
    const length = body.reduce((sum, block) => sum + block.length, 0)
    const headerLength = request.headers['inference-header-content-length'] as string | undefined
    const release = scheduler.hold(model)
    const started = performance.now()
    try {
      const read = await background.read({
        body,
        headerLength,
        recipe: model.recipe,
        maxElements: options.maxElements,
        categories: model.categories,
      })
      statistics.read(model, (performance.now() - started) / 1000)
      if (reply.raw.destroyed) throw new Cancelled()
      const names = read.outputs.map(({ name }) => name)
      return { model, read, ...scheduler.submit(model, read.accepted, names) }
    } finally {
      release()
      collectGarbage(length, admission.bytes)
    }
  }

  const handler = async (request: FastifyRequest<ModelPath>, reply: FastifyReply): Promise<FastifyReply> => {
    const { model, read, results, cancel } = await submit(request, reply)
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) cancel()
    })
    const { name, version, labels } = model
    const outputs = await results
    const started = performance.now()
    const answer = await background.write({ model: { name, version, id: read.id }, wanted: read.outputs, outputs, labels })
    statistics.written(model, (performance.now() - started) / 1000)
    if (answer.headerLength === undefined) return reply.type('application/json').send(answer.body)
    return reply.type('application/octet-stream').header('inference-header-content-length', answer.headerLength).send(answer.body)
  }

  for (const url of ['/v2/models/:name/infer', '/v2/models/:name/versions/:version/infer']) {
    app.post<ModelPath>(url, { onRequest, handler })
  }
}
