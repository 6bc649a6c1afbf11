import type { BackendName } from './backends.ts'
import type { TaskName } from './tasks.ts'

/** From the page to the worker. */
export type Order =
  | { readonly type: 'train'; readonly task: TaskName; readonly backend: BackendName; readonly epochs: number; readonly seed: number }
  | { readonly type: 'stop' }

/** From the worker to the page. */
export type News =
  /** `device` is the GPU's own name, where there is one: one reads there that it is software. */
  | { readonly type: 'started'; readonly parameters: number; readonly steps: number; readonly device?: string }
  | { readonly type: 'step'; readonly step: number; readonly loss: number }
  | {
      readonly type: 'epoch'
      readonly epoch: number
      readonly step: number
      readonly loss: number
      readonly accuracy: number
      readonly equivariance: number
      readonly seconds: number
    }
  | { readonly type: 'trained'; readonly file: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly message: string }
