import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RunEvent } from './scheduling/scheduler.ts'

/** Sources of the values that are computed when metrics are read. */
export interface Sources {
  readonly queues: () => Iterable<readonly [model: string, waiting: number]>
  readonly workers: () => number
  readonly models: () => number
  readonly pendingBytes: () => number
  readonly connections: () => number
}

const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256]

const named = (name: string): string => `equivar_infer_${name}`

/** Constructors of the metrics of a registry: name, help text, and labels or buckets. */
const makers = (registry: Registry) => ({
  counter: <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({ name: named(name), help, labelNames, registers: [registry] }),
  histogram: (name: string, help: string, buckets: number[]): Histogram<'model'> =>
    new Histogram({ name: named(name), help, labelNames: ['model'], buckets, registers: [registry] }),
  /** A gauge that is evaluated when metrics are read. */
  gauge: (name: string, help: string, value: () => number): void => {
    const collect = function (this: Gauge): void {
      this.set(value())
    }
    new Gauge({ name: named(name), help, registers: [registry], collect })
  },
})

/** The number of waiting requests of each model, evaluated when metrics are read; removed models disappear. */
function queueLengths(registry: Registry, queues: Sources['queues']): void {
  const collect = function (this: Gauge<'model'>): void {
    this.reset()
    for (const [model, waiting] of queues()) this.inc({ model }, waiting)
  }
  new Gauge({ name: named('queue_length'), help: 'Requests that wait for a run', labelNames: ['model'], registers: [registry], collect })
}

/** Prometheus metrics. Labels are names of served models and status codes, so callers cannot create new ones. */
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

  constructor({ queues, workers, models, pendingBytes, connections }: Sources) {
    const { counter, histogram, gauge } = makers(this.#registry)
    this.#requests = counter('requests_total', 'Inference requests by status', 'model', 'code')
    this.#latency = histogram(
      'request_seconds',
      'Time from the first byte of an inference request to the last byte of its answer',
      LATENCIES,
    )
    this.#runs = histogram('run_seconds', 'Time of a run in its worker', LATENCIES)
    this.#batchRequests = histogram('batch_requests', 'Requests in a run', BATCHES)
    this.#batchRows = histogram('batch_rows', 'Examples in a run', BATCHES)
    this.#elements = counter('elements_total', 'Elements in the inputs of all runs, padding included', 'model')
    this.#padding = counter('padding_elements_total', 'Padding elements in the inputs of all runs', 'model')
    this.#lost = counter('workers_lost_total', 'Workers that ended and were replaced')
    this.#loads = counter('model_loads_total', 'Attempts to load a model by result', 'result')
    queueLengths(this.#registry, queues)
    gauge('workers_ready', 'Workers that take runs', workers)
    gauge('models_loaded', 'Served versions of models', models)
    gauge('pending_bytes', 'Bytes of request bodies that are not answered yet', pendingBytes)
    gauge('connections', 'Open connections', connections)
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
