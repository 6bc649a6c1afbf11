import type { FastifyInstance } from 'fastify'
import type { ServedModel } from '../models/served-model.ts'
import { ownVersion } from '../own-version.ts'
import { datatypeOf } from '../protocol/datatypes.ts'
import { extensionsOf } from '../protocol/extensions.ts'
import { modelConfig } from './model-config.ts'
import { openApiDocument } from './openapi.ts'
import type { Services } from './services.ts'

interface ModelPath {
  readonly Params: { readonly name: string; readonly version?: string }
}

/**
 * The protocol's metadata of a model. Names of symbolic sizes, names of classes and of categories (as JSON, because parameters cannot be lists), its symmetry and its kind of
 * batching are in the parameters.
 */
function metadataOf({ name, description, recipe, labels, categories }: ServedModel, versions: readonly string[]) {
  const tensors = (values: typeof description.inputs) =>
    values.map(({ name: each, dtype, shape }) => ({
      name: each,
      datatype: datatypeOf(dtype),
      shape: shape.map((size) => (typeof size === 'number' ? size : -1)),
      parameters: {
        dims: shape.map(String).join(','),
        ...(labels[each] && { classes: JSON.stringify(labels[each]) }),
        ...(categories[each] && { categories: JSON.stringify(categories[each]) }),
      },
    }))
  const { task, model, symmetry } = description.metadata
  return {
    name,
    versions,
    platform: 'onnxruntime_onnx',
    inputs: tensors(description.inputs),
    outputs: tensors(description.outputs),
    parameters: { batching: recipe.kind, ...(task && { task }), ...(model && { model }), ...(symmetry && { symmetry }) },
  }
}

/** The routes of health, metadata, configuration, statistics, metrics and the OpenAPI document. */
export function metadataRoutes(app: FastifyInstance, { registry, metrics, statistics, options, closedBecause }: Services): void {
  app.get('/v2/health/live', async () => ({ live: true }))
  app.get('/v2/health/ready', async (_, reply) => {
    const closed = closedBecause()
    return closed === undefined ? { ready: true } : reply.code(503).header('retry-after', '1').send({ ready: false, error: closed })
  })
  app.get('/v2', async () => ({ name: 'equivar-infer', version: ownVersion(), extensions: extensionsOf(options) }))
  for (const url of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    app.get<ModelPath>(url, async ({ params: { name, version } }) => metadataOf(registry.find(name, version), registry.versionsOf(name)))
    app.get<ModelPath>(`${url}/config`, async ({ params: { name, version } }) => modelConfig(registry.find(name, version), options))
    app.get<ModelPath>(`${url}/stats`, async ({ params: { name, version } }) => {
      const found = registry.find(name, version)
      return statistics.describe(version === undefined ? registry.models.filter((model) => model.name === name) : [found])
    })
    app.get<ModelPath>(`${url}/ready`, async ({ params: { name, version } }, reply) => {
      const model = registry.find(name, version)
      const closed = closedBecause()
      return reply.code(closed === undefined ? 200 : 503).send({ name: model.name, ready: closed === undefined })
    })
  }
  app.get('/v2/models/stats', async () => statistics.describe(registry.models))
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()))
  app.get('/openapi.json', async () => openApiDocument())
}
