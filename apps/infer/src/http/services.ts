import type { Metrics } from '../metrics.ts'
import type { Registry } from '../models/registry.ts'
import type { ServeOptions } from '../options.ts'
import type { Pem } from '../pem.ts'
import type { Scheduler } from '../scheduling/scheduler.ts'
import type { Admission } from './admission.ts'

/** What the routes work with. */
export interface Services {
  readonly options: ServeOptions
  readonly registry: Registry
  readonly scheduler: Scheduler
  readonly metrics: Metrics
  readonly admission: Admission
  /** The certificate; plain HTTP without. */
  readonly pem: Pem | undefined
  /** Why no inference is taken now; undefined if it is. */
  readonly closedBecause: () => string | undefined
  /** Whether the server is stopping: connections end with their answers. */
  readonly draining: () => boolean
}
