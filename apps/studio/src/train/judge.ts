import type { ClassDataset } from '@equivar/datasets'
import { type Executable, Random, type TensorValue } from '@equivar/tensor'
import { runToHost, symmetryError, type Values } from '@equivar/verify'
import type { Judged } from './messages.ts'
import { KEPT, symmetryOf, type Task } from './task.ts'

/** Examples of a batch that is judged. */
const BATCH = 100

/** A network that can be asked. */
interface Asked {
  readonly executable: Executable
  /** Its parameters, where they are not in it. */
  readonly values: Readonly<Record<string, TensorValue>>
}

const indices = (from: number, to: number): Uint32Array => Uint32Array.from({ length: to - from }, (_, i) => from + i)

/** Examples of a data set, without their classes. */
function inputsOf(dataset: ClassDataset, from: number, to: number): Values {
  const { target: _, ...inputs } = dataset.batch(indices(from, to))
  return inputs
}

/** The logits of each example. */
async function logitsOf({ executable, values }: Asked, inputs: Values): Promise<Float64Array[]> {
  const { logits } = await runToHost(executable, { ...values, ...inputs })
  const [count = 0, classes = 0] = logits?.shape ?? []
  return Array.from({ length: count }, (_, i) =>
    Float64Array.from((logits as TensorValue).data.slice(i * classes, (i + 1) * classes), Number),
  )
}

const largestAt = (row: Float64Array): number => row.indexOf(Math.max(...row))

/** The classes that a network gives to the first examples of a data set. */
export async function predict(asked: Asked, dataset: ClassDataset): Promise<number[]> {
  return (await logitsOf(asked, inputsOf(dataset, 0, KEPT.test))).map(largestAt)
}

/** How much the answers of a network to some examples change under the symmetry of its task. */
function changeOf({ executable, values }: Asked, dataset: ClassDataset, task: Task): Promise<number> {
  const some = inputsOf(dataset, 0, KEPT.test)
  const run = (inputs: Values): Promise<Values> => runToHost(executable, { ...values, ...inputs })
  // The last ones are random elements of the group; the first move little, such as one step along time.
  const elements = symmetryOf(task)
    .elements(some, new Random({ seed: 7, stream: 'symmetries' }))
    .slice(-2)
  return symmetryError(run, elements, some)
}

/** What a network is worth on a data set. */
export async function judge(asked: Asked, dataset: ClassDataset, task: Task): Promise<Judged> {
  let [loss, right] = [0, 0]
  for (let start = 0; start < dataset.length; start += BATCH) {
    const rows = await logitsOf(asked, inputsOf(dataset, start, Math.min(start + BATCH, dataset.length)))
    rows.forEach((row, i) => {
      const label = dataset.labels[start + i] as number
      const top = Math.max(...row)
      loss += top + Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0)) - (row[label] as number)
      right += Number(largestAt(row) === label)
    })
  }
  return { loss: loss / dataset.length, accuracy: right / dataset.length, change: await changeOf(asked, dataset, task) }
}
