import type { ServedModel } from './models/served-model.ts'
import type { RunEvent } from './scheduling/scheduler.ts'

/** How often something happened, and how long it took in all. */
interface DurationJson {
  readonly count: number
  readonly ns: number
}

class Duration {
  #count = 0
  #seconds = 0

  add(seconds: number, count = 1): void {
    this.#count += count
    this.#seconds += seconds
  }

  toJSON(): DurationJson {
    return { count: this.#count, ns: Math.round(this.#seconds * 1e9) }
  }
}

/** Above this, sizes of runs are counted by powers of two, so that callers cannot create ever more of them. */
const COUNTED_SINGLY = 64
const countedAs = (rows: number): number => (rows <= COUNTED_SINGLY ? rows : 2 ** Math.ceil(Math.log2(rows)))

/** What a loaded model did. */
class ModelStatistics {
  #last = 0
  #inferences = 0
  #executions = 0
  readonly durations = {
    success: new Duration(),
    fail: new Duration(),
    queue: new Duration(),
    compute_input: new Duration(),
    compute_infer: new Duration(),
    compute_output: new Duration(),
    cache_hit: new Duration(),
    cache_miss: new Duration(),
  }
  readonly #runs = new Map<number, Duration>()

  ran({ requests, rows, seconds, waited }: RunEvent): void {
    this.#last = Date.now()
    this.#inferences += rows
    this.#executions++
    this.durations.queue.add(waited, requests)
    this.durations.compute_infer.add(requests * seconds, requests)
    const size = countedAs(rows)
    const runs = this.#runs.get(size) ?? new Duration()
    runs.add(seconds)
    this.#runs.set(size, runs)
  }

  describe({ name, version }: ServedModel) {
    const none = new Duration()
    return {
      name,
      version,
      last_inference: this.#last,
      inference_count: this.#inferences,
      execution_count: this.#executions,
      inference_stats: this.durations,
      response_stats: {},
      batch_stats: [...this.#runs]
        .sort(([a], [b]) => a - b)
        .map(([size, runs]) => ({ batch_size: size, compute_input: none, compute_infer: runs, compute_output: none })),
      memory_usage: [],
    }
  }
}

/**
 * Statistics of the loaded models, each since its file was loaded.
 *
 * @see Triton's statistics extension. `compute_input` and `compute_output` are the reading of requests and the writing of answers. Runs of more than 64
 * examples are counted under the next power of two.
 */
export class Statistics {
  readonly #models = new WeakMap<ServedModel, ModelStatistics>()

  ran(event: RunEvent): void {
    this.#of(event.model).ran(event)
  }

  read(model: ServedModel, seconds: number): void {
    this.#of(model).durations.compute_input.add(seconds)
  }

  written(model: ServedModel, seconds: number): void {
    this.#of(model).durations.compute_output.add(seconds)
  }

  answered(model: ServedModel, code: number, seconds: number): void {
    this.#of(model).durations[code === 200 ? 'success' : 'fail'].add(seconds)
  }

  /** The answer to a request for the statistics of some models. */
  describe(models: readonly ServedModel[]): { readonly model_stats: readonly unknown[] } {
    return { model_stats: models.map((model) => this.#of(model).describe(model)) }
  }

  #of(model: ServedModel): ModelStatistics {
    const known = this.#models.get(model) ?? new ModelStatistics()
    this.#models.set(model, known)
    return known
  }
}
