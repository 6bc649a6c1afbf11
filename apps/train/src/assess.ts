import type { Dataset } from '@equivar/datasets'
import type { DeviceTensor, Executable, TensorValue } from '@equivar/tensor'
import type { Ranks } from '@equivar/train'
import { type Answer, answersOf } from './answers.ts'
import type { Judgement } from './goals.ts'
import type { TaskModel } from './model.ts'
import { metricOf } from './programs.ts'

/** The performance of a model on a data set. */
export interface Assessment {
  readonly loss: number
  readonly metric: number
  /** The metric of a further output, by name. */
  readonly further: Readonly<Record<string, number>>
  /** confusion[true class][predicted class]; empty without classes. */
  readonly confusion: readonly (readonly number[])[]
  /** What the model answers for each example, if that is asked for. */
  readonly answers: readonly Answer[]
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
}

/** The batches of an assessment. If sizes differ, examples of similar size are grouped in smaller batches. */
function groups({ length, sizes }: Dataset): Uint32Array[] {
  const order = Uint32Array.from({ length }, (_, i) => i)
  if (sizes !== undefined) order.sort((a, b) => (sizes[a] as number) - (sizes[b] as number))
  const size = sizes === undefined ? 64 : 8
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => order.slice(i * size, (i + 1) * size))
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
  { model, values = {}, answers: keeps = false, ranks }: AssessOptions,
): Promise<Assessment> {
  const { goal, further } = model
  const pairs: (readonly [number, number])[] = []
  const answers: Answer[] = []
  const [first, second] = [new Sums(), new Sums()]
  const isOwn = (_: unknown, i: number): boolean => ranks === undefined || i % ranks.size === ranks.rank
  for (const indices of groups(dataset).filter(isOwn)) {
    const batch = dataset.batch(indices)
    const given = Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue]))
    const results = await executable.run({ ...values, ...given })
    const [{ output, width }, target] = [await rowsOf(results[goal.output]), batch.target as TensorValue]
    const judged = goal.judge(output, width, target)
    if (keeps) answers.push(...answersOf(goal, { output, width, target, indices }))
    first.add(judged)
    if (further !== undefined) {
      const other = await rowsOf(results[further.goal.output])
      second.add(further.goal.judge(other.output, other.width, batch[further.goal.output] as TensorValue))
    }
    for (const result of Object.values(results)) result.dispose()
    if (goal.kind !== 'choice') pairs.push(...judged.pairs)
  }
  if (ranks !== undefined) for (const sums of [first, second]) await sums.over(ranks)
  const size = pairs.reduce((most, [label, guess]) => Math.max(most, label + 1, guess + 1), 0)
  const confusion = Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
  for (const [label, guess] of pairs) (confusion[label] as number[])[guess] = ((confusion[label] as number[])[guess] as number) + 1
  const { loss, metric } = first.means
  const besides = further === undefined ? {} : { [metricOf(further)]: second.means.metric }
  return { loss: loss + second.means.loss, metric, further: besides, confusion, answers }
}
