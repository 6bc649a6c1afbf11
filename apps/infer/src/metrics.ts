import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RunEvent } from './scheduling/scheduler.ts'

/** What is asked when metrics are read. */
export interface Sources {
  readonly queues: () => Iterable<readonly [model: string, waiting: number]>
  readonly workers: () => number
  readonly models: () => number
  readonly pendingBytes: () => number
}

const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256]

/** Numbers for Prometheus. Labels are names of models that are served and status codes, so nobody outside can make new ones. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests: Counter<'model' | 'code'>
  readonly #latency: Histogram<'model'>
  readonly #runs: Histogram<'model'>
  readonly #batchRequests: Histogram<'model'>
  readonly #batchRows: Histogram<'model'>
  readonly #elements: Counter<'model'>
  readonly #padding: Counter<'model'>
  readonly #lost: Counter
  readonly #loads: Counter<'result'>

  constructor(sources: Sources) {
    const registers = [this.#registry]
    const name = (text: string): string => `equivar_infer_${text}`
    this.#requests = new Counter({
      name: name('requests_total'),
      help: 'Inference requests by status',
      labelNames: ['model', 'code'],
      registers,
    })
    this.#latency = new Histogram({
      name: name('request_seconds'),
      help: 'From the first byte of an inference request to the last of its answer',
      labelNames: ['model'],
      buckets: LATENCIES,
      registers,
    })
    this.#runs = new Histogram({
      name: name('run_seconds'),
      help: 'Time of a run in its worker',
      labelNames: ['model'],
      buckets: LATENCIES,
      registers,
    })
    this.#batchRequests = new Histogram({
      name: name('batch_requests'),
      help: 'Requests in a run',
      labelNames: ['model'],
      buckets: BATCHES,
      registers,
    })
    this.#batchRows = new Histogram({
      name: name('batch_rows'),
      help: 'Examples in a run',
      labelNames: ['model'],
      buckets: BATCHES,
      registers,
    })
    this.#elements = new Counter({ name: name('elements_total'), help: 'Numbers that were fed', labelNames: ['model'], registers })
    this.#padding = new Counter({
      name: name('padding_elements_total'),
      help: 'How many of these were padding',
      labelNames: ['model'],
      registers,
    })
    this.#lost = new Counter({ name: name('workers_lost_total'), help: 'Workers that ended and were replaced', registers })
    this.#loads = new Counter({ name: name('model_loads_total'), help: 'Models loaded and refused', labelNames: ['result'], registers })
    new Gauge({
      name: name('queue_length'),
      help: 'Requests that wait for a run',
      labelNames: ['model'],
      registers,
      collect() {
        this.reset()
        for (const [model, waiting] of sources.queues()) this.inc({ model }, waiting)
      },
    })
    const gauge = (text: string, help: string, value: () => number): void => {
      new Gauge({
        name: name(text),
        help,
        registers,
        collect() {
          this.set(value())
        },
      })
    }
    gauge('workers_ready', 'Workers that take runs', sources.workers)
    gauge('models_loaded', 'Versions of models that are served', sources.models)
    gauge('pending_bytes', 'Bytes of bodies whose answers are due', sources.pendingBytes)
    collectDefaultMetrics({ register: this.#registry })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** In Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  answered(model: string, code: number, seconds: number): void {
    this.#requests.inc({ model, code })
    this.#latency.observe({ model }, seconds)
  }

  ran({ model: { name: model }, requests, rows, elements, padding, seconds }: RunEvent): void {
    this.#runs.observe({ model }, seconds)
    this.#batchRequests.observe({ model }, requests)
    this.#batchRows.observe({ model }, rows)
    this.#elements.inc({ model }, elements)
    this.#padding.inc({ model }, padding)
  }

  workerLost(): void {
    this.#lost.inc()
  }

  modelLoaded(result: 'loaded' | 'refused'): void {
    this.#loads.inc({ result })
  }
}
