import type { BackendName } from './backend-titles.ts'
import type { Side } from './task.ts'
import type { TaskName } from './tasks/index.ts'

/** What both networks learn, and on what. */
export interface Settings {
  readonly task: TaskName
  readonly backend: BackendName
  /** Training examples. */
  readonly examples: number
  readonly steps: number
  readonly seed: number
}

/** From the page to the worker. */
export type Order =
  /** `curve`: with ever more examples, what each network comes to; otherwise one training, step by step. */
  { readonly type: 'train' | 'curve'; readonly settings: Settings } | { readonly type: 'pause' | 'continue' }

/** What a network is worth, on examples kept from training. */
export interface Judged {
  readonly loss: number
  readonly accuracy: number
  /** How much the answer changes under the symmetry, as a part of the largest number of the answer. */
  readonly change: number
}

/** From the worker to the page. */
export type News =
  /** `device` is the GPU's own name, where there is one: one reads there that it is software. */
  | { readonly type: 'started'; readonly parameters: Readonly<Record<Side, number>>; readonly device?: string }
  /** The losses of the steps since the last of these. */
  | { readonly type: 'steps'; readonly losses: readonly { readonly side: Side; readonly step: number; readonly loss: number }[] }
  | {
      readonly type: 'judged'
      readonly side: Side
      readonly step: number
      readonly judged: Judged
      /** The classes that the network gives to the first test examples. */
      readonly predicted: readonly number[]
    }
  | { readonly type: 'size'; readonly examples: number; readonly accuracy: Readonly<Record<Side, number>> }
  /** The networks as they are: at a pause, and at the end. */
  | { readonly type: 'files'; readonly files: Readonly<Record<Side, Uint8Array<ArrayBuffer>>> }
  | { readonly type: 'finished' }
  | { readonly type: 'failed'; readonly message: string }
