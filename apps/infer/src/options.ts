import { availableParallelism } from 'node:os'
import type { Device } from '@equivar/backend-onnx'

/** What a server is told. */
export interface ServeOptions {
  /** An ONNX file, a run directory, or a folder of models. */
  readonly models: string
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  readonly device: Device
  /** Threads of an operator in each worker. */
  readonly threads: number
  /** Processes that run models; one a core if left out, one on a GPU. */
  readonly workers: number | undefined
  /** Runs of one model at once, over all workers; 0 for as many as there is room for. */
  readonly concurrency: number
  /** The most examples in a run. */
  readonly maxBatch: number
  /** How long a request may wait for others, in milliseconds, while a worker is free. */
  readonly maxDelay: number
  /** The share of a run that may be padding. */
  readonly maxWaste: number
  /** Bytes of a body. */
  readonly maxBody: number
  /** Numbers of one request, and of one run. */
  readonly maxElements: number
  /** Bytes of all bodies that wait for their answers. */
  readonly maxPending: number
  /** Requests of a model that may wait. */
  readonly queue: number
  /** Milliseconds until a request that is not answered is given up. */
  readonly timeout: number
  /** Milliseconds for a request to arrive in. */
  readonly bodyTimeout: number
  /** Milliseconds between looks at the model folder; 0 for none. */
  readonly reload: number
  readonly token: string | undefined
  /** Origins of pages that may call from a browser; `*` for any. */
  readonly allowOrigin: readonly string[]
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly logLevel: string
}

const MIB = 2 ** 20

/** Processes that run models: HTTP takes little, so every core may have one. */
export const workersOf = ({ workers, device }: ServeOptions): number => workers ?? (device === 'cpu' ? availableParallelism() : 1)

/** What a server does where it is not told: everything but the models. */
export function defaultOptions(): Omit<ServeOptions, 'models'> {
  return {
    host: '127.0.0.1',
    port: 8080,
    device: 'cpu',
    threads: 1,
    workers: undefined,
    concurrency: 0,
    maxBatch: 64,
    maxDelay: 0,
    maxWaste: 0.25,
    maxBody: 32 * MIB,
    maxElements: 4 * MIB,
    maxPending: 256 * MIB,
    queue: 512,
    timeout: 30_000,
    bodyTimeout: 30_000,
    reload: 2000,
    token: undefined,
    allowOrigin: [],
    tls: undefined,
    logLevel: 'info',
  }
}
