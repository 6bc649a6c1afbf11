import type { Dataset } from '@equivar/datasets'
import type { DeviceTensor, Executable, TensorValue } from '@equivar/tensor'
import { type Answer, answersOf } from './answers.ts'
import type { TaskModel } from './model.ts'

/** The performance of a model on a data set. */
export interface Assessment {
  readonly loss: number
  readonly metric: number
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
}

/** The batches of an assessment. If sizes differ, examples of similar size are grouped in smaller batches. */
function groups({ length, sizes }: Dataset): Uint32Array[] {
  const order = Uint32Array.from({ length }, (_, i) => i)
  if (sizes !== undefined) order.sort((a, b) => (sizes[a] as number) - (sizes[b] as number))
  const size = sizes === undefined ? 64 : 8
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => order.slice(i * size, (i + 1) * size))
}

/** Runs a model over a data set. */
export async function assess(
  executable: Executable,
  dataset: Dataset,
  { model, values = {}, answers: keeps = false }: AssessOptions,
): Promise<Assessment> {
  const { goal } = model
  const pairs: (readonly [number, number])[] = []
  const answers: Answer[] = []
  let [count, loss, metric] = [0, 0, 0]
  for (const indices of groups(dataset)) {
    const batch = dataset.batch(indices)
    const given = Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue]))
    const result = (await executable.run({ ...values, ...given }))[goal.output] as DeviceTensor
    const [output, width, target] = [(await result.data()) as Float32Array, result.shape.at(-1) as number, batch.target as TensorValue]
    const judged = goal.judge(output, width, target)
    if (keeps) answers.push(...answersOf(goal, { output, width, target, indices }))
    result.dispose()
    count += judged.count
    loss += judged.loss
    metric += judged.metric
    if (goal.kind !== 'choice') pairs.push(...judged.pairs)
  }
  const size = pairs.reduce((most, [label, guess]) => Math.max(most, label + 1, guess + 1), 0)
  const confusion = Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
  for (const [label, guess] of pairs) (confusion[label] as number[])[guess] = ((confusion[label] as number[])[guess] as number) + 1
  return { loss: loss / Math.max(1, count), metric: metric / Math.max(1, count), confusion, answers }
}
