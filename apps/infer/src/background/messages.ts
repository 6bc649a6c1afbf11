import type { ReadJob, ReadRequest, WriteJob } from '../protocol/exchange.ts'
import type { InferResponse } from '../protocol/infer-response.ts'

/** A message to the thread. */
export type ToThread =
  | ({ readonly kind: 'read'; readonly id: number } & ReadJob)
  | ({ readonly kind: 'write'; readonly id: number } & WriteJob)

/** A message from the thread. */
export type FromThread =
  | { readonly kind: 'read'; readonly id: number; readonly request: ReadRequest }
  | { readonly kind: 'written'; readonly id: number; readonly response: InferResponse }
  | { readonly kind: 'failed'; readonly id: number; readonly statusCode: number; readonly message: string }
