import type { Dataset } from '@equivar/datasets'
import type { DeviceTensor, Executable, TensorValue } from '@equivar/tensor'
import { batchesAhead, likeSizes, type Ranks } from '@equivar/train'
import { type Answer, answersOf, KeptAnswers } from './answers.ts'
import type { Judgement } from './goals.ts'
import type { TaskModel } from './model.ts'
import { metricOf } from './programs.ts'
import { type SplitFigures, SplitMetrics } from './split-metrics.ts'

/** The performance of a model on a data set. */
export interface Assessment {
  readonly loss: number
  readonly metric: number
  /** The metric of a further output, and the root of the mean squared error where it is told, by name. */
  readonly further: Readonly<Record<string, number>>
  /** confusion[true class][predicted class]; empty without classes. */
  readonly confusion: readonly (readonly number[])[]
  /** What the model answers for each example, if that is asked for; of many examples for some, and for those with the largest loss. */
  readonly answers: readonly Answer[]
  /** F1, ROC AUC, RMSE, R2: those that the goal has, if they are asked for. */
  readonly figures: SplitFigures
}

/** What an assessment needs besides the data. */
interface AssessOptions {
  readonly model: TaskModel
  /** The parameters, if the model does not contain them. */
  readonly values?: Readonly<Record<string, TensorValue>>
  /** Whether each answer is kept. */
  readonly answers?: boolean
  /** The processes that assess together: each judges some batches, and all get the same loss and metrics. Pairs and answers are those of its own batches. */
  readonly ranks?: Ranks | undefined
  /** Whether metrics of the whole split are counted. */
  readonly figures?: boolean
}

/** So many examples of similar size have little padding also in large batches. */
const MANY = 10_000

/** The batches of an assessment. If sizes differ, examples of similar size are grouped in smaller batches. */
const groups = (dataset: Dataset): Uint32Array[] => likeSizes(dataset, dataset.sizes === undefined || dataset.length > MANY ? 64 : 8)

/** Counts how often each class is predicted for each true class. */
class Confusion {
  readonly #counts: number[][] = []

  add([label, guess]: readonly [number, number]): void {
    const size = Math.max(label, guess) + 1
    while (this.#counts.length < size) this.#counts.push([])
    const row = this.#counts[label] as number[]
    row[guess] = (row[guess] ?? 0) + 1
  }

  /** counts[true class][predicted class]. */
  counts(): number[][] {
    return this.#counts.map((row) => Array.from(this.#counts, (_, guess) => row[guess] ?? 0))
  }
}

/** The sums of what is judged, batch by batch. */
class Sums {
  #count = 0
  #loss = 0
  #metric = 0

  add({ count, loss, metric }: Judgement): void {
    this.#count += count
    this.#loss += loss
    this.#metric += metric
  }

  /** Adds up what the ranks have counted. */
  async over(ranks: Ranks): Promise<void> {
    const sums = Float64Array.of(this.#count, this.#loss, this.#metric)
    await ranks.allreduce(sums, 'sum')
    ;[this.#count, this.#loss, this.#metric] = sums as unknown as [number, number, number]
  }

  get means(): { readonly loss: number; readonly metric: number } {
    const count = Math.max(1, this.#count)
    return { loss: this.#loss / count, metric: this.#metric / count }
  }
}

/** The numbers of an output, in rows of a width. */
async function rowsOf(result: DeviceTensor | undefined): Promise<{ readonly output: Float32Array; readonly width: number }> {
  const { shape } = result as DeviceTensor
  return { output: (await (result as DeviceTensor).data()) as Float32Array, width: shape.at(-1) as number }
}

/** Runs a model over a data set. */
export async function assess(
  executable: Executable,
  dataset: Dataset,
  { model, values = {}, answers: keeps = false, figures: counts = false, ranks }: AssessOptions,
): Promise<Assessment> {
  const { goal, further } = model
  const confusion = new Confusion()
  const answers = new KeptAnswers(dataset.length)
  const figures = new SplitMetrics(goal)
  const [first, second] = [new Sums(), new Sums()]
  const isOwn = (_: unknown, i: number): boolean => ranks === undefined || i % ranks.size === ranks.rank
  for await (const { indices, batch } of batchesAhead(dataset, groups(dataset).filter(isOwn))) {
    const given = Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue]))
    const results = await executable.run({ ...values, ...given })
    const [{ output, width }, target] = [await rowsOf(results[goal.output]), batch.target as TensorValue]
    const judged = goal.judge(output, width, target)
    if (keeps) answers.add(answersOf(goal, { output, width, target, indices }))
    first.add(judged)
    if (counts) figures.add(output, width, target)
    if (further !== undefined) {
      const other = await rowsOf(results[further.goal.output])
      second.add(further.goal.judge(other.output, other.width, batch[further.goal.output] as TensorValue))
    }
    for (const result of Object.values(results)) result.dispose()
    if (goal.kind !== 'choice') for (const pair of judged.pairs) confusion.add(pair)
  }
  if (ranks !== undefined) for (const sums of [first, second]) await sums.over(ranks)
  const { loss, metric } = first.means
  const besides = {
    ...(goal.rmse === undefined ? {} : { rmse: goal.rmse(loss) }),
    ...(further === undefined ? {} : { [metricOf(further)]: second.means.metric }),
  }
  return {
    loss: loss + second.means.loss,
    metric,
    further: besides,
    confusion: confusion.counts(),
    answers: answers.values(),
    figures: figures.values(),
  }
}
