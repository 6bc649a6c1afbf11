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
  /** Processes that run models. */
  readonly workers: number
  /** Runs of one model at once in a worker. */
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
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly logLevel: string
}
