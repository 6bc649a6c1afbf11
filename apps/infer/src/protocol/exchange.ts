import { acceptRequest, type BatchRecipe, type BatchRequest } from '@equivar/batching'
import type { ChannelCategories } from '@equivar/export-onnx'
import type { TensorValue } from '@equivar/tensor'
import { readInferRequest } from './infer-request.ts'
import type { Labels } from './infer-response.ts'
import type { WantedOutput } from './wanted-outputs.ts'

/** A body to read, and what it must fit. */
export interface ReadJob {
  /** Its bytes, in blocks. */
  readonly body: readonly Uint8Array<ArrayBuffer>[]
  /** The header Inference-Header-Content-Length. */
  readonly headerLength: string | undefined
  readonly recipe: BatchRecipe
  readonly maxElements: number
  /** Names of categories by input and channel. */
  readonly categories: Readonly<Record<string, ChannelCategories>>
}

/** A request that fits its model. */
export interface ReadRequest {
  readonly id: string | undefined
  readonly outputs: readonly WantedOutput[]
  readonly accepted: BatchRequest
}

/** An answer to write. */
export interface WriteJob {
  readonly model: { readonly name: string; readonly version: string; readonly id: string | undefined }
  readonly wanted: readonly WantedOutput[]
  readonly outputs: Readonly<Record<string, TensorValue>>
  readonly labels: Labels
}

/** Reads a request and checks it against its model. @throws RequestFailure (400) or RequestError. */
export function readRequest({ body, headerLength, recipe, maxElements, categories }: ReadJob): ReadRequest {
  const { inputs, outputs } = recipe
  const [first] = body
  const read = readInferRequest(body.length === 1 && first !== undefined ? first : Buffer.concat(body), headerLength, {
    inputs,
    outputs,
    maxElements,
    categories,
  })
  return { id: read.id, outputs: read.outputs, accepted: acceptRequest(recipe, read.values, { maxElements }) }
}
