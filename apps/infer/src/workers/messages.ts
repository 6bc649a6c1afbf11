import type { Device } from '@equivar/backend-onnx'
import type { SentBytes, SentTensor } from './long-arrays.ts'

/** The file descriptor of the channel of bytes in a worker. */
export const BYTES_FD = 4

/** A message from the server to a worker. */
export type ToWorker =
  | { readonly kind: 'load'; readonly model: number; readonly bytes: SentBytes; readonly device: Device; readonly threads: number }
  | { readonly kind: 'unload'; readonly model: number }
  | {
      readonly kind: 'run'
      readonly id: number
      readonly model: number
      readonly feeds: Readonly<Record<string, SentTensor>>
      readonly outputs: readonly string[]
    }

/** A message from a worker to the server. */
export type FromWorker =
  | { readonly kind: 'loaded'; readonly model: number }
  | { readonly kind: 'refused'; readonly model: number; readonly message: string }
  | { readonly kind: 'result'; readonly id: number; readonly outputs: Readonly<Record<string, SentTensor>>; readonly seconds: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly seconds: number }
