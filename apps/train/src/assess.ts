import type { Dataset } from '@equivar/datasets'
import type { DeviceTensor, Executable, TensorValue } from '@equivar/tensor'
import { batchesAhead, likeSizes } from '@equivar/train'
import { type Answer, answersOf, KeptAnswers } from './answers.ts'
import type { TaskModel } from './model.ts'
import { type SplitFigures, SplitMetrics } from './split-metrics.ts'

/** The performance of a model on a data set. */
export interface Assessment {
  readonly loss: number
  readonly metric: number
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

/** Runs a model over a data set. */
export async function assess(
  executable: Executable,
  dataset: Dataset,
  { model, values = {}, answers: keeps = false, figures: counts = false }: AssessOptions,
): Promise<Assessment> {
  const { goal } = model
  const confusion = new Confusion()
  const answers = new KeptAnswers(dataset.length)
  const figures = new SplitMetrics(goal)
  let [count, loss, metric] = [0, 0, 0]
  for await (const { indices, batch } of batchesAhead(dataset, groups(dataset))) {
    const given = Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue]))
    const result = (await executable.run({ ...values, ...given }))[goal.output] as DeviceTensor
    const [output, width, target] = [(await result.data()) as Float32Array, result.shape.at(-1) as number, batch.target as TensorValue]
    const judged = goal.judge(output, width, target)
    if (keeps) answers.add(answersOf(goal, { output, width, target, indices }))
    if (counts) figures.add(output, width, target)
    result.dispose()
    count += judged.count
    loss += judged.loss
    metric += judged.metric
    if (goal.kind !== 'choice') for (const pair of judged.pairs) confusion.add(pair)
  }
  const [examples, kept] = [Math.max(1, count), answers.values()]
  return { loss: loss / examples, metric: metric / examples, confusion: confusion.counts(), answers: kept, figures: figures.values() }
}
