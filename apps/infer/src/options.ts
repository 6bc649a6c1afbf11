import { availableParallelism } from 'node:os'
import type { Device } from '@equivar/backend-onnx'

/** Options of a server. */
export interface ServeOptions {
  /** An ONNX file, a run directory, or a folder of models. */
  readonly models: string
  readonly host: string
  /** The port; 0 for any free port. */
  readonly port: number
  readonly device: Device
  /** Threads per operator in each worker. */
  readonly threads: number
  /** Processes that run models; default: one per core, or one on a GPU. */
  readonly workers: number | undefined
  /** Simultaneous runs of one model over all workers; 0 for no limit. */
  readonly concurrency: number
  /** Largest number of examples in a run. */
  readonly maxBatch: number
  /** How long a request waits for others even if a worker is free, in milliseconds. */
  readonly maxDelay: number
  /** Largest share of padding in a run. */
  readonly maxWaste: number
  /** Largest size of a body in bytes. */
  readonly maxBody: number
  /** Largest number of elements in a request, and in a run. */
  readonly maxElements: number
  /** Largest total size of bodies that are not answered yet, in bytes. */
  readonly maxPending: number
  /** Largest number of waiting requests per model. */
  readonly queue: number
  /** Time limit of a request in milliseconds. */
  readonly timeout: number
  /** Time limit for receiving a request in milliseconds. */
  readonly bodyTimeout: number
  /** Milliseconds between checks of the model folder; 0 for never. */
  readonly reload: number
  /** Whether callers may load and unload models. */
  readonly repositoryControl: boolean
  readonly token: string | undefined
  /** Largest number of open connections; the longest idle one is closed for a new one. */
  readonly maxConnections: number
  /** Further names under which the server may be called when it listens on this machine only and requires no token. */
  readonly allowHost: readonly string[]
  /** Origins of web pages that may call the server; `*` for all. */
  readonly allowOrigin: readonly string[]
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly logLevel: string
}

const MIB = 2 ** 20

/** The number of workers. Default: one per core, as HTTP needs little time, or one on a GPU. */
export const workersOf = ({ workers, device }: ServeOptions): number => workers ?? (device === 'cpu' ? availableParallelism() : 1)

/** The defaults of all options but `models`. */
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
    repositoryControl: false,
    token: undefined,
    maxConnections: 4096,
    allowHost: [],
    allowOrigin: [],
    tls: undefined,
    logLevel: 'info',
  }
}
