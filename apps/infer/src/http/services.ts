import type { Background } from '../background/background.ts'
import type { Metrics } from '../metrics.ts'
import type { Registry } from '../models/registry.ts'
import type { ServeOptions } from '../options.ts'
import type { Pem } from '../pem.ts'
import type { Scheduler } from '../scheduling/scheduler.ts'
import type { Statistics } from '../statistics.ts'
import type { Admission } from './admission.ts'

/** The services that the routes use. */
export interface Services {
  readonly options: ServeOptions
  readonly registry: Registry
  readonly scheduler: Scheduler
  readonly metrics: Metrics
  readonly statistics: Statistics
  readonly admission: Admission
  readonly background: Background
  /** The certificate; undefined for plain HTTP. */
  readonly pem: Pem | undefined
  /** Why the server accepts no inference now; undefined if it does. */
  readonly closedBecause: () => string | undefined
  /** Whether the server is stopping; connections then close after their answers. */
  readonly draining: () => boolean
}
