/** An OpenAPI document, as plain JSON. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: Readonly<Record<string, unknown>>
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, unknown>>
}

/** Placeholder until the routes are described. */
export function openApiDocument(): OpenApiDocument {
  return { openapi: '3.1.0', info: { title: 'equivar-infer', version: '0.0.0' }, paths: {}, components: {} }
}
