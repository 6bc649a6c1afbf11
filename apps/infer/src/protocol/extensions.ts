import { RequestFailure } from '../errors.ts'
import type { Json } from './json-object.ts'

/** The extensions of the protocol that the server has, with Triton's names. */
export const extensions: readonly string[] = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository(index)',
  'statistics',
]

/** As `extensions`, with loading and unloading of models where it is allowed. */
export const extensionsOf = ({ repositoryControl }: { readonly repositoryControl: boolean }): readonly string[] =>
  repositoryControl ? extensions.map((name) => (name === 'model_repository(index)' ? 'model_repository' : name)) : extensions

/** Parameters of extensions that the server does not have. */
const parameters: Readonly<Record<string, string>> = {
  sequence_id: 'sequence',
  sequence_start: 'sequence',
  sequence_end: 'sequence',
  priority: 'schedule_policy',
  timeout: 'schedule_policy',
  shared_memory_region: 'shared_memory',
  shared_memory_offset: 'shared_memory',
  shared_memory_byte_size: 'shared_memory',
}

/** Refuses parameters of extensions that the server does not have. Other unknown parameters are ignored. @throws RequestFailure (400). */
export function refuseExtensions(given: Json, where: string): void {
  for (const [name, extension] of Object.entries(parameters)) {
    if (!Object.hasOwn(given, name)) continue
    throw new RequestFailure(
      400,
      `expected ${where} without "${name}", as this server does not have the extension ${extension}. It has ${extensions.join(', ')}.`,
    )
  }
}

/** Paths of extensions that the server does not have. */
const paths: readonly (readonly [RegExp, string])[] = [
  [/^\/v2\/systemsharedmemory(\/|$)/, 'system_shared_memory'],
  [/^\/v2\/cudasharedmemory(\/|$)/, 'cuda_shared_memory'],
  [/^\/v2\/(models\/[^/]+\/)?trace\/setting$/, 'trace'],
  [/^\/v2\/logging$/, 'logging'],
  [/^\/v2\/models\/.+\/generate(_stream)?$/, 'generate'],
]

/** The extension that a path belongs to and that the server does not have; undefined if there is none. @param url - with or without a query. */
export const missingExtension = (url: string): string | undefined => {
  const path = url.split('?', 1)[0] as string
  return paths.find(([pattern]) => pattern.test(path))?.[1]
}
