import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { Background } from './background/background.ts'
import { messageOf } from './errors.ts'
import { Admission } from './http/admission.ts'
import { buildApp } from './http/app.ts'
import { connectionLimit } from './http/connection-limit.ts'
import { Connections } from './http/connections.ts'
import { openLog } from './log.ts'
import { Metrics } from './metrics.ts'
import { demandModels, Registry } from './models/registry.ts'
import { findModels } from './models/repository.ts'
import { defaultOptions, type ServeOptions, workersOf } from './options.ts'
import { type Pem, readPem } from './pem.ts'
import { Scheduler } from './scheduling/scheduler.ts'
import { Statistics } from './statistics.ts'
import { WorkerPool } from './workers/worker-pool.ts'

/** A running server. */
export interface RunningServer {
  readonly url: string
  /** Names and versions of the models that it loaded at the start. */
  readonly models: readonly string[]
  /** Checks the model folder and the certificate for changes now. What cannot be used is logged and changes nothing; the promise never rejects. */
  reload(): Promise<void>
  /** Rejects new inference requests, answers those that it accepted, and ends. */
  drain(): Promise<void>
}

/** Connections that may wait to be accepted. With Node's default of 511, a burst overflows, and the system resets some of them. */
const BACKLOG = 4096

/** Connects HTTP, the scheduler, the workers and the registry of models. */
class Server {
  readonly #options: ServeOptions
  readonly #log: Logger
  readonly #pool: WorkerPool
  readonly #scheduler: Scheduler
  readonly #registry: Registry
  readonly #metrics: Metrics
  readonly #statistics = new Statistics()
  readonly #background = new Background()
  readonly #app: FastifyInstance
  readonly #connections: Connections
  #poll: NodeJS.Timeout | undefined
  #draining = false

  constructor(options: ServeOptions, pem: Pem | undefined, log: Logger) {
    this.#options = options
    this.#log = log
    const admission = new Admission(options)
    this.#metrics = new Metrics({
      queues: () => this.#registry.models.map((model) => [model.name, this.#scheduler.waiting(model)] as const),
      workers: () => this.#pool.ready,
      models: () => this.#registry.models.length,
      pendingBytes: () => admission.bytes,
      connections: () => this.#connections.open,
    })
    this.#pool = new WorkerPool({
      ...options,
      workers: workersOf(options),
      stuckAfter: 2 * options.timeout + 10_000,
      onCapacity: () => this.#scheduler.plan(),
      onReady: (worker) => log.info({ worker }, 'a worker is ready'),
      onLost: (worker, reason) => {
        this.#metrics.workerLost()
        log.error({ worker, reason }, 'a worker ended and is replaced')
      },
    })
    this.#scheduler = new Scheduler({
      ...options,
      runner: this.#pool,
      concurrency: options.concurrency === 0 ? Number.POSITIVE_INFINITY : options.concurrency,
      onRun: (event) => {
        this.#metrics.ran(event)
        this.#statistics.ran(event)
      },
      onIdle: (model) => this.#registry.idle(model),
    })
    this.#registry = this.#makeRegistry()
    const services = { registry: this.#registry, scheduler: this.#scheduler, metrics: this.#metrics, statistics: this.#statistics }
    this.#app = buildApp(
      {
        options,
        pem,
        admission,
        background: this.#background,
        closedBecause: () => this.#closedBecause(),
        draining: () => this.#draining,
        ...services,
      },
      log,
    )
    this.#connections = new Connections(this.#app.server, connectionLimit(options))
  }

  async start(): Promise<RunningServer> {
    const { models: path, host, port, reload } = this.#options
    try {
      // Fails before any worker is started if there is nothing at the path.
      await findModels(path)
      await this.#pool.start()
      await this.#registry.scan({ settled: false })
      demandModels(this.#registry, path)
      await this.#app.listen({ host, port, backlog: BACKLOG, listenTextResolver: (address) => `listening on ${address}` })
    } catch (error) {
      this.#pool.close()
      throw error
    }
    if (reload > 0) {
      this.#poll = setInterval(() => void this.#rescan(), reload)
      this.#poll.unref()
    }
    const address = this.#app.server.address() as AddressInfo
    const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
    return {
      url: `${this.#options.tls === undefined ? 'http' : 'https'}://${shown}:${address.port}`,
      models: this.#registry.models.map(String),
      reload: () => this.#reload(),
      drain: () => this.#drain(),
    }
  }

  #makeRegistry(): Registry {
    const [log, pool, metrics] = [this.#log, this.#pool, this.#metrics]
    return new Registry({
      path: this.#options.models,
      load: (key, bytes, settings) => pool.load(key, bytes, settings),
      unload: (key) => pool.unload(key),
      isIdle: (model) => this.#scheduler.isIdle(model),
      onLoad: (model) => {
        metrics.modelLoaded('loaded')
        log.info(
          { model: String(model), batching: model.recipe.kind, bytes: model.bytes.length, reason: model.recipe.reason },
          'model loaded',
        )
      },
      onRefuse: (model, reason) => {
        metrics.modelLoaded('refused')
        log.error({ model, reason }, 'model cannot be loaded; its previous version stays in service')
      },
      onRetire: (model) => log.info({ model: String(model) }, 'model replaced or removed; it is unloaded after its last request'),
    })
  }

  #closedBecause(): string | undefined {
    if (this.#draining) return 'The server is stopping and accepts no more requests. Send the request to another server, or later.'
    return this.#pool.ready === 0 ? 'No worker is ready. Send the request again later.' : undefined
  }

  async #rescan(retry = false): Promise<void> {
    try {
      await this.#registry.scan({ settled: true, retry })
    } catch (error) {
      this.#log.error({ err: error }, 'the models could not be checked for changes; the served models stay')
    }
  }

  async #reload(): Promise<void> {
    await this.#rescan(true)
    const server = this.#app.server as unknown as { setSecureContext(context: Pem): void }
    try {
      const pem = await readPem(this.#options)
      if (pem !== undefined) server.setSecureContext(pem)
    } catch (error) {
      this.#log.error({ reason: messageOf(error) }, 'the certificate cannot be used; the previous one stays in service')
    }
  }

  async #drain(): Promise<void> {
    if (this.#draining) return
    this.#draining = true
    clearInterval(this.#poll)
    this.#log.info({ pending: this.#scheduler.pending }, 'draining')
    const closed = new AbortController()
    const { bodyTimeout, timeout } = this.#options
    void this.#connections.end(bodyTimeout + timeout, closed.signal)
    // Stops listening, and resolves when every accepted request is answered.
    await this.#app.close()
    closed.abort()
    this.#pool.close()
    this.#background.close()
    this.#log.info('drained')
  }
}

/** As `serve`, with all options and a log. */
export async function startServer(options: ServeOptions, log: Logger): Promise<RunningServer> {
  return new Server(options, await readPem(options), log).start()
}

/**
 * Starts a server: loads the models into the workers, then listens.
 *
 * @param given - `models`, and options that differ from the defaults.
 * @throws UsageError if there is no model; Error with the reason if no model can be loaded or the address is not available.
 * @example const server = await serve({ models: 'models', port: 0 })
 */
export async function serve(given: Partial<ServeOptions> & Pick<ServeOptions, 'models'>): Promise<RunningServer> {
  const options = { ...defaultOptions(), ...given }
  return startServer(options, openLog(options.logLevel))
}
