import { type Module, parametersOf } from '@equivar/nn'
import { type Backend, type DeviceTensor, type Input, program, type Tensor, type TensorValue } from '@equivar/tensor'
import { batchesAhead, type IndexedBatch } from './batches-ahead.ts'
import { type Examples, feedsFrom, likeSizes } from './epochs.ts'
import type { Tally } from './metrics/split-metric.ts'
import { demandObjective, type Metrics, type Objective, reported, type SplitReport, scalarsOf, splitMetricsOf } from './objective.ts'
import type { Ranks } from './ranks/ranks.ts'
import { readInTurn } from './ranks/read-in-turn.ts'
import type { Evaluation, TrainStep } from './train-step.ts'

/** The name of an output that a metric of a split reads. */
const readName = (metric: string, tensor: string): string => `${metric}.${tensor}`

/** Builds an objective in inference mode. */
export function evaluationOf<M extends Metrics>(
  model: Module,
  {
    inputs,
    objective,
    metadata,
  }: {
    readonly inputs: Readonly<Record<string, Input>>
    readonly objective: () => Objective<M>
    readonly metadata: Readonly<Record<string, string>>
  },
): Evaluation<M> {
  const result = objective()
  demandObjective('evaluation', result)
  const metrics = result.metrics ?? ({} as M)
  const reads = Object.entries(splitMetricsOf(metrics)).flatMap(([name, metric]) =>
    Object.entries(metric.reads).map(([tensor, read]): [string, Tensor] => [readName(name, tensor), read]),
  )
  const outputs = { ...reported(result), ...Object.fromEntries(reads) }
  const given = { ...inputs, ...Object.fromEntries(parametersOf(model)) }
  return { program: program({ inputs: given, outputs, metadata }), data: Object.keys(inputs), metrics }
}

/** Evaluates a model on splits, by the objective of its training step. */
export interface Evaluator<M extends Metrics = Metrics> {
  /**
   * The loss and the metrics of a split. Scalars are weighted by the examples of each batch, or by what the objective says as `examples`; metrics of a whole
   * split are computed once. So how the split is divided into batches changes nothing but rounding.
   *
   * Device tensors that a batch gives are read and freed before the next one. The report holds plain numbers, so nothing of it is to be freed.
   *
   * @param values - parameters and running statistics by path, as `initialize` and `trainedValues` give them. Others may be there; they are not read.
   * @throws RangeError if there is no example, or the batches lack an input; FeedError if `values` lacks a parameter.
   */
  evaluate(values: Readonly<Record<string, TensorValue>>, examples: Examples): Promise<SplitReport<M>>
  /** Frees the compiled Program. */
  dispose(): Promise<void>
}

/** Options of compileEvaluator. */
export interface EvaluatorOptions {
  /** Examples of a batch; 64 by default. It changes speed and memory only. */
  readonly batchSize?: number
  /** The processes that evaluate together: each computes some batches, and all report the same, bit for bit what one reports. */
  readonly ranks?: Ranks
}

/** The numbers of a tensor on the host, in float64. */
async function numbersOf(tensor: DeviceTensor): Promise<Float64Array> {
  const data = await tensor.data()
  return data instanceof BigInt64Array ? Float64Array.from(data, Number) : Float64Array.from(data as ArrayLike<number>)
}

/** Reads all outputs to the host and frees them. */
async function readAll(outputs: Readonly<Record<string, DeviceTensor>>): Promise<Record<string, Float64Array>> {
  try {
    return Object.fromEntries(
      await Promise.all(Object.entries(outputs).map(async ([name, tensor]) => [name, await numbersOf(tensor)] as const)),
    )
  } finally {
    for (const tensor of Object.values(outputs)) tensor.dispose()
  }
}

/** What is counted over the batches of a split. */
class Counts {
  #examples = 0
  readonly #sums = new Map<string, number>()
  readonly #scalars: readonly string[]
  readonly #tallies: readonly { readonly name: string; readonly reads: readonly string[]; readonly tally: Tally<unknown> }[]

  constructor(metrics: Metrics) {
    this.#scalars = ['loss', ...Object.keys(scalarsOf(metrics))]
    this.#tallies = Object.entries(splitMetricsOf(metrics)).map(([name, { reads, start }]) => ({
      name,
      reads: Object.keys(reads),
      tally: start(),
    }))
  }

  /** @param count - how many examples the batch has, unless the objective says it. */
  add(read: Readonly<Record<string, Float64Array>>, count: number): void {
    const examples = read.examples?.[0] ?? count
    this.#examples += examples
    // A batch without known targets has no mean.
    if (examples !== 0)
      for (const name of this.#scalars) this.#sums.set(name, (this.#sums.get(name) ?? 0) + (read[name]?.[0] as number) * examples)
    for (const { name, reads, tally } of this.#tallies)
      tally.add(Object.fromEntries(reads.map((tensor) => [tensor, read[readName(name, tensor)] as Float64Array])))
  }

  report(): Readonly<Record<string, unknown>> {
    const means = this.#scalars.map((name) => [name, (this.#sums.get(name) ?? 0) / this.#examples])
    return Object.fromEntries([...means, ...this.#tallies.map(({ name, tally }) => [name, tally.value()])])
  }
}

/**
 * Compiles the objective of a training step for evaluation: in inference mode, so dropout is off and normalizations use their running statistics.
 *
 * @throws RangeError if `batchSize` is not a whole number of 1 or more.
 * @example
 * const evaluator = await compileEvaluator(step, backend)
 * const { loss, accuracy } = await evaluator.evaluate(trainedValues(step, state), test)
 */
export async function compileEvaluator<M extends Metrics>(
  step: Pick<TrainStep<M>, 'evaluation'>,
  backend: Backend,
  { batchSize = 64, ranks }: EvaluatorOptions = {},
): Promise<Evaluator<M>> {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new RangeError(`compileEvaluator: expected batchSize to be a whole number of 1 or more, received ${batchSize}.`)
  const { program: compiled, data, metrics } = step.evaluation()
  const executable = await backend.compile(compiled)
  const evaluate: Evaluator<M>['evaluate'] = async (values, examples) => {
    if (!(examples.length > 0)) throw new RangeError('evaluate: expected at least one example, received none.')
    const counts = new Counts(metrics)
    const batches = likeSizes(examples, batchSize)
    const { rank, size } = ranks ?? { rank: 0, size: 1 }
    const own = batchesAhead(
      examples,
      batches.filter((_, i) => i % size === rank),
    )
    const read = async ({ batch }: IndexedBatch): Promise<Record<string, Float64Array>> =>
      readAll(await executable.run({ ...values, ...feedsFrom('evaluate', batch, data) }))
    const names = compiled.outputs.map(({ name }) => name)
    for await (const [i, one] of readInTurn(batches.length, { own, read, names }, ranks))
      counts.add(one, (batches[i] as Uint32Array).length)
    return counts.report() as SplitReport<M>
  }
  return { evaluate, dispose: () => executable.dispose() }
}
